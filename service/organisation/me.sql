-- `contract` has the operations, [{"id": …, "roles": "{user}", "scope": …}, …]; `granted` are the scopes of a client's token.
-- statement: me_get(contract jsonb, granted text)
WITH held (role, department_id) AS (
    SELECT 'user', department.shozoku_id
      FROM staff_records member
      LEFT JOIN staff_transfers transfer ON transfer.staff_id = member.id AND transfer.during @> api.today()
      LEFT JOIN departments department ON department.id = transfer.department_id
     WHERE member.id = api.staff_id()
     UNION
    SELECT 'usage_manager', unnest(api.managed_departments())
     UNION
    SELECT role_held, NULL FROM unnest(api.context('roles')::text[]) role_held WHERE role_held NOT IN ('user', 'usage_manager')
        AND api.staff_id() IS NOT NULL
), client AS (
    SELECT program.name, program.scopes FROM api_clients program WHERE program.id = api.caller()
)
SELECT json_build_object(
    'kind', api.context('caller_kind'), 'id', api.caller(),
    'name', coalesce((SELECT name FROM client), (SELECT member.name FROM staff member WHERE member.id = api.staff_id())),
    'roles', coalesce((SELECT json_agg(held ORDER BY role, department_id) FROM held), '[]'),
    'departments',
    coalesce((SELECT json_agg(json_build_object('id', department.id, 'code', department.code, 'name', department.name)
                              ORDER BY department.code) FROM departments department
                                  WHERE department.id = ANY (api.departments())), '[]'),
    'operations', (SELECT coalesce(json_agg(operation.id ORDER BY operation.id), '[]')
                     FROM jsonb_to_recordset(:contract) AS operation (id text, roles text, scope text) LEFT JOIN client ON true
                    WHERE CASE WHEN client.name IS NULL THEN operation.roles::text[] && api.context('roles')::text[]
                          ELSE 'client' = ANY (operation.roles::text[]) OR operation.scope = ANY (client.scopes)
                              AND operation.scope = ANY (string_to_array(:granted, ' ')) END))

-- What awaits the caller: the tasks of all rooms, and the findings that he must note. Row-level security and
-- api.managed_departments say whose each is.
-- page: list_my_tasks(language text)
-- sort: since timestamptz
SELECT task.id AS tie, task.since,
       json_build_object('kind', task.kind, 'clause', task.clause, 'since', task.since,
                         'title', format(CASE WHEN :language = 'en' THEN task.en ELSE task.ja END, VARIADIC task.about),
                         'link', '/api/v1/' || task.link) AS item
  FROM (SELECT md5(task.kind || task.link)::uuid, task.* FROM ({tasks}) task (kind, ja, en, clause, since, link, about)
         UNION ALL
        SELECT identified.id, finding.kind, finding.ja || own.ja, finding.en || own.en, finding.clauses[1], finding.since,
               'compliance/findings/' || identified.id, finding.about
          FROM ({findings_to_note}) finding (kind, ja, en, roles, noted, subject, clauses, rule, department_id, staff_id, since,
                                             link, about, own_of)
         CROSS JOIN LATERAL (SELECT api.finding_id(finding.kind, finding.subject)) identified (id)
          JOIN (VALUES (false, '', ''),
                       (true, '（自己の行為であるため、その職にある他の者又は代理者の確認を受けてください。）',
                              ' (Your own act: have it noted by another holder of the post, or by an acting one.)'))
               own (act, ja, en) ON own.act = (finding.own_of @> ARRAY[api.caller()])
          LEFT JOIN api.noted() done ON done.finding_id = identified.id
         WHERE (finding.department_id = ANY ((SELECT api.managed_departments())::uuid[])
                OR finding.roles && (SELECT api.context('roles'))::text[])
           AND NOT api.acts_as(finding.roles, finding.department_id) <@ coalesce(done.roles, '{}'))
       task (id, kind, ja, en, clause, since, link, about)
