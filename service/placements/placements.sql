-- define: placement
json_build_object(
    'id', p.id, 'device_id', p.device_id, 'department_id', p.department_id, 'storage_location_id', p.storage_location_id,
    'began_at', lower(p.during), 'ended_at', upper(p.during), 'reason', p.reason,
    'placement_request_id', p.placement_request_id, 'decided_by_id', p.decided_by_id,
    'created_at', p.created_at, 'updated_at', p.updated_at)

-- operation: get_placement(placement_id uuid)
SELECT p.version, {placement} FROM placements p WHERE p.id = :placement_id

-- page: list_placements(department_id uuid[]?, device_id uuid[]?, current bool?)
-- sort: began_at timestamptz
SELECT p.id AS tie, lower(p.during) AS began_at, {placement} AS item
  FROM placements p
 WHERE true
   AND p.department_id = ANY (:department_id)                --? department_id
   AND p.device_id = ANY (:device_id)                        --? device_id
   AND upper_inf(p.during) = CAST(:current AS boolean)       --? current

-- The row of the device is the anchor of all that decides about it; the next statement sees what others committed.
-- before: place_device(body jsonb)
SELECT api.hold_devices(ARRAY[(CAST(:body AS jsonb) ->> 'device_id')::uuid])

-- Then where it is to be and where it is.
-- before: place_device(body jsonb)
SELECT api.hold_departments(ARRAY[b.department_id, (SELECT d.department_id FROM devices d WHERE d.id = b.device_id)])
  FROM jsonb_to_record(:body) AS b (department_id uuid, device_id uuid)

-- The placement before ends where the new one begins, so `new` waits for `ended`.
-- operation: place_device(body jsonb)
WITH b AS (
    SELECT b.*, d.id AS found_id, d.condition, d.department_id AS before_id,
           greatest(api.clock(), lower(p.during) + interval '1 microsecond') AS at
      FROM jsonb_to_record(:body) AS b (device_id uuid, department_id uuid, storage_location_id uuid,
                                        placement_request_id uuid, reason text)
      LEFT JOIN devices d ON d.id = b.device_id
      LEFT JOIN placements p ON p.device_id = d.id AND upper_inf(p.during)
    -- refuse: reference-not-found /device_id not_found when found_id IS NULL
    -- refuse: device-disposed when condition = 'disposed'
    -- refuse: device-checked-out when EXISTS (SELECT FROM device_occupations o
    --   WHERE o.device_id = b.device_id AND o.kind = 'check_out' AND o.open)
    -- refuse: not-in-this-state when before_id IS NOT DISTINCT FROM department_id
    -- refuse: forbidden when department_id IS NULL AND NOT api.sees_all()
    -- refuse: reference-not-found /department_id not_found unless department_id IS NULL OR EXISTS (SELECT FROM departments t
    --   WHERE t.id = b.department_id AND t.is_shozoku AND t.abolished_on IS NULL AND api.sees(t.id))
    -- refuse: reference-not-found /storage_location_id not_found unless storage_location_id IS NULL OR EXISTS (
    --   SELECT FROM storage_locations l
    --   WHERE l.id = b.storage_location_id AND l.department_id = b.department_id AND l.abolished_on IS NULL)
    -- refuse: reference-not-found /placement_request_id not_found unless placement_request_id IS NULL OR EXISTS (
    --   SELECT FROM placement_requests r WHERE r.id = b.placement_request_id AND r.department_id = b.department_id
    --      AND r.decision IN ('approved', 'partly_approved'))
), ended AS (
    UPDATE placements p SET during = tstzrange(lower(p.during), b.at)
      FROM b WHERE p.device_id = b.device_id AND upper_inf(p.during)
    RETURNING p.*
), new AS (
    INSERT INTO placements (device_id, department_id, storage_location_id, placement_request_id, reason, during)
    SELECT b.device_id, b.department_id, b.storage_location_id, b.placement_request_id, b.reason,
           tstzrange(coalesce(upper(ended.during), b.at), NULL)
      FROM b LEFT JOIN ended ON true
     WHERE b.department_id IS NOT NULL
    RETURNING *
), p AS (
    SELECT * FROM new UNION ALL SELECT * FROM ended WHERE NOT EXISTS (SELECT FROM new)
), report AS (
    INSERT INTO placement_reports (device_id, placement_id, kind, from_department_id, to_department_id, reason)
    SELECT b.device_id, p.id, CASE WHEN b.department_id IS NULL THEN 'end' WHEN b.before_id IS NULL THEN 'decision'
                                 ELSE 'change' END,
           b.before_id, b.department_id, b.reason
      FROM p CROSS JOIN b
)
SELECT answer.* FROM p
 CROSS JOIN api.emit(CASE WHEN upper_inf(p.during) THEN 'device.placed' ELSE 'device.unplaced' END, 'placements/' || p.id,
                     p.department_id, {placement})
 CROSS JOIN api.answer(201, p.version, 'placements/' || p.id, {placement}) answer

