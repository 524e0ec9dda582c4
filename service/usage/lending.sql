-- include: entry

-- The month, then the devices in the order of their ids. The facts are read by the next statement, which sees what
-- others committed while this one waited.
-- statement: lending_lock(device_ids uuid[], out_at timestamptz)
WITH month AS MATERIALIZED (
    SELECT api.hold_ledger(holding.department_id, api.month_of(api.as_told(:out_at)))
      FROM (SELECT DISTINCT device.department_id FROM devices device
             WHERE device.id = ANY (:device_ids) AND device.department_id IS NOT NULL ORDER BY device.department_id) holding
)
SELECT api.hold_devices(:device_ids) WHERE (SELECT count(*) FROM month) >= 0

-- After the device, the meeting that is cited; the facts then see it as others have left it.
-- statement: lending_hold_meeting(id uuid)
SELECT api.hold_meeting(meeting.id) FROM meetings meeting WHERE meeting.id = :id

-- What a body asks for. Reservations, determinations and approvals are not kept yet, so an id of one names nothing.
-- define: asked
SELECT sent.*, CASE WHEN sent.out_at IS NULL THEN 'checked_out' ELSE 'late' END AS source, NULL::uuid AS previous_entry_id,
           meeting.title AS meeting_title, meeting.confidentiality AS meeting_confidentiality,
           CASE WHEN sent.meeting_id IS NOT NULL AND meeting.id IS NULL THEN '/meeting_id'
                WHEN sent.reservation_id IS NOT NULL THEN '/reservation_id'
                WHEN sent.determination_id IS NOT NULL THEN '/determination_id'
                WHEN sent.purpose_approval_id IS NOT NULL THEN '/purpose_approval_id' END AS named
      FROM jsonb_to_record(:body) AS sent (
          user_staff_id uuid, purpose text, purpose_note text, partner_organisation text, purpose_approval_id uuid,
          meeting_id uuid, reservation_id uuid, due_at timestamptz, exception_reason text, determination_id uuid,
          out_at timestamptz, late_reason text, accessories text[])
      LEFT JOIN meetings meeting ON meeting.id = sent.meeting_id

-- What a body asks for that hands an entry over: the next user goes on with what it says now, corrections included.
-- define: handed
SELECT sent.user_staff_id, sent.due_at, state.purpose, state.purpose_note, state.partner_organisation, given.meeting_id,
       given.meeting_title, given.meeting_confidentiality, state.accessories, given.device_id, NULL::text AS exception_reason,
           NULL::text AS late_reason,
           'handover' AS source, given.id AS previous_entry_id, NULL::text AS named, given.department_id, state.version,
           state.returned_at
      FROM usage_entries given JOIN usage_states state ON state.id = given.id
     CROSS JOIN jsonb_to_record(:body) AS sent (user_staff_id uuid, due_at timestamptz)

