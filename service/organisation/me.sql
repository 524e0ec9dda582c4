-- `contract` has the operations, [{"id": …, "roles": "{user}", "scope": …}, …]; `granted` are the scopes of a client's token.
-- statement: me_get(contract jsonb, granted text)
WITH held (role, department_id) AS (
    SELECT 'user', d.shozoku_id
      FROM staff s
      LEFT JOIN staff_transfers t ON t.staff_id = s.id AND t.during @> api.today()
      LEFT JOIN departments d ON d.id = t.department_id
     WHERE s.id = api.staff_id()
     UNION
    SELECT 'usage_manager', unnest(api.managed_departments())
     UNION
    SELECT r, NULL FROM unnest(api.context('roles')::text[]) r WHERE r NOT IN ('user', 'usage_manager') AND api.staff_id() IS NOT NULL
), client AS (
    SELECT c.name, c.scopes FROM api_clients c WHERE c.id = api.caller()
)
SELECT json_build_object(
    'kind', api.context('caller_kind'),
    'id', api.caller(),
    'name', coalesce((SELECT name FROM client), (SELECT s.name FROM staff s WHERE s.id = api.staff_id())),
    'roles', coalesce((SELECT json_agg(held ORDER BY role, department_id) FROM held), '[]'),
    'departments', coalesce((SELECT json_agg(json_build_object('id', d.id, 'code', d.code, 'name', d.name) ORDER BY d.code)
                               FROM departments d WHERE d.id = ANY (api.departments())), '[]'),
    'operations', (SELECT coalesce(json_agg(o.id ORDER BY o.id), '[]')
                     FROM jsonb_to_recordset(:contract) AS o (id text, roles text, scope text) LEFT JOIN client ON true
                    WHERE CASE WHEN client.name IS NULL THEN o.roles::text[] && api.context('roles')::text[]
                               ELSE 'client' = ANY (o.roles::text[])
                                    OR o.scope = ANY (client.scopes) AND o.scope = ANY (string_to_array(:granted, ' ')) END))

-- define: managed
(SELECT api.managed_departments())::uuid[]