-- define: rows
row AS (
    SELECT r.line, r.device_code, r.department_code, r.storage_location, r."from", coalesce(r.reason, '一括登録') AS reason,
           d.id AS device_id, d.condition, t.id AS department_id, l.id AS storage_location_id,
           EXISTS (SELECT FROM placements p WHERE p.device_id = d.id) AS placed
      FROM (SELECT line, cells ->> 'device_code' AS device_code, cells ->> 'department_code' AS department_code,
                   cells ->> 'storage_location' AS storage_location, (cells ->> 'from')::date AS "from",
                   cells ->> 'reason' AS reason
              FROM import_rows) r
      LEFT JOIN devices d ON api.folded(d.code) = api.folded(r.device_code)
      LEFT JOIN departments t ON api.folded(t.code) = api.folded(r.department_code) AND t.is_shozoku AND t.abolished_on IS NULL
      LEFT JOIN storage_locations l ON l.department_id = t.id AND api.folded(l.name) = api.folded(r.storage_location)
                                   AND l.abolished_on IS NULL
)

-- statement: placements_import_hold_devices()
SELECT count(*) FROM (SELECT FROM devices WHERE api.folded(code) IN (SELECT api.folded(cells ->> 'device_code') FROM import_rows)
                       ORDER BY id FOR NO KEY UPDATE) held

-- statement: placements_import_hold_departments()
SELECT api.hold_departments(ARRAY(
    SELECT d.id FROM departments d WHERE api.folded(d.code) IN (SELECT api.folded(cells ->> 'department_code') FROM import_rows)))

-- statement: placements_import_judge()
WITH {rows}, fault (line, "column", code) AS (
    SELECT line, 'device_code', 'not_found' FROM row WHERE device_id IS NULL
    UNION ALL
    SELECT line, 'device_code', 'disposed' FROM row WHERE condition = 'disposed'
    UNION ALL
    SELECT line, 'device_code', 'placed' FROM row WHERE placed
    UNION ALL
    SELECT line, 'device_code', 'repeated'
      FROM (SELECT line, row_number() OVER (PARTITION BY api.folded(device_code) ORDER BY line) AS n FROM row) r WHERE n > 1
    UNION ALL
    SELECT line, 'department_code', 'not_found' FROM row WHERE department_id IS NULL
    UNION ALL
    SELECT line, 'storage_location', 'not_found' FROM row
     WHERE department_id IS NOT NULL AND storage_location IS NOT NULL AND storage_location_id IS NULL
    UNION ALL
    SELECT line, 'from', 'future' FROM row WHERE "from" > api.today()
), told AS (
    INSERT INTO import_faults SELECT line, "column", code FROM fault
)
INSERT INTO import_items SELECT line, 'create' FROM row

-- statement: placements_import_write()
WITH {rows}, new AS (
    INSERT INTO placements (device_id, department_id, storage_location_id, reason, during)
    SELECT device_id, department_id, storage_location_id, reason,
           tstzrange(least(api.day_begins("from"), api.now()), NULL)
      FROM row
    RETURNING *
), report AS (
    INSERT INTO placement_reports (device_id, placement_id, kind, to_department_id, reason)
    SELECT device_id, id, 'decision', department_id, reason FROM new
    RETURNING id
)
SELECT count(*) FROM report
