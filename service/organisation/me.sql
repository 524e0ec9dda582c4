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
    SELECT r, NULL FROM unnest(api.context('roles')::text[]) r WHERE r NOT IN ('user', 'usage_manager')
        AND api.staff_id() IS NOT NULL
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

-- What awaits the caller: the tasks of all rooms. Row-level security and api.managed_departments say whose each is.
-- page: list_my_tasks(language text)
-- sort: since timestamptz
SELECT md5(task.kind || task.link)::uuid AS tie, task.since,
       json_build_object('kind', task.kind, 'clause', task.clause, 'since', task.since,
                         'title', format(CASE WHEN :language = 'en' THEN task.en ELSE task.ja END, VARIADIC task.about),
                         'link', '/api/v1/' || task.link) AS item
  FROM ({tasks}) task (kind, ja, en, clause, since, link, about)
