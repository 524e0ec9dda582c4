-- include: entry
-- include: facts

-- The month, then the devices in the order of their ids. The facts are read by the next statement, which sees what
-- others committed while this one waited.
-- statement: lending_lock(body jsonb)
WITH item AS MATERIALIZED (
    SELECT device.id, CASE WHEN told.out_at IS NULL THEN device.department_id
                           ELSE api.holder(device.id, api.as_told(told.out_at)) END AS department_id,
           api.month_of(api.as_told(told.out_at)) AS month
      FROM api.items(:body) sent
     CROSS JOIN jsonb_to_record(sent.given) AS told (device_id uuid, device_code text, out_at timestamptz)
      JOIN devices device ON device.id = api.device_named(told.device_id, told.device_code)
), month AS MATERIALIZED (
    SELECT api.hold_ledger(holding.department_id, holding.month)
      FROM (SELECT DISTINCT item.department_id, item.month FROM item WHERE item.department_id IS NOT NULL
             ORDER BY item.department_id, item.month) holding
)
SELECT api.hold_devices(ARRAY(SELECT item.id FROM item)) WHERE (SELECT count(*) FROM month) >= 0

-- After the devices, the meetings that are cited; the facts then see them as others have left them.
-- statement: lending_hold_meetings(body jsonb, entries uuid[])
SELECT api.hold_meeting(meeting.id)
  FROM (SELECT meeting_id FROM api.items(:body) sent CROSS JOIN jsonb_to_record(sent.given) AS told (meeting_id uuid)
         UNION
        SELECT entry.meeting_id FROM usage_entries entry WHERE entry.id = ANY (:entries)) cited
  JOIN meetings meeting ON meeting.id = cited.meeting_id
 ORDER BY meeting.id

-- What a body asks for, item by item: who has no name there is the caller. Reservations, determinations and approvals are
-- not kept yet, so an id of one names nothing.
-- define: asked
SELECT sent.n, sent.of_set, sent.at, sent.named, num_nonnulls(told.device_id, told.device_code) AS names,
           api.device_named(told.device_id, told.device_code) AS device_id,
           num_nonnulls(told.user_staff_id, told.user_staff_number) AS user_names,
           sent.at || CASE WHEN told.user_staff_number IS NULL THEN '/user_staff_id' ELSE '/user_staff_number' END AS user_named,
           CASE WHEN coalesce(told.user_staff_id::text, told.user_staff_number) IS NULL THEN api.staff_id()
                ELSE api.staff_named(told.user_staff_id, told.user_staff_number) END AS user_staff_id,
           told.purpose, told.purpose_note, told.partner_organisation, told.meeting_id, told.due_at AS due_by,
           told.exception_reason, told.standing_agreement_id, told.out_at, told.late_reason, told.addendum_reason,
           told.returned AS back,
           told.accessories,
           CASE WHEN told.out_at IS NULL THEN 'checked_out' ELSE 'late' END AS source, NULL::uuid AS previous_entry_id,
           meeting.title AS meeting_title, meeting.confidentiality AS meeting_confidentiality,
           CASE WHEN told.meeting_id IS NOT NULL AND meeting.id IS NULL THEN sent.at || '/meeting_id'
                WHEN told.standing_agreement_id IS NOT NULL AND NOT EXISTS (
                    SELECT FROM standing_agreements agreement WHERE agreement.id = told.standing_agreement_id)
                THEN sent.at || '/standing_agreement_id'
                WHEN told.reservation_id IS NOT NULL THEN sent.at || '/reservation_id'
                WHEN told.determination_id IS NOT NULL THEN sent.at || '/determination_id'
                WHEN told.purpose_approval_id IS NOT NULL THEN sent.at || '/purpose_approval_id' END AS unknown
      FROM api.items(:body) sent
     CROSS JOIN jsonb_to_record(sent.given) AS told (
          device_id uuid, device_code text, user_staff_id uuid, user_staff_number text, purpose text, purpose_note text,
          partner_organisation text, purpose_approval_id uuid, meeting_id uuid, reservation_id uuid, due_at timestamptz,
          exception_reason text, determination_id uuid, standing_agreement_id uuid, out_at timestamptz, late_reason text,
          addendum_reason text, returned jsonb, accessories text[])
      LEFT JOIN meetings meeting ON meeting.id = told.meeting_id

