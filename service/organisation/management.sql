-- define: holder
json_build_object('staff_id', s.id, 'number', s.number, 'name', s.name, 'from', a.begins_on, 'to', a.ends_on,
                  'order_number', a.order_number)

-- define: answerable
json_build_object(
    'role', m.role, 'clause', m.clause,
    'department', (SELECT json_build_object('id', d.id, 'code', d.code, 'name', d.name) FROM departments d
                   WHERE d.id = m.department_id),
    'held_equipment', m.held_equipment,
    'post', (SELECT json_build_object('id', p.id, 'code', p.code, 'name', p.name) FROM posts p WHERE p.id = m.post_id),
    'holder', (SELECT {holder} FROM post_assignments a JOIN staff s ON s.id = a.staff_id WHERE a.id = m.assignment_id),
    'acting', coalesce((SELECT json_agg({holder} ORDER BY a.begins_on, a.id)
                          FROM post_assignments a JOIN staff s ON s.id = a.staff_id AND (s.left_on IS NULL OR s.left_on > day.day)
                         WHERE a.post_id = m.post_id AND a.kind = 'acting' AND a.during @> day.day), '[]'),
    'vacant_since', m.vacant_since)

-- view: get_management_structure(as_of date)
WITH day AS (
    SELECT coalesce(CAST(:as_of AS date), api.today()) AS day
), m AS (
    SELECT m.*, {answerable} AS body FROM day CROSS JOIN api.management(day.day) m
)
SELECT json_build_object(
    'as_of', day.day,
    'general_manager', (SELECT m.body FROM m WHERE m.role = 'general_manager'),
    'equipment_manager', (SELECT m.body FROM m WHERE m.role = 'equipment_manager'),
    'usage_managers', coalesce((SELECT json_agg(m.body ORDER BY d.code) FROM m JOIN departments d ON d.id = m.department_id
                                 WHERE m.role = 'usage_manager'), '[]'))
  FROM day

-- task: vacant_post
-- ja: 欠員となっている職があります：%1$s
-- en: A post is vacant: %2$s
SELECT m.clause, api.day_begins(m.vacant_since),
       coalesce('posts/' || p.id, 'departments/' || d.id, 'posts'),
       ARRAY[coalesce(p.name, d.name || 'の長', title.ja), coalesce(p.name, 'the head of ' || d.name, title.en)]
  FROM api.management(api.today()) m LEFT JOIN posts p ON p.id = m.post_id LEFT JOIN departments d ON d.id = m.department_id
  LEFT JOIN (VALUES ('general_manager', '総括管理者', 'General manager'), ('equipment_manager', '管理責任者', 'Equipment manager'))
       title (role, ja, en) ON title.role = m.role
 WHERE m.holder_id IS NULL AND m.held_equipment IS NOT FALSE AND api.may('general_manager', 'operator')
