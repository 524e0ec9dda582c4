-- include: entry

-- The month, then the devices in the order of their ids. The facts are read by the next statement, which sees what
-- others committed while this one waited.
-- statement: lending_lock(device_ids uuid[], out_at timestamptz)
WITH month AS MATERIALIZED (
    SELECT api.hold_ledger(m.department_id, api.month_of(coalesce(:out_at, api.now())))
      FROM (SELECT DISTINCT d.department_id FROM devices d
             WHERE d.id = ANY (:device_ids) AND d.department_id IS NOT NULL ORDER BY d.department_id) m
)
SELECT api.hold_devices(:device_ids) WHERE (SELECT count(*) FROM month) >= 0

-- After the device, the meeting that is cited; the facts then see it as others have left it.
-- statement: lending_hold_meeting(id uuid)
SELECT api.hold_meeting(m.id) FROM meetings m WHERE m.id = :id

-- What a body asks for. Reservations, determinations and approvals are not kept yet, so an id of one names nothing.
-- define: asked
SELECT a.*, CASE WHEN a.out_at IS NULL THEN 'checked_out' ELSE 'late' END AS source, NULL::uuid AS previous_entry_id,
           c.title AS meeting_title, c.confidentiality AS meeting_confidentiality,
           CASE WHEN a.meeting_id IS NOT NULL AND c.id IS NULL THEN '/meeting_id'
                WHEN a.reservation_id IS NOT NULL THEN '/reservation_id'
                WHEN a.determination_id IS NOT NULL THEN '/determination_id'
                WHEN a.purpose_approval_id IS NOT NULL THEN '/purpose_approval_id' END AS named
      FROM jsonb_to_record(:body) AS a (
          user_staff_id uuid, purpose text, purpose_note text, partner_organisation text, purpose_approval_id uuid,
          meeting_id uuid, reservation_id uuid, due_at timestamptz, exception_reason text, determination_id uuid,
          out_at timestamptz, late_reason text, accessories text[])
      LEFT JOIN meetings c ON c.id = a.meeting_id

-- What a body asks for that hands an entry over: the next user goes on with what it says now, corrections included.
-- define: handed
SELECT a.user_staff_id, a.due_at, s.purpose, s.purpose_note, s.partner_organisation, given.meeting_id, given.meeting_title,
           given.meeting_confidentiality, s.accessories, given.device_id, NULL::text AS exception_reason,
           NULL::text AS late_reason,
           'handover' AS source, given.id AS previous_entry_id, NULL::text AS named, given.department_id, s.version, s.returned_at
      FROM usage_entries given JOIN usage_states s ON s.id = given.id
     CROSS JOIN jsonb_to_record(:body) AS a (user_staff_id uuid, due_at timestamptz)

-- Of what is asked for (b): who the user is, and whether it can be recorded at all.
-- define: plan
plan AS MATERIALIZED (
    SELECT b.*, b.began + make_interval(days => g.longest_loan_days) AS latest, u.id AS user_id, u.name AS user_name,
           u.title AS user_title, u.department_id AS user_department_id,
           u.department_name AS user_department_name
      FROM b CROSS JOIN settings g
      LEFT JOIN LATERAL api.user_on(b.user_staff_id, api.day_of(b.began)) u ON true
    -- refuse: reference-not-found {named} not_found when named IS NOT NULL
    -- refuse: reference-not-found /user_staff_id not_found when user_id IS NULL
    -- refuse: value-not-accepted /out_at before_regulation unless EXISTS (SELECT FROM regulation_versions
    --   WHERE document = 'regulation' AND effective_on <= api.day_of(plan.began))
    -- refuse: value-not-accepted /out_at future when began > api.clock()
    -- refuse: value-not-accepted /due_at not_after_out when due_at <= began
    -- refuse: value-not-accepted /due_at loan_too_long when due_at > latest
)

-- A use recorded afterwards belongs to the department that held the device then.
-- define: holder
CROSS JOIN LATERAL (SELECT CASE plan.source WHEN 'late' THEN api.holder(d.id, plan.began) ELSE d.department_id END AS id) h