-- What a body asks for that hands entries over: the next user goes on with what each says now, corrections included, but for
-- what is said anew. Another purpose has its own note, partner and meeting.
-- define: handed
SELECT sent.n, sent.of_set, sent.at, sent.named, num_nonnulls(told.usage_entry_id, told.device_id, told.device_code) AS names,
       given.device_id, num_nonnulls(told.user_staff_id, told.user_staff_number) AS user_names,
       sent.at || CASE WHEN told.user_staff_number IS NULL THEN '/user_staff_id' ELSE '/user_staff_number' END AS user_named,
       CASE WHEN coalesce(told.user_staff_id::text, told.user_staff_number) IS NULL THEN api.staff_id()
            ELSE api.staff_named(told.user_staff_id, told.user_staff_number) END AS user_staff_id,
       coalesce(told.purpose, state.purpose) AS purpose,
       CASE WHEN told.purpose_note IS NULL AND renewed.stays THEN state.purpose_note ELSE told.purpose_note END AS purpose_note,
       CASE WHEN told.partner_organisation IS NULL AND renewed.stays THEN state.partner_organisation
            ELSE told.partner_organisation END AS partner_organisation,
       CASE WHEN told.meeting_id IS NULL AND renewed.stays THEN given.meeting_id ELSE told.meeting_id END AS meeting_id,
       told.due_at AS due_by, NULL::text AS exception_reason, NULL::timestamptz AS out_at, NULL::text AS late_reason,
       NULL::text AS addendum_reason, NULL::uuid AS standing_agreement_id,
       NULL::jsonb AS back, coalesce(told.accessories, state.accessories) AS accessories, told.abnormality,
       told.accessories_missing,
       'handover' AS source, given.id AS previous_entry_id,
       CASE WHEN told.meeting_id IS NULL AND renewed.stays THEN given.meeting_title ELSE meeting.title END AS meeting_title,
       CASE WHEN told.meeting_id IS NULL AND renewed.stays THEN given.meeting_confidentiality
            ELSE meeting.confidentiality END AS meeting_confidentiality,
       CASE WHEN told.meeting_id IS NOT NULL AND meeting.id IS NULL THEN sent.at || '/meeting_id' END AS unknown,
       given.department_id, state.user_staff_id AS used_by, state.version, state.returned_at
      FROM api.items(:body, :entries) sent
     CROSS JOIN jsonb_to_record(sent.given) AS told (
          usage_entry_id uuid, device_id uuid, device_code text, user_staff_id uuid, user_staff_number text, due_at timestamptz,
          purpose text, purpose_note text, partner_organisation text, meeting_id uuid, accessories text[], abnormality text,
          accessories_missing text[])
      LEFT JOIN (usage_entries given JOIN usage_states state ON state.id = given.id)
             ON given.id = coalesce(told.usage_entry_id, api.open_use(told.device_id, told.device_code))
     CROSS JOIN LATERAL (SELECT coalesce(told.purpose = state.purpose, true) AS stays) renewed
      LEFT JOIN meetings meeting ON meeting.id = told.meeting_id

-- A use recorded afterwards belongs to the department that held the device then.
-- define: holder
CROSS JOIN LATERAL (SELECT CASE wanted.source WHEN 'late' THEN api.holder(device.id, wanted.began)
                           ELSE device.department_id END AS id) holding

