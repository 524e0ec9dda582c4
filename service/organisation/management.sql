-- With the name and title of the day, and since when the records know it. Of a day that is past nothing is told that came
-- after it, such as when a holder went.
-- define: holder
json_build_object('staff_id', member.id, 'number', member.number, 'name', called.name, 'title', called.title,
                  'from', assignment.begins_on,
                  'to', CASE WHEN day.day >= api.today() THEN assignment.ends_on END, 'order_number', assignment.order_number,
                  'entered_on', CASE WHEN api.day_of(assignment.created_at) > assignment.begins_on
                                     THEN api.day_of(assignment.created_at) END)

-- define: answerable
json_build_object(
    'role', managed.role, 'clause', managed.clause,
    'department', (SELECT json_build_object('id', managed.department_id, 'code', department.code, 'name', department.name)
                     FROM api.department_as(managed.department_id, day.day) department),
    'held_equipment', managed.held_equipment,
    'post', (SELECT json_build_object('id', post.id, 'code', post.code, 'name', post.name) FROM api.posts_on(day.day) post
              WHERE post.id = managed.post_id),
    'holder', (SELECT {holder} FROM post_assignments assignment JOIN staff_records member ON member.id = assignment.staff_id
                CROSS JOIN api.known_as(member.id, day.day) called
                WHERE assignment.id = managed.assignment_id),
    'acting', coalesce((SELECT json_agg({holder} ORDER BY assignment.begins_on, assignment.id) FROM post_assignments assignment
                          JOIN staff_records member ON member.id = assignment.staff_id
                              AND (member.left_on IS NULL OR member.left_on > day.day)
                         CROSS JOIN api.known_as(member.id, day.day) called
                         WHERE assignment.post_id = managed.post_id AND assignment.kind = 'acting'
                           AND assignment.during @> day.day), '[]'),
    'vacant_since', managed.vacant_since)

-- view: get_management_structure(as_of date)
WITH day AS (
    SELECT coalesce(CAST(:as_of AS date), api.today()) AS day
), managed AS (
    SELECT managed.*, {answerable} AS body FROM day CROSS JOIN api.management(day.day) managed
)
SELECT json_build_object(
    'as_of', day.day, 'general_manager', (SELECT managed.body FROM managed WHERE managed.role = 'general_manager'),
    'equipment_manager', (SELECT managed.body FROM managed WHERE managed.role = 'equipment_manager'),
    'usage_managers', coalesce((SELECT json_agg(managed.body ORDER BY department.code) FROM managed
                                 CROSS JOIN api.department_as(managed.department_id, day.day) department
                                 WHERE managed.role = 'usage_manager'), '[]'))
  FROM day

-- task: vacant_post
-- ja: 欠員となっている職があります：%1$s（%3$sから、代理：%5$s）
-- en: A post is vacant: %2$s (since %4$s; acting: %6$s)
SELECT managed.clause, api.day_begins(managed.vacant_since),
       coalesce('posts/' || post.id, 'departments/' || department.id, 'posts'),
       ARRAY[coalesce(post.name, department.name || 'の長', title.ja),
             coalesce(post.name, 'the head of ' || department.name, title.en), api.wareki_day(managed.vacant_since),
             api.english_day(managed.vacant_since), coalesce(acting.names, 'なし'), coalesce(acting.names, 'nobody')]
  FROM api.management(api.today()) managed LEFT JOIN posts post ON post.id = managed.post_id
  LEFT JOIN departments department ON department.id = managed.department_id
  LEFT JOIN (VALUES ('general_manager', '総括管理者', 'General manager'), ('equipment_manager', '管理責任者', 'Equipment manager'))
       title (role, ja, en) ON title.role = managed.role
 CROSS JOIN LATERAL (SELECT string_agg(called.name, '、' ORDER BY assignment.begins_on, assignment.id) AS names
                       FROM post_assignments assignment
                       JOIN staff member ON member.id = assignment.staff_id AND api.serves_on(member.left_on, api.today())
                      CROSS JOIN api.known_as(member.id, api.today()) called
                      WHERE assignment.post_id = managed.post_id AND assignment.kind = 'acting'
                        AND assignment.during @> api.today()) acting
 WHERE managed.holder_id IS NULL AND managed.held_equipment IS NOT FALSE AND api.may('general_manager', 'operator')
