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

-- Of what is asked for (b): who the user is, and whether it can be recorded at all. Reservations, determinations and
-- approvals are not kept yet, so an id of one names nothing.
-- define: plan
plan AS MATERIALIZED (
    SELECT b.*, u.name AS user_name, u.title AS user_title, u.department_id AS user_department_id,
           u.department_name AS user_department_name, v.day AS regulation_version,
           CASE WHEN b.meeting_id IS NULL THEN 'none' WHEN m.status = 'planned' AND m.verdict = 'refused' THEN 'refused'
                ELSE m.status END AS meeting
      FROM b CROSS JOIN settings g
     CROSS JOIN LATERAL (SELECT max(effective_on) AS day FROM regulation_versions
                          WHERE document = 'regulation' AND effective_on <= api.day_of(b.began)) v
      LEFT JOIN LATERAL api.user_on(b.user_staff_id, api.day_of(b.began)) u ON true
      LEFT JOIN meetings m ON m.id = b.meeting_id
     WHERE CASE WHEN b.named IS NOT NULL THEN api.refuse('reference-not-found', '/' || b.named, 'not_found')
                WHEN u.id IS NULL THEN api.refuse('reference-not-found', '/user_staff_id', 'not_found')
                WHEN v.day IS NULL THEN api.refuse('value-not-accepted', '/out_at', 'before_regulation')
                WHEN b.began > api.clock() THEN api.refuse('value-not-accepted', '/out_at', 'future')
                WHEN b.due_at <= b.began THEN api.refuse('value-not-accepted', '/due_at', 'not_after_out')
                WHEN b.due_at > b.began + make_interval(days => g.longest_loan_days)
                THEN api.refuse('value-not-accepted', '/due_at', 'loan_too_long')
                ELSE true END
)

-- For each device d the facts of rules/check_out.h, and the entry as it would be written, but for the judgement.
-- What the bureau does not keep yet is left out: lines, security status, incidents.
-- define: facts
json_build_object(
    'mode', plan.mode, 'purpose', plan.purpose, 'user_department_id', plan.user_department_id,
    'out_at', plan.began, 'due_at', plan.due_at,
    'kind', d.kind, 'condition', d.condition, 'placed', h.id IS NOT NULL, 'holding_department_id', h.id,
    'occupied', CASE plan.mode WHEN 'handover' THEN 'no' ELSE x.occupied END, 'reserved', x.reserved,
    'last_return_unlocked', x.unsecured, 'approval', false, 'meeting', plan.meeting,
    'regulation_versions', json_build_array(plan.regulation_version)),
json_build_object(
    'department_id', h.id, 'device_id', d.id, 'device_code', d.code, 'device_name', d.name,
    'user_staff_id', plan.user_staff_id, 'user_name', plan.user_name, 'user_title', plan.user_title,
    'user_department_id', plan.user_department_id, 'user_department_name', plan.user_department_name,
    'purpose', plan.purpose, 'purpose_note', plan.purpose_note, 'partner_organisation', plan.partner_organisation,
    'meeting_id', plan.meeting_id, 'meeting_title', plan.meeting_title, 'meeting_confidentiality', plan.meeting_confidentiality,
    'out_at', plan.began, 'due_at', plan.due_at, 'accessories', coalesce(plan.accessories, '{}'),
    'exception_reason', plan.exception_reason, 'late_reason', plan.late_reason,
    'source', CASE plan.mode WHEN 'ordinary' THEN 'checked_out' ELSE plan.mode END,
    'previous_entry_id', plan.previous_entry_id),
plan.began

-- A use recorded afterwards belongs to the department that held the device then.
-- define: holder
CROSS JOIN LATERAL (SELECT CASE plan.mode WHEN 'late' THEN api.holder(d.id, plan.began) ELSE d.department_id END AS id) h
 CROSS JOIN LATERAL api.device_use(d.id, plan.began, plan.due_at, plan.mode = 'late') x

