-- include: entry
-- include: facts

-- before: list_usage_corrections(usage_entry_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM usage_entries WHERE id = :usage_entry_id)

-- page: list_usage_corrections(usage_entry_id uuid)
-- sort: corrected_at timestamptz
SELECT correction.id AS tie, correction.created_at AS corrected_at, {correction} AS item FROM usage_corrections correction
 WHERE correction.usage_entry_id = :usage_entry_id

-- statement: corrections_lock(usage_entry_id uuid)
SELECT api.hold_uses(ARRAY[entry.id]) FROM usage_entries entry WHERE entry.id = :usage_entry_id

-- After the device, the meeting that is cited, also one that the caller does not see.
-- statement: corrections_hold_meeting(usage_entry_id uuid)
SELECT api.hold_meeting(entry.meeting_id) FROM usage_entries entry
 WHERE entry.id = :usage_entry_id AND entry.meeting_id IS NOT NULL

-- `was` and `will` are the present values before and after; what the return said can be corrected once there is one. That
-- the value changes, and what the month has to do with it, the table itself decides. A person is named as of the day of use.
-- define: seen
given AS MATERIALIZED (
    SELECT told.field, told.reason, coalesce(told.in_closed_month, false) AS in_closed_month,
           CASE WHEN told.field IN ('user_staff_id', 'storage_location_id')
                THEN (told.new_value #>> '{}')::uuid END AS reference_id,
           CASE WHEN told.field = 'out_at'
                THEN to_jsonb(api.begun_as_told((told.new_value #>> '{}')::timestamptz, state.device_id, state.id))
                WHEN told.field = 'returned_at'
                THEN to_jsonb(api.as_told((told.new_value #>> '{}')::timestamptz, state.out_at))
                WHEN told.field IN ('user_staff_id', 'storage_location_id') THEN to_jsonb((told.new_value #>> '{}')::uuid)
                ELSE coalesce(told.new_value, 'null') END AS new_value
      FROM jsonb_to_record(:body) AS told (field text, new_value jsonb, reason text, in_closed_month boolean)
     CROSS JOIN usage_states state WHERE state.id = :usage_entry_id
), seen AS MATERIALIZED (
    SELECT state.id, state.department_id, state.device_id, state.month, state.locked, state.user_staff_id AS was_user_id,
           state.user_name AS was_user_name, state.storage_location_id AS stood_at, state.returned_at AS came_back_at,
           state.due_at, state.storage_confirmed_at, state.confirmed_at IS NOT NULL AS unconfirmed,
           was.members, was.members -> given.field AS old_value, will.out_at, will.returned_at, will.locked AS stays_locked,
           will.storage_location_id AS stays_at, will.purpose, will.purpose_note, will.user_staff_id, borrower.id AS user_id,
           borrower.name AS user_name,
           CASE WHEN given.field = 'user_staff_id'
                     OR given.field = 'out_at' AND api.day_of(will.out_at) <> api.day_of(state.out_at) THEN borrower.department_id
                ELSE state.user_department_id END AS user_department_id, state.verdict IS NOT NULL AS was_judged,
           place.known AS place_known, place.lockable, place.name AS place_name, given.*
      FROM given CROSS JOIN usage_states state
     CROSS JOIN LATERAL (SELECT to_jsonb(state) AS members OFFSET 0) was
     CROSS JOIN LATERAL jsonb_populate_record(state, jsonb_build_object(given.field, given.new_value)) will
      LEFT JOIN LATERAL api.user_on(will.user_staff_id, api.day_of(will.out_at)) borrower ON true
     CROSS JOIN LATERAL api.place_of(will.storage_location_id, state.department_id, api.day_of(will.returned_at)) place
     WHERE state.id = :usage_entry_id
    -- refuse: forbidden unless api.serves(department_id)
    -- refuse: not-in-this-state when field IN ('returned_at', 'abnormality', 'remarks') AND came_back_at IS NULL
    -- refuse: not-in-this-state when field IN ('storage_location_id', 'locked') AND locked IS NULL
    -- refuse: value-not-accepted /new_value future when returned_at > api.clock() OR field = 'out_at' AND out_at > api.clock()
    -- refuse: value-not-accepted /new_value before_regulation when (field = 'out_at' AND was_judged AND NOT EXISTS (
    --   SELECT FROM regulation_versions WHERE document = 'regulation' AND effective_on <= api.day_of(seen.out_at)))
    -- refuse: value-not-accepted /new_value other_month when api.month_of(out_at) <> month
    -- refuse: value-not-accepted /new_value after_return when field = 'out_at' AND out_at > returned_at
    -- refuse: value-not-accepted /new_value after_due when field = 'out_at' AND returned_at IS NULL AND out_at >= due_at
    -- refuse: value-not-accepted /new_value before_out when returned_at < out_at
    -- refuse: value-not-accepted /new_value after_storage_confirmation when (field = 'returned_at'
    --   AND returned_at > storage_confirmed_at)
    -- refuse: value-not-accepted /new_value held_by_another when (field = 'out_at'
    --   AND api.holder(device_id, out_at) IS DISTINCT FROM department_id)
    -- refuse: reference-not-found /new_value not_found when field = 'user_staff_id' AND user_id IS NULL
    -- refuse: value-not-accepted /new_value user_absent when field = 'out_at' AND user_id IS NULL
    -- refuse: value-not-accepted /new_value note_required when purpose = 'other' AND purpose_note IS NULL
    -- refuse: reference-not-found /new_value not_found when field = 'storage_location_id' AND NOT place_known
    -- refuse: value-not-accepted /new_value location_not_lockable when (field IN ('locked', 'storage_location_id')
    --   AND stays_locked AND NOT lockable)
)

-- The use as it will stand, as things stood when it began: it has happened, so that the rules refuse nothing. That nobody else
-- had the device the table of occupations decides. What was imported is judged no more than before.
-- statement: corrections_facts(usage_entry_id uuid, body jsonb)
-- row: judging_subject
-- row: check_out_plan
-- row: check_out_facts
-- row: check_out_told
WITH {seen}, plan AS MATERIALIZED (
    SELECT seen.id, seen.department_id, seen.device_id, seen.purpose, seen.purpose_note, seen.user_department_id,
           seen.out_at AS began, seen.due_at, seen.returned_at AS ended_at, entry.source, entry.meeting_id, false AS goes_on
      FROM seen JOIN usage_entries entry ON entry.id = seen.id
     WHERE seen.was_judged AND seen.field IN ('purpose', 'purpose_note', 'user_staff_id', 'out_at', 'returned_at')
)
SELECT plan.id AS about, false AS binding, false AS explained, {facts}, plan.id AS entry_id, NULL::text AS item,
       NULL::text AS taken
  FROM plan
 CROSS JOIN LATERAL (VALUES (plan.department_id)) holding (id)
 {used}
 CROSS JOIN LATERAL (SELECT found.kind, found.condition, 'no' AS occupied, found.reserved, found.unsecured
                       FROM api.device_at(plan.device_id, plan.began, used.until, true, plan.id) found) present
 CROSS JOIN LATERAL (VALUES (plan.device_id, present.kind, present.condition)) device (id, kind, condition)

-- A judgement that is another than the entry had stands with the correction, beside the one before it. `user_department_id` is
-- the one that was judged, if any was.
-- statement: corrections_record(usage_entry_id uuid, body jsonb, user_department_id uuid)
-- never: usage_corrections_judged
WITH {seen}, judged AS MATERIALIZED (
    SELECT jsonb_build_object('verdict', judgement.verdict, 'findings', judgement.findings, 'not_judged', judgement.not_judged,
                              'regulation_version', judgement.regulation_version, 'rules_of', api.judged_by_rules_of()) AS told
      FROM seen JOIN api.judged() judgement ON judgement.about = seen.id
), correction AS (
    INSERT INTO usage_corrections (usage_entry_id, department_id, field, old_value, old_name, new_value, new_name, reason,
                                   in_closed_month, own_correction, unconfirmed, old_judgement, new_judgement)
    SELECT id, department_id, field, old_value,
           CASE field WHEN 'user_staff_id' THEN was_user_name
                      WHEN 'storage_location_id' THEN (api.place_of(stood_at, department_id, NULL)).name END,
           new_value, CASE field WHEN 'user_staff_id' THEN user_name WHEN 'storage_location_id' THEN place_name END, reason,
           in_closed_month, coalesce(api.staff_id() IN (was_user_id, user_staff_id), false), unconfirmed,
           judgement.before, judgement.told || jsonb_build_object('judged_at', api.now())
      FROM seen
      LEFT JOIN LATERAL (
          SELECT judged.told, (SELECT jsonb_object_agg(member.name, seen.members -> member.name)
                                 FROM (SELECT jsonb_object_keys(judged.told) UNION VALUES ('judged_at')) member (name)) AS before
            FROM judged WHERE seen.members || judged.told <> seen.members) judgement ON true
     WHERE CAST(:user_department_id AS uuid) IS NULL OR api.still(user_department_id = :user_department_id)
    RETURNING *
)
SELECT answer.* FROM correction
 CROSS JOIN api.emit('usage_entry.corrected', 'usage-entries/' || correction.usage_entry_id, correction.department_id,
                     {correction})
 CROSS JOIN api.answer(201, NULL, 'usage-entries/' || correction.usage_entry_id || '/corrections', {correction}) answer