-- When and where it came back, as is said of a use that has ended with all else that is said of it.
-- define: ended
LEFT JOIN LATERAL (
    SELECT api.as_told(told.returned_at, wanted.began) AS ended_at, place.id AS place_id, place.lockable,
           num_nonnulls(told.storage_location_id, told.storage_location) AS places,
           wanted.at || '/returned/storage_location' || CASE WHEN told.storage_location IS NULL THEN '_id' ELSE '' END
               AS place_named,
           told.locked, told.abnormality, coalesce(told.accessories_missing, '{}') AS missing_then, told.remarks
      FROM jsonb_to_record(wanted.back) AS told (
          returned_at timestamptz, storage_location_id uuid, storage_location text, locked boolean, abnormality text,
          accessories_missing text[], remarks text)
      LEFT JOIN LATERAL api.place_named(holding.id, told.storage_location_id, told.storage_location, wanted.device_id,
                                        api.day_of(api.as_told(told.returned_at, wanted.began))) place ON true
     WHERE wanted.back IS NOT NULL
) ended ON true

-- Of what is wanted: who the user is, and whether it can be recorded at all. What goes on and was not written down when it
-- began is a check-out of now, which began a little ago.
-- define: plan
plan AS MATERIALIZED (
    SELECT wanted.*, coalesce(wanted.due_by, api.shift_end(holding.id, wanted.began, wanted.source = 'handover')) AS due_at,
           holding.id AS holder_id, wanted.source = 'late' AND wanted.back IS NULL AS goes_on,
           wanted.began + make_interval(days => setting.longest_loan_days) AS latest, borrower.id AS user_id,
           borrower.name AS user_name, borrower.title AS user_title, borrower.department_id AS user_department_id,
           borrower.department_name AS user_department_name, ended.ended_at, ended.place_id, ended.lockable, ended.places,
           ended.place_named, ended.locked, ended.abnormality AS damaged, ended.missing_then, ended.remarks
      FROM wanted CROSS JOIN settings setting
      LEFT JOIN devices device ON device.id = wanted.device_id
     {holder}
     {ended}
      LEFT JOIN LATERAL api.user_on(wanted.user_staff_id, api.day_of(wanted.began)) borrower ON true
    -- refuse: value-not-accepted {user_named} named_twice when user_names > 1
    -- refuse: value-not-accepted {user_named} not_named when user_names = 0 AND user_staff_id IS NULL
    -- refuse: reference-not-found {unknown} not_found when unknown IS NOT NULL
    -- refuse: reference-not-found {user_named} not_found when user_id IS NULL
    -- refuse: value-not-accepted {at}/purpose required when purpose IS NULL
    -- refuse: value-not-accepted {at}/out_at before_regulation unless EXISTS (SELECT FROM regulation_versions
    --   WHERE document = 'regulation' AND effective_on <= api.day_of(plan.began))
    -- refuse: value-not-accepted {at}/out_at future when began > api.clock()
    -- refuse: value-not-accepted {at}/out_at required when back IS NOT NULL AND out_at IS NULL
    -- refuse: value-not-accepted {at}/out_at begun_too_long_ago when (source = 'late' AND back IS NULL
    --   AND began < api.clock() - interval '24 hours')
    -- refuse: value-not-accepted {at}/returned/returned_at future when ended_at > api.clock()
    -- refuse: value-not-accepted {at}/returned/returned_at before_out when ended_at < began
    -- refuse: value-not-accepted {at}/due_at not_after_out when due_at <= began
    -- refuse: value-not-accepted {at}/due_at loan_too_long when due_at > latest
    -- refuse: value-not-accepted {at}/standing_agreement_id not_covered unless (standing_agreement_id IS NULL
    --   OR api.agreed_loan(standing_agreement_id, device_id, holder_id, user_department_id, began, due_at))
)

-- What is judged for each device, and whether the rules decide: a hand-over has happened, and so has a use that has ended, unless
-- somebody else had the device. Neither needs a reason for an exception: the first has no place for one, the second its
-- late_reason.
-- define: judged
SELECT device.id AS about,
       CASE WHEN plan.back IS NULL THEN plan.source <> 'handover' ELSE present.occupied <> 'no' END AS binding,
       plan.back IS NOT NULL OR plan.source = 'handover' OR plan.exception_reason IS NOT NULL AS explained, {facts}
-- define: device_use
{used}
 CROSS JOIN LATERAL api.device_at(device.id, plan.began, used.until, plan.source = 'late') present

