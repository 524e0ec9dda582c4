-- define: correction
json_build_object(
    'id', c.id, 'usage_entry_id', c.usage_entry_id, 'field', c.field, 'old_value', c.old_value, 'new_value', c.new_value,
    'reason', c.reason, 'in_closed_month', c.in_closed_month, 'corrected_at', c.created_at,
    'corrected_by_id', c.corrected_by_id, 'acting_for_id', c.acting_for_id)

-- before: list_usage_corrections(usage_entry_id uuid)
SELECT CASE WHEN NOT EXISTS (SELECT FROM usage_entries WHERE id = :usage_entry_id) THEN api.refuse('not-found') END

-- page: list_usage_corrections(usage_entry_id uuid)
-- sort: corrected_at timestamptz
SELECT c.id AS tie, c.created_at AS corrected_at, {correction} AS item FROM usage_corrections c WHERE c.usage_entry_id = :usage_entry_id

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
    SELECT e.id, e.department_id, was.members -> b.field AS old_value, b.*
      FROM b CROSS JOIN usage_entries e JOIN usage_states s ON s.id = e.id
     CROSS JOIN LATERAL (SELECT to_jsonb(s) AS members OFFSET 0) was
     CROSS JOIN LATERAL jsonb_populate_record(s, jsonb_build_object(b.field, b.new_value)) will
     WHERE e.id = :usage_entry_id
       AND CASE WHEN NOT api.serves(e.department_id) THEN api.refuse('forbidden')
                WHEN b.field IN ('returned_at', 'abnormality', 'remarks') AND s.returned_at IS NULL
                     OR b.field IN ('storage_location_id', 'locked') AND s.locked IS NULL
                THEN api.refuse('not-in-this-state')
                WHEN api.month_of(will.out_at) <> e.month THEN api.refuse('value-not-accepted', '/new_value', 'other_month')
                WHEN b.field = 'out_at' AND will.out_at >= coalesce(will.returned_at + interval '1 microsecond', s.due_at)
                THEN api.refuse('value-not-accepted', '/new_value', 'after_return')
                WHEN will.returned_at < will.out_at THEN api.refuse('value-not-accepted', '/new_value', 'before_out')
                WHEN will.returned_at > api.clock() OR b.field = 'out_at' AND will.out_at > api.clock()
                THEN api.refuse('value-not-accepted', '/new_value', 'future')
                WHEN b.field = 'user_staff_id' AND NOT EXISTS (SELECT FROM api.user_on(b.reference_id, api.day_of(s.out_at)))
                     OR b.field = 'storage_location_id' AND NOT EXISTS (
                         SELECT FROM storage_locations l WHERE l.id = b.reference_id AND l.department_id = e.department_id)
                THEN api.refuse('reference-not-found', '/new_value', 'not_found')
                ELSE true END
), c AS (
    INSERT INTO usage_corrections (usage_entry_id, department_id, field, old_value, new_value, reason, in_closed_month)
    SELECT id, department_id, field, old_value, new_value, reason, in_closed_month FROM seen
    RETURNING *
)
SELECT answer.* FROM c
 CROSS JOIN api.emit('usage_entry.corrected', 'usage-entries/' || c.usage_entry_id, c.department_id, {correction})
 CROSS JOIN api.answer(201, NULL, 'usage-entries/' || c.usage_entry_id || '/corrections', {correction}) answer
