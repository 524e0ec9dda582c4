-- What is found at the moment asked about, as far as the caller sees it: those who see all, a department's usage manager what
-- is of the own department, a client within its bounds, and anybody what he himself must act on. `roles_left`: the roles that
-- must act still.
-- define: found
SELECT identified.id, finding.*, (
           CASE WHEN done.roles IS NULL THEN finding.roles
                ELSE ARRAY(SELECT unnest(finding.roles) EXCEPT SELECT unnest(done.roles)) END) AS roles_left
  FROM ({findings}) finding (kind, ja, en, roles, noted, subject, clauses, rule, department_id, staff_id, since, link, about,
                        own_of)
 CROSS JOIN LATERAL (SELECT api.finding_id(finding.kind, finding.subject)) identified (id)
  LEFT JOIN api.noted() done ON finding.noted AND done.finding_id = identified.id
 WHERE ((SELECT api.sees_all()) OR finding.staff_id = (SELECT api.staff_id())
        OR finding.department_id = ANY ((SELECT CASE WHEN api.staff_id() IS NULL THEN api.departments()
                                                     ELSE api.managed_departments() END)::uuid[]))
-- define: mine
(finding.staff_id = api.staff_id()
        OR 'usage_manager' = ANY (finding.roles_left) AND finding.department_id = ANY ((SELECT api.managed_departments())::uuid[])
        OR array_remove(finding.roles_left, 'usage_manager') && (SELECT api.context('roles'))::text[])

-- Whether it was noted by who had done it, or by one person in several roles, is shown with it.
-- define: note
json_build_object('role', note.role, 'note', note.note, 'noted_by', note.noted_by, 'noted_at', note.created_at,
                  'own_act', finding.own_of @> ARRAY[note.noted_by_id],
                  'also_as', ARRAY(SELECT other.role FROM finding_notes other
                                    WHERE other.finding_id = note.finding_id AND other.noted_by_id = note.noted_by_id
                                      AND other.role <> note.role AND other.created_at <= api.asked_at() ORDER BY other.role))
-- define: finding
json_build_object(
    'id', finding.id, 'kind', finding.kind, 'rule', finding.rule, 'clauses', finding.clauses,
    'department_id', finding.department_id,
    'department_name', (SELECT department.name FROM api.department_as(finding.department_id, api.asked_on()) department),
    'title', format(CASE WHEN :language = 'en' THEN finding.en ELSE finding.ja END, VARIADIC finding.about),
    'since', finding.since, 'must_act', finding.roles_left, 'staff_id', finding.staff_id,
    'staff_name', (SELECT called.name FROM api.known_as(finding.staff_id, api.asked_on()) called),
    'own_of', ARRAY(SELECT DISTINCT whose FROM unnest(finding.own_of) whose WHERE whose IS NOT NULL ORDER BY whose),
    'to_be_noted', finding.noted, 'rests', finding.roles_left = '{}',
    'notes', coalesce((SELECT json_agg({note} ORDER BY note.created_at, note.role) FROM finding_notes note
                        WHERE finding.noted AND note.finding_id = finding.id AND note.created_at <= api.asked_at()), '[]'),
    'link', '/api/v1/' || finding.link)

-- before: list_findings(as_of date)
SELECT api.ask_of(:as_of)

-- page: list_findings(department_id uuid[]?, kind text[]?, clause text[]?, responsible text?, rests bool, language text)
-- sort: since timestamptz
SELECT finding.id AS tie, finding.since, {finding} AS item
  FROM ({found}) finding
 WHERE (finding.roles_left = '{}') = coalesce(CAST(:rests AS boolean), false)
   AND finding.department_id = ANY (:department_id)    --? department_id
   AND finding.kind = ANY (:kind)                      --? kind
   AND finding.clauses && :clause                      --? clause
   AND {mine}                                          --? responsible

-- view: get_finding(finding_id uuid, language text)
SELECT {finding} FROM ({found}) finding WHERE finding.id = :finding_id

-- One at a time of those who note the same, before anything is worked out.
-- before: note_finding(finding_id uuid)
SELECT api.hold('finding ' || :finding_id)

-- Once for each role: without one in the body, in all of the caller's that are left.
-- before: note_finding(finding_id uuid, body jsonb)
WITH seen AS MATERIALIZED (
    SELECT finding.*, given.role, given.note, own.roles AS own, ARRAY(
               SELECT left_over.role FROM unnest(finding.roles_left) left_over (role)
                WHERE left_over.role = ANY (own.roles) AND left_over.role = coalesce(given.role, left_over.role)) AS as_roles
      FROM ({found}) finding
     CROSS JOIN jsonb_to_record(coalesce(:body, '{}')) AS given (role text, note text)
     CROSS JOIN LATERAL (SELECT api.acts_as(finding.roles, finding.department_id)) own (roles)
     WHERE finding.id = :finding_id
    -- refuse: finding-not-noted unless noted
    -- refuse: forbidden when own = '{}'
    -- refuse: value-not-accepted /role not_held when role IS NOT NULL AND role <> ALL (own)
    -- refuse: not-in-this-state when as_roles = '{}'
    -- refuse: own-act when own_of @> ARRAY[api.caller()]
)
INSERT INTO finding_notes (finding_id, kind, subject, department_id, role, note, noted_by)
SELECT seen.id, seen.kind, seen.subject, seen.department_id, noting.role, seen.note,
       api.actor_as(noting.role, seen.department_id)
  FROM seen CROSS JOIN unnest(seen.as_roles) noting (role)

-- operation: note_finding(finding_id uuid, language text)
SELECT answer.* FROM ({found}) finding
 CROSS JOIN LATERAL (SELECT {finding} AS body OFFSET 0) item
 CROSS JOIN api.emit('finding.noted', 'compliance/findings/' || finding.id, finding.department_id, item.body)
 CROSS JOIN api.answer(201, NULL, 'compliance/findings/' || finding.id, item.body) answer
 WHERE finding.id = :finding_id

-- before: get_compliance_summary(as_of date)
SELECT api.ask_of(:as_of)

-- A finding that names several clauses counts at each of them.
-- view: get_compliance_summary(department_id uuid[]?)
WITH open AS MATERIALIZED (
    SELECT finding.department_id, finding.clauses, finding.since FROM ({found}) finding
     WHERE finding.roles_left <> '{}'
       AND finding.department_id = ANY (:department_id)    --? department_id
)
SELECT json_build_object(
    'as_of', api.asked_on(), 'findings', (SELECT count(*) FROM open),
    'items', coalesce((SELECT json_agg(json_build_object(
        'department_id', counted.department_id, 'department_name', counted.name, 'clause', counted.clause,
        'findings', counted.findings, 'oldest_since', counted.oldest) ORDER BY counted.code NULLS FIRST, counted.clause)
      FROM (SELECT open.department_id, department.code, department.name, named.clause, count(*) AS findings,
                   min(open.since) AS oldest
              FROM open CROSS JOIN unnest(open.clauses) named (clause)
              LEFT JOIN LATERAL api.department_as(open.department_id, api.asked_on()) department ON true
             GROUP BY open.department_id, department.code, department.name, named.clause) counted), '[]'))