-- Who has the device that is out, or had it then, as far as the caller may know, and which item of a set it is: members of a
-- finding.
-- define: whose
CROSS JOIN LATERAL (SELECT CASE WHEN plan.of_set THEN json_build_object(
                                    'device_id', plan.device_id, 'device_code', device.code, 'pointer', plan.named) END AS item,
                           (SELECT json_build_object('out', json_build_object(
                                       'usage_entry_id', standing.id, 'user_staff_id', standing.user_staff_id,
                                       'user_name', standing.user_name, 'user_department_name', standing.user_department_name,
                                       'out_at', standing.out_at, 'due_at', standing.due_at))
                              FROM usage_states standing
                             WHERE standing.id = CASE WHEN plan.source <> 'late' THEN api.open_use(plan.device_id, NULL) ELSE (
                                 SELECT other.id FROM usage_states other
                                  WHERE other.device_id = plan.device_id AND other.out_at < used.until
                                    AND coalesce(other.returned_at, 'infinity') > plan.began
                                  ORDER BY other.out_at LIMIT 1) END) AS taken) whose

-- Only members of the holding department record; anybody who sees the device may ask.
-- statement: lending_facts(body jsonb, record bool)
-- row: judging_subject
-- row: check_out_plan
-- row: check_out_facts
-- row: check_out_told
WITH moment AS MATERIALIZED (SELECT api.clock() AS present), wanted AS MATERIALIZED (
    SELECT asked.*, CASE WHEN asked.out_at IS NULL THEN moment.present
                         ELSE api.begun_as_told(asked.out_at, asked.device_id) END AS began,
           row_number() OVER (PARTITION BY asked.device_id ORDER BY asked.n) AS times
      FROM ({asked}) asked CROSS JOIN moment
    -- refuse: value-not-accepted {named} named_twice when names > 1
    -- refuse: value-not-accepted {named} not_named when names = 0
    -- refuse: reference-not-found {named} not_found when device_id IS NULL
    -- refuse: value-not-accepted {named} item_twice when times > 1
), {plan}, lent AS (
    SELECT * FROM plan
    -- refuse: forbidden when :record AND holder_id IS NOT NULL AND NOT api.serves(holder_id)
    -- A use of what nobody held has no ledger to stand in.
    -- refuse: value-not-accepted {named} not_placed when holder_id IS NULL AND source = 'late'
    -- refuse: value-not-accepted {at}/addendum_reason month_still_open when (addendum_reason IS NOT NULL
    --   AND NOT api.month_closed(holder_id, api.month_of(began)))
    -- refuse: value-not-accepted {place_named} named_twice when places > 1
    -- refuse: value-not-accepted {place_named} no_place_of_its_own when places = 0 AND place_id IS NULL
    -- refuse: reference-not-found {place_named} not_found when back IS NOT NULL AND place_id IS NULL
    -- refuse: value-not-accepted {at}/returned/locked location_not_lockable when locked AND NOT lockable
)
{judged}, NULL::uuid AS entry_id, whose.item::text AS item, whose.taken::text AS taken
  FROM lent plan JOIN devices device ON device.id = plan.device_id
 CROSS JOIN LATERAL (VALUES (plan.holder_id)) holding (id)
 {device_use}
 {whose}
 ORDER BY plan.n

-- statement: lending_hold(body jsonb, entries uuid[])
SELECT api.hold_uses(named.ids), api.stay_for(named.ids)
  FROM (SELECT ARRAY(
            SELECT state.id FROM api.items(:body, :entries) sent
             CROSS JOIN jsonb_to_record(sent.given) AS told (usage_entry_id uuid, device_id uuid, device_code text)
              JOIN usage_states state
                ON state.id = coalesce(told.usage_entry_id, api.open_use(told.device_id, told.device_code))) AS ids) named

-- Of the one that is named by its path.
-- statement: lending_match(id uuid, if_match bigint[])
SELECT state.department_id, state.version, state.returned_at FROM usage_states state WHERE state.id = :id
-- refuse: forbidden unless api.serves(department_id)
-- refuse: precondition-failed unless api.match(version, :if_match)
-- refuse: not-in-this-state when returned_at IS NOT NULL