-- `pointer` leads to the device's id in the body; `set`: to an array of them. Only members of the holding department
-- record; anybody who sees the device may ask.
-- statement: lending_facts(device_ids uuid[], body jsonb, pointer text, set bool, record bool)
WITH b AS MATERIALIZED (
    SELECT a.*, CASE WHEN a.out_at IS NULL THEN 'ordinary' ELSE 'late' END AS mode, coalesce(a.out_at, api.clock()) AS began,
           NULL::uuid AS previous_entry_id,
           c.title AS meeting_title, c.confidentiality AS meeting_confidentiality,
           CASE WHEN a.meeting_id IS NOT NULL AND c.id IS NULL THEN 'meeting_id'
                WHEN a.reservation_id IS NOT NULL THEN 'reservation_id'
                WHEN a.determination_id IS NOT NULL THEN 'determination_id'
                WHEN a.purpose_approval_id IS NOT NULL THEN 'purpose_approval_id' END AS named
      FROM jsonb_to_record(:body) AS a (
          user_staff_id uuid, purpose text, purpose_note text, partner_organisation text, purpose_approval_id uuid,
          meeting_id uuid, reservation_id uuid, due_at timestamptz, exception_reason text, determination_id uuid,
          out_at timestamptz, late_reason text, accessories text[])
      LEFT JOIN meetings c ON c.id = a.meeting_id
), {plan}
SELECT {facts}
  FROM plan CROSS JOIN unnest(:device_ids) WITH ORDINALITY AS a (id, n)
  LEFT JOIN devices d ON d.id = a.id
 {holder}
 WHERE CASE WHEN d.id IS NULL THEN api.refuse('reference-not-found', :pointer || CASE WHEN :set THEN '/' || a.n - 1 ELSE '' END, 'not_found')
            WHEN :record AND h.id IS NOT NULL AND NOT api.serves(h.id) THEN api.refuse('forbidden')
            -- What is recorded afterwards is no longer refused by a rule, and has no ledger to stand in.
            WHEN h.id IS NULL AND plan.mode = 'late'
            THEN api.refuse('value-not-accepted', :pointer || CASE WHEN :set THEN '/' || a.n - 1 ELSE '' END, 'not_placed')
            ELSE true END
 ORDER BY a.n

-- statement: lending_hold(id uuid)
SELECT api.hold_usage(e.id), api.hold_meeting(e.meeting_id) FROM usage_entries e WHERE e.id = :id

-- The next user goes on with what the entry says now, corrections included.
-- statement: lending_handover_facts(id uuid, if_match bigint[], body jsonb)
WITH b AS MATERIALIZED (
    SELECT a.user_staff_id, a.due_at, s.purpose, s.purpose_note, s.partner_organisation, e.meeting_id, e.meeting_title,
           e.meeting_confidentiality, s.accessories, e.device_id,
           NULL::text AS exception_reason, NULL::text AS late_reason, 'handover' AS mode, api.clock() AS began,
           e.id AS previous_entry_id, NULL::text AS named
      FROM usage_entries e JOIN usage_states s ON s.id = e.id
     CROSS JOIN jsonb_to_record(:body) AS a (user_staff_id uuid, due_at timestamptz)
     WHERE e.id = :id
       AND CASE WHEN NOT api.serves(e.department_id) THEN api.refuse('forbidden')
                WHEN NOT api.match(s.version, :if_match) THEN false
                WHEN s.returned_at IS NOT NULL THEN api.refuse('not-in-this-state')
                ELSE true END
), {plan}
SELECT {facts}
  FROM plan JOIN devices d ON d.id = plan.device_id
 {holder}

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

-- A fresh entry's state is known before its trigger has written it.
-- define: insert
INSERT INTO usage_entries (department_id, device_id, device_code, device_name, user_staff_id, user_name, user_title,
                           user_department_id, user_department_name, purpose, purpose_note, partner_organisation, meeting_id,
                           meeting_title, meeting_confidentiality, out_at, due_at, accessories, exception_reason, late_reason, source, previous_entry_id, verdict, findings,
                           regulation_version)
    SELECT p.department_id, p.device_id, p.device_code, p.device_name, p.user_staff_id, p.user_name, p.user_title,
           p.user_department_id, p.user_department_name, p.purpose, p.purpose_note, p.partner_organisation, p.meeting_id,
           p.meeting_title, p.meeting_confidentiality, p.out_at, p.due_at, p.accessories, p.exception_reason, p.late_reason, p.source, p.previous_entry_id, p.verdict, p.findings,
           p.regulation_version
-- define: fresh
e CROSS JOIN jsonb_populate_record(NULL::usage_states, to_jsonb(e) || '{"version": 1, "corrections": 0, "corrected": {}}') s
  CROSS JOIN LATERAL (SELECT {entry} AS body OFFSET 0) item

-- statement: lending_record(entry jsonb, language text)
WITH e AS (
    {insert} FROM jsonb_populate_record(NULL::usage_entries, :entry) p
    RETURNING *
)
SELECT answer.* FROM {fresh}
 CROSS JOIN api.emit('usage_entry.checked_out', 'usage-entries/' || e.id, e.department_id, item.body)
 CROSS JOIN api.answer(201, 1, 'usage-entries/' || e.id, item.body) answer

-- The set is found again by its user and moment.
-- statement: lending_record_set(entries jsonb, language text)
WITH e AS (
    {insert} FROM jsonb_populate_recordset(NULL::usage_entries, :entries) p
    RETURNING *
), recorded AS MATERIALIZED (
    SELECT e.user_staff_id, e.out_at, item.body,
           api.emit('usage_entry.checked_out', 'usage-entries/' || e.id, e.department_id, item.body) AS emitted
      FROM {fresh}
), answered AS (
    SELECT json_build_object('items', json_agg(body)) AS body,
           min('usage-entries?user_staff_id=' || user_staff_id || '&out_at_from=' || m.at || '&out_at_to=' || m.at) AS location
      FROM recorded CROSS JOIN to_char(out_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') m (at)
)
SELECT answer.* FROM answered CROSS JOIN api.answer(201, NULL, location, body) answer
