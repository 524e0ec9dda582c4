-- define: correction
json_build_object(
    'id', c.id, 'usage_entry_id', c.usage_entry_id, 'field', c.field, 'old_value', c.old_value, 'new_value', c.new_value,
    'reason', c.reason, 'in_closed_month', c.in_closed_month, 'corrected_at', c.created_at,
    'corrected_by_id', c.corrected_by_id, 'acting_for_id', c.acting_for_id)

-- before: list_usage_corrections(usage_entry_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM usage_entries WHERE id = :usage_entry_id)

-- page: list_usage_corrections(usage_entry_id uuid)
-- sort: corrected_at timestamptz
SELECT c.id AS tie, c.created_at AS corrected_at, {correction} AS item FROM usage_corrections c
 WHERE c.usage_entry_id = :usage_entry_id

-- before: correct_usage(usage_entry_id uuid)
SELECT api.hold_usage(e.id) FROM usage_entries e WHERE e.id = :usage_entry_id

-- `was` and `will` are the present values before and after; what the return said can be corrected once there is one. That
-- the value changes, and what the month has to do with it, the table itself decides.
-- operation: correct_usage(usage_entry_id uuid, body jsonb)
WITH b AS MATERIALIZED (
    SELECT r.field, r.reason, coalesce(r.in_closed_month, false) AS in_closed_month,
           CASE WHEN r.field IN ('user_staff_id', 'storage_location_id') THEN (r.new_value #>> '{}')::uuid END AS reference_id,
           CASE WHEN r.field IN ('out_at', 'returned_at') THEN to_jsonb((r.new_value #>> '{}')::timestamptz)
                WHEN r.field IN ('user_staff_id', 'storage_location_id') THEN to_jsonb((r.new_value #>> '{}')::uuid)
                ELSE coalesce(r.new_value, 'null') END AS new_value
      FROM jsonb_to_record(:body) AS r (field text, new_value jsonb, reason text, in_closed_month boolean)
), seen AS MATERIALIZED (
    SELECT s.id, s.department_id, s.month, s.locked, s.out_at AS was_out_at, s.returned_at AS came_back_at, s.due_at,
           was.members -> b.field AS old_value, will.out_at, will.returned_at, b.*
      FROM b CROSS JOIN usage_states s
     CROSS JOIN LATERAL (SELECT to_jsonb(s) AS members OFFSET 0) was
     CROSS JOIN LATERAL jsonb_populate_record(s, jsonb_build_object(b.field, b.new_value)) will
     WHERE s.id = :usage_entry_id
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
    --   SELECT FROM storage_locations l WHERE l.id = seen.reference_id AND l.department_id = seen.department_id)
), c AS (
    INSERT INTO usage_corrections (usage_entry_id, department_id, field, old_value, new_value, reason, in_closed_month)
    SELECT id, department_id, field, old_value, new_value, reason, in_closed_month FROM seen
    RETURNING *
)
SELECT answer.* FROM c
 CROSS JOIN api.emit('usage_entry.corrected', 'usage-entries/' || c.usage_entry_id, c.department_id, {correction})
 CROSS JOIN api.answer(201, NULL, 'usage-entries/' || c.usage_entry_id || '/corrections', {correction}) answer