-- Of what is wanted: who the user is, and whether it can be recorded at all.
-- define: plan
plan AS MATERIALIZED (
    SELECT wanted.*, wanted.began + make_interval(days => setting.longest_loan_days) AS latest, borrower.id AS user_id,
           borrower.name AS user_name, borrower.title AS user_title, borrower.department_id AS user_department_id,
           borrower.department_name AS user_department_name
      FROM wanted CROSS JOIN settings setting
      LEFT JOIN LATERAL api.user_on(wanted.user_staff_id, api.day_of(wanted.began)) borrower ON true
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
CROSS JOIN LATERAL (SELECT CASE plan.source WHEN 'late' THEN api.holder(device.id, plan.began)
                           ELSE device.department_id END AS id) holding

-- For each device what the rules are asked about, and whether they are asked: a hand-over has happened, and so has a use that
-- is recorded afterwards, unless somebody else had the device. Those need no reason for an exception: the first has no place
-- for one, the second its late_reason. What the bureau does not keep yet is not known: the lines, which only
-- terminals and routers carry, the security status, incidents.
-- define: facts
SELECT device.id AS about, CASE plan.source WHEN 'late' THEN present.occupied <> 'no' ELSE plan.source <> 'handover' END AS binding,
       plan.source IN ('late', 'handover') OR plan.exception_reason IS NOT NULL AS explained,
       plan.source, plan.purpose, plan.purpose_note IS NOT NULL AS noted, plan.user_department_id, plan.began AS out_at,
       plan.due_at,
       device.kind, device.condition, present.occupied, NULL::text AS incident, holding.id IS NOT NULL AS placed,
       holding.id AS holding_department_id, present.reserved, false AS approval, NULL::date AS approval_from,
       NULL::date AS approval_until,
       CASE WHEN device.kind NOT IN ('terminal', 'mobile_router') THEN 0 END AS data_percent,
       NULL::text AS security, NULL::timestamptz AS security_confirmed_at, NULL::date AS antivirus_definitions_on,
       NULL::int AS security_confirmed_days, NULL::int AS antivirus_definition_days, present.unsecured AS last_return_unlocked,
       meeting.standing AS meeting, meeting.starts_at AS meeting_starts_at, meeting.ends_at AS meeting_ends_at,
       '{}'::text[] AS determined,
       (SELECT array_agg(effective_on) FROM regulation_versions WHERE document = 'regulation') AS regulation_versions
-- define: device_use
CROSS JOIN LATERAL api.meeting_cited(plan.meeting_id) meeting
 CROSS JOIN LATERAL api.device_use(device.id, plan.began, plan.due_at, plan.source = 'late') present

-- `pointer` leads to the device's id in the body; `set`: to an array of them. Only members of the holding department
-- record; anybody who sees the device may ask.
-- statement: lending_facts(device_ids uuid[], body jsonb, pointer text, set bool, record bool)
-- row: judging_subject
-- row: check_out_plan(source usage_source, purpose purpose, noted bool, user_department_id uuid?, out_at timestamptz,
--     due_at timestamptz)
-- row: check_out_facts(kind device_kind?, condition (usable, in_repair, lost, disposed)?, occupied (no, out, overdue)?,
--     incident (none, malware, unauthorised_connection)?, placed fact, holding_department_id uuid?, reserved fact,
--     approval fact, approval_from date?, approval_until date?, data_percent int?,
--     security (none, unknown, current, outdated)?, security_confirmed_at timestamptz?, antivirus_definitions_on date?,
--     security_confirmed_days int?, antivirus_definition_days int?, last_return_unlocked fact,
--     meeting (none, draft, refused, cancelled, planned, held, closed)?, meeting_starts_at timestamptz?,
--     meeting_ends_at timestamptz?, determined text[], regulation_versions date[])
WITH wanted AS MATERIALIZED (
    SELECT asked.*, api.as_told(asked.out_at) AS began FROM ({asked}) asked
), {plan}, device AS (
    SELECT sent.n, :pointer || CASE WHEN :set THEN '/' || sent.n - 1 ELSE '' END AS pointer, plan.source, holding.id AS holder_id,
           device.id, device.kind, device.condition
      FROM plan CROSS JOIN unnest(:device_ids) WITH ORDINALITY AS sent (id, n)
      LEFT JOIN devices device ON device.id = sent.id
     {holder}
    -- refuse: reference-not-found {pointer} not_found when id IS NULL
    -- refuse: forbidden when :record AND holder_id IS NOT NULL AND NOT api.serves(holder_id)
    -- What is recorded afterwards is no longer refused by a rule, and has no ledger to stand in.
    -- refuse: value-not-accepted {pointer} not_placed when holder_id IS NULL AND source = 'late'
)
{facts}
  FROM plan CROSS JOIN device CROSS JOIN LATERAL (VALUES (device.holder_id)) holding (id)
 {device_use}
 ORDER BY device.n

-- statement: lending_hold(id uuid)
SELECT api.hold_usage(entry.id), api.hold_meeting(entry.meeting_id) FROM usage_entries entry WHERE entry.id = :id

-- statement: lending_handover_facts(id uuid, if_match bigint[], body jsonb)
-- row: judging_subject
-- row: check_out_plan
-- row: check_out_facts
WITH wanted AS MATERIALIZED (
    SELECT handed.*, api.clock() AS began FROM ({handed} WHERE given.id = :id) handed
    -- refuse: forbidden unless api.serves(department_id)
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state when returned_at IS NOT NULL
), {plan}
{facts}
  FROM plan JOIN devices device ON device.id = plan.device_id
 {holder}
 {device_use}

-- statement: lending_hand_over(id uuid, at timestamptz, language text)
WITH back AS (
    INSERT INTO usage_returns (usage_entry_id, department_id, returned_at, handed_over)
    SELECT entry.id, entry.department_id, :at, true FROM usage_entries entry WHERE entry.id = :id
    RETURNING *
)
SELECT api.emit('usage_entry.handed_over', 'usage-entries/' || entry.id, entry.department_id, {entry})
  FROM back JOIN usage_entries entry ON entry.id = back.usage_entry_id
  JOIN usage_states before ON before.id = entry.id
 CROSS JOIN jsonb_populate_record(before, jsonb_build_object('version', before.version + 1, 'returned_at', back.returned_at,
     'returned_by_id', back.recorded_by_id, 'handed_over', true, 'accessories_missing', '[]'::jsonb)) state

-- The entry of a plan, a device and who is `holding` it, with what was judged of it: without that no entry is whole.
-- define: insert
INSERT INTO usage_entries (department_id, device_id, device_code, device_name, user_staff_id, user_name, user_title,
                           user_department_id, user_department_name, purpose, purpose_note, partner_organisation, meeting_id,
                           meeting_title, meeting_confidentiality, out_at, due_at, accessories, exception_reason, late_reason,
                           source, previous_entry_id, verdict, findings, not_judged, regulation_version, rules_of)
    SELECT holding.id, device.id, device.code, device.name, plan.user_staff_id, plan.user_name, plan.user_title,
           plan.user_department_id, plan.user_department_name, plan.purpose, plan.purpose_note, plan.partner_organisation,
           plan.meeting_id, plan.meeting_title, plan.meeting_confidentiality, plan.began, plan.due_at,
           coalesce(plan.accessories, '{}'), plan.exception_reason, plan.late_reason, plan.source, plan.previous_entry_id,
           judgement.verdict, judgement.findings, judgement.not_judged, judgement.regulation_version, api.judged_by_rules_of()
      FROM plan
-- define: judged
{holder}
      LEFT JOIN api.judged() judgement ON judgement.about = device.id
     WHERE api.still(plan.user_department_id = CAST(:user_department_id AS uuid))

-- A fresh entry's state is known before its trigger has written it.
-- define: fresh
entry CROSS JOIN jsonb_populate_record(NULL::usage_states,
                                       to_jsonb(entry) || '{"version": 1, "corrections": 0, "corrected": {}}') state
  CROSS JOIN LATERAL (SELECT {entry} AS body OFFSET 0) item
-- define: answered
SELECT answer.* FROM {fresh}
 CROSS JOIN api.emit('usage_entry.checked_out', 'usage-entries/' || entry.id, entry.department_id, item.body)
 CROSS JOIN api.answer(201, 1, 'usage-entries/' || entry.id, item.body) answer

-- `at`: when it begins, as the rules have judged it; user_department_id: whose member the user was then.
-- define: begun
wanted AS MATERIALIZED (
    SELECT asked.*, CAST(:at AS timestamptz) AS began FROM ({asked}) asked
), {plan}, entry AS (
    {insert} CROSS JOIN unnest(:device_ids) WITH ORDINALITY AS sent (id, n) JOIN devices device ON device.id = sent.id
     {judged}
     ORDER BY sent.n
    RETURNING *
)

-- statement: lending_record(device_ids uuid[], body jsonb, at timestamptz, user_department_id uuid, language text)
WITH {begun}
{answered}

-- statement: lending_record_next(id uuid, body jsonb, at timestamptz, user_department_id uuid, language text)
WITH wanted AS MATERIALIZED (
    SELECT handed.*, CAST(:at AS timestamptz) AS began FROM ({handed} WHERE given.id = :id) handed
), {plan}, entry AS (
    {insert} JOIN devices device ON device.id = plan.device_id
     {judged}
    RETURNING *
)
{answered}

-- The set is found again by its user and moment.
-- statement: lending_record_set(device_ids uuid[], body jsonb, at timestamptz, user_department_id uuid, language text)
WITH {begun}, recorded AS MATERIALIZED (
    SELECT entry.user_staff_id, entry.out_at, item.body,
           api.emit('usage_entry.checked_out', 'usage-entries/' || entry.id, entry.department_id, item.body) AS emitted
      FROM {fresh}
), answered AS (
    SELECT json_build_object('items', json_agg(body)) AS body,
           min('usage-entries?user_staff_id=' || user_staff_id || '&out_at_from=' || moment.at || '&out_at_to='
               || moment.at) AS location
      FROM recorded CROSS JOIN to_char(out_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') moment (at)
)
SELECT answer.* FROM answered CROSS JOIN api.answer(201, NULL, location, body) answer