-- For each device d what the rules are asked about. What the bureau does not keep yet is not known: the lines, which only
-- terminals and routers carry, the security status, incidents.
-- define: facts
SELECT d.id AS about, true AS binding, plan.exception_reason IS NOT NULL AS explained,
       plan.source, plan.purpose, plan.user_department_id, plan.began AS out_at, plan.due_at,
       d.kind, d.condition, x.occupied, NULL::text AS incident, h.id IS NOT NULL AS placed, h.id AS holding_department_id,
       x.reserved, false AS approval, NULL::date AS approval_from, NULL::date AS approval_until,
       CASE WHEN d.kind NOT IN ('terminal', 'mobile_router') THEN 0 END AS data_percent,
       NULL::text AS security, NULL::timestamptz AS security_confirmed_at, NULL::date AS antivirus_definitions_on,
       NULL::int AS security_confirmed_days, NULL::int AS antivirus_definition_days, x.unsecured AS last_return_unlocked,
       api.meeting_standing(plan.meeting_id) AS meeting, '{}'::text[] AS determined,
       (SELECT array_agg(effective_on) FROM regulation_versions WHERE document = 'regulation') AS regulation_versions
-- define: device_use
CROSS JOIN LATERAL api.device_use(d.id, plan.began, plan.due_at, plan.source = 'late') x

-- `pointer` leads to the device's id in the body; `set`: to an array of them. Only members of the holding department
-- record; anybody who sees the device may ask.
-- statement: lending_facts(device_ids uuid[], body jsonb, pointer text, set bool, record bool)
-- row: judging_subject
-- row: check_out_plan(source usage_source, purpose purpose, user_department_id uuid?, out_at timestamptz, due_at timestamptz)
-- row: check_out_facts(kind device_kind?, condition (usable, in_repair, lost, disposed)?, occupied (no, out, overdue)?,
--     incident (none, malware, unauthorised_connection)?, placed fact, holding_department_id uuid?, reserved fact,
--     approval fact, approval_from date?, approval_until date?, data_percent int?,
--     security (none, unknown, current, outdated)?, security_confirmed_at timestamptz?, antivirus_definitions_on date?,
--     security_confirmed_days int?, antivirus_definition_days int?, last_return_unlocked fact,
--     meeting (none, draft, refused, cancelled, planned, held, closed)?, determined text[], regulation_versions date[])
WITH b AS MATERIALIZED (
    SELECT asked.*, coalesce(asked.out_at, api.clock()) AS began FROM ({asked}) asked
), {plan}, d AS (
    SELECT a.n, :pointer || CASE WHEN :set THEN '/' || a.n - 1 ELSE '' END AS pointer, plan.source, h.id AS holder_id,
           d.id, d.kind, d.condition
      FROM plan CROSS JOIN unnest(:device_ids) WITH ORDINALITY AS a (id, n)
      LEFT JOIN devices d ON d.id = a.id
     {holder}
    -- refuse: reference-not-found {pointer} not_found when id IS NULL
    -- refuse: forbidden when :record AND holder_id IS NOT NULL AND NOT api.serves(holder_id)
    -- What is recorded afterwards is no longer refused by a rule, and has no ledger to stand in.
    -- refuse: value-not-accepted {pointer} not_placed when holder_id IS NULL AND source = 'late'
)
{facts}
  FROM plan CROSS JOIN d CROSS JOIN LATERAL (VALUES (d.holder_id)) h (id)
 {device_use}
 ORDER BY d.n

-- statement: lending_hold(id uuid)
SELECT api.hold_usage(e.id), api.hold_meeting(e.meeting_id) FROM usage_entries e WHERE e.id = :id

-- statement: lending_handover_facts(id uuid, if_match bigint[], body jsonb)
-- row: judging_subject
-- row: check_out_plan
-- row: check_out_facts
WITH b AS MATERIALIZED (
    SELECT handed.*, api.clock() AS began FROM ({handed} WHERE given.id = :id) handed
    -- refuse: forbidden unless api.serves(department_id)
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state when returned_at IS NOT NULL
), {plan}
{facts}
  FROM plan JOIN devices d ON d.id = plan.device_id
 {holder}
 {device_use}

