-- finding: vacant_head_post
-- ja: 情報機器を保有する所属の長が欠員です：%s
-- en: A department that holds equipment has no head: %s
-- must act: general_manager
SELECT managed.department_id || ' ' || managed.vacant_since, '{art2.4}'::text[], NULL::text, managed.department_id, NULL::uuid,
       api.day_begins(managed.vacant_since), coalesce('posts/' || managed.post_id, 'departments/' || managed.department_id),
       ARRAY[department.name]
  FROM api.management(api.asked_on()) managed
 CROSS JOIN LATERAL api.department_as(managed.department_id, api.asked_on()) department
 WHERE managed.role = 'usage_manager' AND managed.holder_id IS NULL AND managed.held_equipment