-- statement: lending_handover_facts(body jsonb, entries uuid[])
-- row: judging_subject
-- row: check_out_plan
-- row: check_out_facts
-- row: check_out_told
WITH moment AS MATERIALIZED (SELECT api.clock() AS present), wanted AS MATERIALIZED (
    SELECT handed.*, moment.present AS began, row_number() OVER (PARTITION BY handed.device_id ORDER BY handed.n) AS times
      FROM ({handed}) handed CROSS JOIN moment
    -- refuse: value-not-accepted {named} named_twice when names > 1
    -- refuse: value-not-accepted {named} not_named when names = 0
    -- refuse: not-found when previous_entry_id IS NULL AND NOT of_set
    -- refuse: reference-not-found {named} not_out when (previous_entry_id IS NULL
    --   OR NOT api.stays_only_for(department_id, used_by))
    -- refuse: value-not-accepted {named} item_twice when times > 1
    -- refuse: forbidden {named} not_served unless api.serves(department_id)
    -- refuse: value-not-accepted {named} not_out when returned_at IS NOT NULL
), {plan}, lent AS (
    SELECT * FROM plan
    -- What another department holds by then comes back first.
    -- refuse: forbidden {named} not_served unless api.serves(holder_id)
)
{judged}, plan.previous_entry_id AS entry_id, whose.item::text AS item, NULL AS taken
  FROM lent plan JOIN devices device ON device.id = plan.device_id
 CROSS JOIN LATERAL (VALUES (plan.holder_id)) holding (id)
 {device_use}
 {whose}
 ORDER BY plan.n

-- What is handed over comes back at the moment at which the next use begins.
-- statement: lending_hand_over(body jsonb, entries uuid[], began timestamptz[])
-- never: usage_returns_once
INSERT INTO usage_returns (usage_entry_id, department_id, returned_at, handed_over, abnormality, accessories_missing)
SELECT entry.id, entry.department_id, passed.began, true, told.abnormality, coalesce(told.accessories_missing, '{}')
  FROM api.items(:body, :entries) sent
 CROSS JOIN jsonb_to_record(sent.given) AS told (usage_entry_id uuid, abnormality text, accessories_missing text[])
  JOIN unnest(CAST(:began AS timestamptz[])) WITH ORDINALITY AS passed (began, n) ON passed.n = sent.n
  JOIN usage_entries entry ON entry.id = told.usage_entry_id

-- The entry of a plan, a device and who is `holding` it, with what was judged of it: without that no entry is whole.
-- `due_at` and `user_department_ids` are those that were judged.
-- define: insert
INSERT INTO usage_entries (department_id, device_id, device_code, device_name, user_staff_id, user_name, user_title,
                           user_department_id, user_department_name, purpose, purpose_note, partner_organisation, meeting_id,
                           meeting_title, meeting_confidentiality, out_at, due_at, accessories, exception_reason, late_reason,
                           addendum_reason, source, previous_entry_id, standing_agreement_id, verdict, findings, not_judged,
                           regulation_version, rules_of)
    SELECT plan.holder_id, device.id, device.code, device.name, plan.user_staff_id, plan.user_name, plan.user_title,
           plan.user_department_id, plan.user_department_name, plan.purpose, plan.purpose_note, plan.partner_organisation,
           plan.meeting_id, plan.meeting_title, plan.meeting_confidentiality, plan.began, plan.due_at,
           coalesce(plan.accessories, '{}'), plan.exception_reason, plan.late_reason, plan.addendum_reason, plan.source,
           plan.previous_entry_id, plan.standing_agreement_id,
           judgement.verdict, judgement.findings, judgement.not_judged, judgement.regulation_version, api.judged_by_rules_of()
      FROM plan JOIN devices device ON device.id = plan.device_id
      JOIN unnest(CAST(:due_at AS timestamptz[]), CAST(:user_department_ids AS uuid[]))
           WITH ORDINALITY AS passed (due_at, user_department_id, n) ON passed.n = plan.n
      LEFT JOIN api.judged() judgement ON judgement.about = device.id
     WHERE api.still(plan.user_department_id IS NOT DISTINCT FROM passed.user_department_id AND plan.due_at = passed.due_at)
     ORDER BY plan.n
