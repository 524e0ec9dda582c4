-- define: correction
json_build_object(
    'id', correction.id, 'usage_entry_id', correction.usage_entry_id, 'field', correction.field,
    'old_value', correction.old_value, 'new_value', correction.new_value, 'reason', correction.reason,
    'in_closed_month', correction.in_closed_month, 'corrected_at', correction.created_at,
    'corrected_by_id', correction.corrected_by_id, 'acting_for_id', correction.acting_for_id)

-- before: list_usage_corrections(usage_entry_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM usage_entries WHERE id = :usage_entry_id)

-- page: list_usage_corrections(usage_entry_id uuid)
-- sort: corrected_at timestamptz
SELECT correction.id AS tie, correction.created_at AS corrected_at, {correction} AS item FROM usage_corrections correction
 WHERE correction.usage_entry_id = :usage_entry_id

-- before: correct_usage(usage_entry_id uuid)
SELECT api.hold_usage(entry.id) FROM usage_entries entry WHERE entry.id = :usage_entry_id

-- `was` and `will` are the present values before and after; what the return said can be corrected once there is one. That
-- the value changes, and what the month has to do with it, the table itself decides.
-- operation: correct_usage(usage_entry_id uuid, body jsonb)
WITH given AS MATERIALIZED (
    SELECT told.field, told.reason, coalesce(told.in_closed_month, false) AS in_closed_month,
           CASE WHEN told.field IN ('user_staff_id', 'storage_location_id')
                THEN (told.new_value #>> '{}')::uuid END AS reference_id,
           CASE WHEN told.field IN ('out_at', 'returned_at') THEN to_jsonb((told.new_value #>> '{}')::timestamptz)
                WHEN told.field IN ('user_staff_id', 'storage_location_id') THEN to_jsonb((told.new_value #>> '{}')::uuid)
                ELSE coalesce(told.new_value, 'null') END AS new_value
      FROM jsonb_to_record(:body) AS told (field text, new_value jsonb, reason text, in_closed_month boolean)
), seen AS MATERIALIZED (
    SELECT state.id, state.department_id, state.month, state.locked, state.out_at AS was_out_at,
           state.returned_at AS came_back_at, state.due_at, was.members -> given.field AS old_value, will.out_at,
           will.returned_at, will.locked AS stays_locked, will.storage_location_id AS stays_at, given.*
      FROM given CROSS JOIN usage_states state
     CROSS JOIN LATERAL (SELECT to_jsonb(state) AS members OFFSET 0) was
     CROSS JOIN LATERAL jsonb_populate_record(state, jsonb_build_object(given.field, given.new_value)) will
     WHERE state.id = :usage_entry_id
    -- refuse: forbidden unless api.serves(department_id)
    -- refuse: not-in-this-state when field IN ('returned_at', 'abnormality', 'remarks') AND came_back_at IS NULL
    -- refuse: not-in-this-state when field IN ('storage_location_id', 'locked') AND locked IS NULL
    -- refuse: value-not-accepted /new_value other_month when api.month_of(out_at) <> month
    -- refuse: value-not-accepted /new_value after_return when (field = 'out_at'
    --   AND out_at >= coalesce(returned_at + interval '1 microsecond', due_at))
    -- refuse: value-not-accepted /new_value before_out when returned_at < out_at
    -- refuse: value-not-accepted /new_value future when returned_at > api.clock() OR field = 'out_at' AND out_at > api.clock()
    -- refuse: reference-not-found /new_value not_found when field = 'user_staff_id' AND NOT EXISTS (
    --   SELECT FROM api.user_on(reference_id, api.day_of(was_out_at)))
    -- refuse: reference-not-found /new_value not_found when field = 'storage_location_id' AND NOT EXISTS (
    --   SELECT FROM storage_locations location WHERE location.id = seen.reference_id
    --     AND location.department_id = seen.department_id
    --     AND api.serves_on(location.abolished_on, api.day_of(seen.came_back_at)))
    -- refuse: value-not-accepted /new_value location_not_lockable when (field IN ('locked', 'storage_location_id')
    --   AND stays_locked AND NOT (
    --     SELECT location.lockable FROM storage_locations location WHERE location.id = seen.stays_at))
), correction AS (
    INSERT INTO usage_corrections (usage_entry_id, department_id, field, old_value, new_value, reason, in_closed_month)
    SELECT id, department_id, field, old_value, new_value, reason, in_closed_month FROM seen
    RETURNING *
)
SELECT answer.* FROM correction
 CROSS JOIN api.emit('usage_entry.corrected', 'usage-entries/' || correction.usage_entry_id, correction.department_id,
                     {correction})
 CROSS JOIN api.answer(201, NULL, 'usage-entries/' || correction.usage_entry_id || '/corrections', {correction}) answer