-- What awaits the caller. A kind of task is a branch of `task` (kind, clause, since, link, what it is about) and a line of
-- `word`; row-level security and api.managed_departments say whose it is.
-- page: list_my_tasks(language text)
-- sort: since timestamptz
SELECT md5(task.kind || task.link)::uuid AS tie, task.since,
       json_build_object('kind', task.kind, 'clause', task.clause, 'since', task.since,
                         'title', format(CASE WHEN :language = 'en' THEN word.en ELSE word.ja END, task.about),
                         'link', '/api/v1/' || task.link) AS item
  FROM (SELECT 'usage_confirmation' AS kind, 'art5.1.3' AS clause, s.returned_at AS since, 'usage-entries/' || e.id AS link,
               e.device_name || ' ' || s.user_name AS about
          FROM usage_states s JOIN usage_entries e USING (id)
         WHERE s.department_id = ANY ({managed}) AND s.returned_at IS NOT NULL AND s.confirmed_at IS NULL
         UNION ALL
        SELECT 'overdue_return', 'art5.1.2', s.due_at, 'usage-entries/' || e.id, e.device_name || ' ' || s.user_name
          FROM usage_states s JOIN usage_entries e USING (id)
         WHERE s.returned_at IS NULL AND s.due_at < api.now()
           AND (s.department_id = ANY ({managed}) OR s.user_staff_id = api.staff_id())
         UNION ALL
        SELECT 'unsecured_return', 'art5.1.2', s.returned_at, 'usage-entries/' || e.id, e.device_name || ' ' || s.user_name
          FROM usage_states s JOIN usage_entries e USING (id)
         WHERE s.unsecured AND (s.department_id = ANY ({managed}) OR s.returned_by_id = api.staff_id())
         UNION ALL
        SELECT 'ledger_closure', 'art5.1.3', month.ends_at, 'departments/' || d.id || '/ledgers/' || to_char(month.first, 'YYYY-MM'),
               d.name || ' ' || to_char(month.first, 'YYYY-MM')
          FROM departments d
         -- Bounds worked out beforehand reach the index under row-level security; OFFSET keeps them so.
         CROSS JOIN (SELECT m::date AS first, api.month_begins(m::date) AS begins_at,
                            api.month_begins((m + interval '1 month')::date) AS ends_at
                       FROM generate_series(api.month_of(api.now()) - interval '1 year',
                                            api.month_of(api.now()) - interval '1 month', interval '1 month') m OFFSET 0) month
         WHERE d.id = ANY ({managed})
           AND (SELECT s.id FROM usage_states s
                 WHERE s.department_id = d.id AND s.out_at >= month.begins_at AND s.out_at < month.ends_at
                 ORDER BY s.out_at LIMIT 1) IS NOT NULL
           AND NOT EXISTS (SELECT FROM ledger_closures c WHERE c.department_id = d.id AND c.month = month.first)
         UNION ALL
        SELECT 'placement_report', 'art4.2', r.created_at, 'placement-reports/' || r.id, d.code || ' ' || d.name
          FROM placement_reports r JOIN devices d ON d.id = r.device_id
         WHERE r.acknowledged_at IS NULL AND api.may('general_manager')
         UNION ALL
        SELECT 'placement_request', 'art4.1.1', r.created_at, 'placement-requests/' || r.id, d.name
          FROM placement_requests r JOIN departments d ON d.id = r.department_id
         WHERE r.decision IS NULL AND api.may('equipment_manager')
         UNION ALL
        SELECT 'meeting_confirmation', 'art8.1.1', m.judged_at, 'meetings/' || m.id, m.title
          FROM meetings m
         WHERE m.department_id = ANY ({managed}) AND m.status IN ('planned', 'held', 'closed')
           AND m.verdict = 'permitted_with_exception' AND m.confirmed_at IS NULL
         UNION ALL
        SELECT 'meeting_refused', 'art8.1.1', m.judged_at, 'meetings/' || m.id, m.title
          FROM meetings m
         WHERE m.status = 'planned' AND m.verdict = 'refused'
           AND (m.department_id = ANY ({managed}) OR m.created_by_id = api.staff_id())
         UNION ALL
        -- The usage manager is concerned once it is overdue.
        SELECT 'meeting_clean_up', 'annex2.4.4', m.ends_at, 'meetings/' || m.id, m.title
          FROM meetings m CROSS JOIN settings g
         WHERE m.status IN ('planned', 'held') AND m.ends_at < api.now() AND api.clean_up_by(m, g.meeting_clean_up_days) IS NOT NULL
           AND (m.created_by_id = api.staff_id()
                OR m.department_id = ANY ({managed}) AND api.clean_up_by(m, g.meeting_clean_up_days) < api.today())
         UNION ALL
        SELECT 'service_consultation', 'annex2.2.2', c.created_at, 'service-consultations/' || c.id, c.service_name
          FROM service_consultations c
         WHERE c.answered_at IS NULL AND api.may('digital_office')
         UNION ALL
        SELECT 'vacant_post', m.clause, m.vacant_since::timestamp AT TIME ZONE 'Asia/Tokyo',
               coalesce('posts/' || p.id, 'departments/' || d.id, 'posts'), coalesce(p.name, d.name, m.role)
          FROM api.management(api.today()) m LEFT JOIN posts p ON p.id = m.post_id LEFT JOIN departments d ON d.id = m.department_id
         WHERE m.holder_id IS NULL AND m.held_equipment IS NOT FALSE AND api.may('general_manager', 'operator')
         UNION ALL
        SELECT CASE c.status WHEN 'requested' THEN 'identity_confirmation' ELSE 'identity_change' END, 'art3.1.1',
               coalesce(c.decided_at, c.created_at), 'identity-changes/' || c.id, s.number || ' ' || s.name
          FROM identity_changes c JOIN staff s ON s.id = c.staff_id
         WHERE c.status = 'requested' AND c.requested_by_id <> api.caller()
               AND (api.may('general_manager') OR api.may('operator') AND c.requested_by_kind = 'staff')
            OR c.status = 'confirmed' AND c.acknowledged_at IS NULL AND api.may('general_manager')
       ) task
  JOIN (VALUES ('usage_confirmation', '使用の確認をしてください: %s', 'Confirm a use: %s'),
               ('overdue_return', '返却期限を過ぎています: %s', 'Overdue: %s'),
               ('unsecured_return', '施錠保管が確認できていません: %s', 'Not yet locked away: %s'),
               ('ledger_closure', '使用管理簿の月を締めてください: %s', 'Close a month of the ledger: %s'),
               ('placement_report', '配置の報告を確認してください: %s', 'Acknowledge a placement report: %s'),
               ('placement_request', '配置の希望に決定を出してください: %s', 'Decide a placement request: %s'),
               ('meeting_confirmation', '会議の例外を確認してください: %s', 'Confirm the exceptions of a meeting: %s'),
               ('meeting_refused', '計画した会議が今の手順では認められません: %s', 'A planned meeting is no longer permitted: %s'),
               ('meeting_clean_up', '会議のデータの片付けを記録してください: %s', 'Account for what a meeting left in the cloud: %s'),
               ('service_consultation', '会議サービスの相談に回答してください: %s', 'Answer a consultation about a service: %s'),
               ('identity_confirmation', '認証IDの変更を確認してください: %s', 'Confirm the change of an identity: %s'),
               ('identity_change', '認証IDが変更されました: %s', 'An identity was changed: %s'),
               ('vacant_post', '空席の職があります: %s', 'A post is vacant: %s')
       ) word (kind, ja, en) ON word.kind = task.kind