-- statement: lending_hand_over(id uuid, at timestamptz, language text)
WITH r AS (
    INSERT INTO usage_returns (usage_entry_id, department_id, returned_at, handed_over)
    SELECT e.id, e.department_id, :at, true FROM usage_entries e WHERE e.id = :id
    RETURNING *
)
SELECT api.emit('usage_entry.handed_over', 'usage-entries/' || e.id, e.department_id, {entry})
  FROM r JOIN usage_entries e ON e.id = r.usage_entry_id
  JOIN usage_states t ON t.id = e.id
 CROSS JOIN jsonb_populate_record(t, jsonb_build_object('version', t.version + 1, 'returned_at', r.returned_at,
     'returned_by_id', r.recorded_by_id, 'handed_over', true, 'accessories_missing', '[]'::jsonb)) s

-- The entry of a plan, a device d and its holder h, with what was judged of it: without that no entry is whole.
-- define: insert
INSERT INTO usage_entries (department_id, device_id, device_code, device_name, user_staff_id, user_name, user_title,
                           user_department_id, user_department_name, purpose, purpose_note, partner_organisation, meeting_id,
                           meeting_title, meeting_confidentiality, out_at, due_at, accessories, exception_reason, late_reason,
                           source, previous_entry_id, verdict, findings, not_judged, regulation_version)
    SELECT h.id, d.id, d.code, d.name, plan.user_staff_id, plan.user_name, plan.user_title, plan.user_department_id,
           plan.user_department_name, plan.purpose, plan.purpose_note, plan.partner_organisation, plan.meeting_id,
           plan.meeting_title, plan.meeting_confidentiality, plan.began, plan.due_at, coalesce(plan.accessories, '{}'),
           plan.exception_reason, plan.late_reason, plan.source, plan.previous_entry_id, j.verdict, j.findings, j.not_judged,
           j.regulation_version
      FROM plan
-- define: judged
{holder}
      LEFT JOIN api.judged() j ON j.about = d.id
     WHERE api.still(plan.user_department_id = CAST(:user_department_id AS uuid))

-- A fresh entry's state is known before its trigger has written it.
-- define: fresh
e CROSS JOIN jsonb_populate_record(NULL::usage_states, to_jsonb(e) || '{"version": 1, "corrections": 0, "corrected": {}}') s
  CROSS JOIN LATERAL (SELECT {entry} AS body OFFSET 0) item
-- define: answered
SELECT answer.* FROM {fresh}
 CROSS JOIN api.emit('usage_entry.checked_out', 'usage-entries/' || e.id, e.department_id, item.body)
 CROSS JOIN api.answer(201, 1, 'usage-entries/' || e.id, item.body) answer

-- `at`: when it begins, as the rules have judged it; user_department_id: whose member the user was then.
-- define: begun
b AS MATERIALIZED (
    SELECT asked.*, CAST(:at AS timestamptz) AS began FROM ({asked}) asked
), {plan}, e AS (
    {insert} CROSS JOIN unnest(:device_ids) WITH ORDINALITY AS a (id, n) JOIN devices d ON d.id = a.id
     {judged}
     ORDER BY a.n
    RETURNING *
)

-- statement: lending_record(device_ids uuid[], body jsonb, at timestamptz, user_department_id uuid, language text)
WITH {begun}
{answered}

-- statement: lending_record_next(id uuid, body jsonb, at timestamptz, user_department_id uuid, language text)
WITH b AS MATERIALIZED (
    SELECT handed.*, CAST(:at AS timestamptz) AS began FROM ({handed} WHERE given.id = :id) handed
), {plan}, e AS (
    {insert} JOIN devices d ON d.id = plan.device_id
     {judged}
    RETURNING *
)
{answered}

-- The set is found again by its user and moment.
-- statement: lending_record_set(device_ids uuid[], body jsonb, at timestamptz, user_department_id uuid, language text)
WITH {begun}, recorded AS MATERIALIZED (
    SELECT e.user_staff_id, e.out_at, item.body,
           api.emit('usage_entry.checked_out', 'usage-entries/' || e.id, e.department_id, item.body) AS emitted
      FROM {fresh}
), answered AS (
    SELECT json_build_object('items', json_agg(body)) AS body,
           min('usage-entries?user_staff_id=' || user_staff_id || '&out_at_from=' || m.at || '&out_at_to=' || m.at) AS location
      FROM recorded CROSS JOIN to_char(out_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') m (at)
)
SELECT answer.* FROM answered CROSS JOIN api.answer(201, NULL, location, body) answer