-- define: passed
JOIN unnest(CAST(:began AS timestamptz[])) WITH ORDINALITY AS passed (began, n) ON passed.n = wish.n

-- The return of a use that had ended, which is written with it. A fresh entry's state is known before its triggers have
-- written it. A set is found again by its devices and its moment.
-- define: answered
brought AS (
    INSERT INTO usage_returns (usage_entry_id, department_id, returned_at, storage_location_id, locked, abnormality,
                               accessories_missing, remarks)
    SELECT entry.id, entry.department_id, plan.ended_at, plan.place_id, plan.locked, plan.damaged, plan.missing_then, plan.remarks
      FROM plan JOIN entry ON entry.device_id = plan.device_id
     WHERE plan.back IS NOT NULL
     ORDER BY plan.n
    RETURNING *
), recorded AS MATERIALIZED (
    SELECT plan.n, plan.of_set, entry.id, entry.device_id, state.version, item.body,
           to_char(entry.out_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS moment,
           api.emit('usage_entry.checked_out', 'usage-entries/' || entry.id, entry.department_id, item.body) AS emitted,
           api.emit_if(brought.id IS NOT NULL, 'usage_entry.returned', 'usage-entries/' || entry.id, entry.department_id,
                       item.body) AS emitted_return
      FROM plan JOIN entry ON entry.device_id = plan.device_id
      LEFT JOIN brought ON brought.usage_entry_id = entry.id
     CROSS JOIN jsonb_populate_record(NULL::usage_states,
                                      to_jsonb(entry) || '{"version": 1, "corrections": 0, "corrected": {}, "extensions": []}'
                                          || coalesce(
                                          to_jsonb(brought) - '{id,recorded_by_id}'::text[]
                                              || jsonb_build_object('id', entry.id, 'version', 2,
                                                                    'returned_by_id', brought.recorded_by_id), '{}')) state
     CROSS JOIN LATERAL (SELECT {entry} AS body OFFSET 0) item
), answered AS (
    SELECT bool_or(of_set) AS of_set, max(version) AS version,
           CASE WHEN bool_or(of_set) THEN json_build_object('items', json_agg(body ORDER BY n))
                ELSE json_agg(body) -> 0 END AS body,
           'usage-entries' || CASE WHEN bool_or(of_set) THEN '?device_id=' || string_agg(device_id::text, ',' ORDER BY n)
               || '&out_at_from=' || min(moment) || '&out_at_to=' || max(moment)
               ELSE '/' || min(id::text) END AS location
      FROM recorded
)
SELECT answer.* FROM answered
 CROSS JOIN api.answer(201, CASE WHEN NOT answered.of_set THEN answered.version END, answered.location, answered.body) answer

-- statement: lending_record(body jsonb, began timestamptz[], due_at timestamptz[], user_department_ids uuid[], language text)
-- never: usage_returns_once
WITH wanted AS MATERIALIZED (
    SELECT wish.*, passed.began FROM ({asked}) wish {passed}
), {plan}, entry AS (
    {insert}
    RETURNING *
), {answered}

-- statement: lending_record_next(body jsonb, entries uuid[], began timestamptz[], due_at timestamptz[],
--     user_department_ids uuid[], language text)
-- never: usage_returns_once
WITH wanted AS MATERIALIZED (
    SELECT wish.*, passed.began FROM ({handed}) wish {passed}
), {plan}, entry AS (
    {insert}
    RETURNING *
), {answered}

-- statement: lending_handed_over(entries uuid[], language text)
SELECT api.emit('usage_entry.handed_over', 'usage-entries/' || entry.id, entry.department_id, {entry})
  FROM usage_entries entry JOIN usage_states state ON state.id = entry.id
 WHERE entry.id = ANY (:entries)
 ORDER BY entry.id
