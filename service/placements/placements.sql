-- define: placement
json_build_object(
    'id', placement.id, 'device_id', placement.device_id, 'department_id', placement.department_id,
    'storage_location_id', placement.storage_location_id, 'began_at', lower(placement.during),
    'ended_at', upper(placement.during), 'reason', placement.reason, 'placement_request_id', placement.placement_request_id,
    'decided_by_id', placement.decided_by_id, 'decided_by', placement.decided_by,
    'created_at', placement.created_at, 'updated_at', placement.updated_at)

-- operation: get_placement(placement_id uuid)
SELECT placement.version, {placement} FROM placements placement WHERE placement.id = :placement_id

-- page: list_placements(department_id uuid[]?, device_id uuid[]?, current bool?)
-- sort: began_at timestamptz
SELECT placement.id AS tie, lower(placement.during) AS began_at, {placement} AS item
  FROM placements placement
 WHERE true
   AND placement.department_id = ANY (:department_id)             --? department_id
   AND placement.device_id = ANY (:device_id)                     --? device_id
   AND upper_inf(placement.during) = CAST(:current AS boolean)    --? current

-- The row of the device is the anchor of all that decides about it; the next statement sees what others committed.
-- before: place_device(body jsonb)
SELECT api.hold_devices(ARRAY[(CAST(:body AS jsonb) ->> 'device_id')::uuid])

-- Then where it is to be and where it is.
-- before: place_device(body jsonb)
SELECT api.hold_departments(ARRAY[given.department_id, (SELECT device.department_id FROM devices device
                                                         WHERE device.id = given.device_id)])
  FROM jsonb_to_record(:body) AS given (department_id uuid, device_id uuid)

-- The placement before ends where the new one begins, so `new` waits for `ended`. It has no end, so that it lies in a
-- department of which none is known either.
-- operation: place_device(body jsonb)
WITH given AS (
    SELECT given.*, device.id AS found_id, device.condition, device.department_id AS before_id,
           greatest(api.clock(), lower(placement.during) + interval '1 microsecond') AS at
      FROM jsonb_to_record(:body) AS given (device_id uuid, department_id uuid, storage_location_id uuid,
                                            placement_request_id uuid, reason text)
      LEFT JOIN devices device ON device.id = given.device_id
      LEFT JOIN placements placement ON placement.device_id = device.id AND upper_inf(placement.during)
    -- refuse: reference-not-found /device_id not_found when found_id IS NULL
    -- refuse: device-disposed when condition = 'disposed'
    -- refuse: device-checked-out when EXISTS (SELECT FROM device_occupations occupation
    --   WHERE occupation.device_id = given.device_id AND occupation.kind = 'check_out' AND occupation.open)
    -- refuse: not-in-this-state when before_id IS NOT DISTINCT FROM department_id
    -- refuse: forbidden when department_id IS NULL AND NOT api.sees_all()
    -- refuse: reference-not-found /department_id not_found unless department_id IS NULL OR EXISTS (SELECT FROM departments unit
    --   WHERE unit.id = given.department_id AND unit.is_shozoku
    --     AND api.serves_on(unit.abolished_on, 'infinity') AND api.sees(unit.id))
    -- refuse: reference-not-found /storage_location_id not_found unless storage_location_id IS NULL OR EXISTS (
    --   SELECT FROM storage_locations location
    --   WHERE location.id = given.storage_location_id AND location.department_id = given.department_id
    --     AND api.serves_on(location.abolished_on, api.today()))
    -- refuse: reference-not-found /placement_request_id not_found unless placement_request_id IS NULL OR EXISTS (
    --   SELECT FROM placement_requests request WHERE request.id = given.placement_request_id
    --     AND request.department_id = given.department_id
    --      AND request.decision IN ('approved', 'partly_approved'))
), ended AS (
    UPDATE placements placement SET during = tstzrange(lower(placement.during), given.at)
      FROM given WHERE placement.device_id = given.device_id AND upper_inf(placement.during)
    RETURNING placement.*
), new AS (
    INSERT INTO placements (device_id, department_id, storage_location_id, placement_request_id, reason, during)
    SELECT given.device_id, given.department_id, given.storage_location_id, given.placement_request_id, given.reason,
           tstzrange(coalesce(upper(ended.during), given.at), NULL)
      FROM given LEFT JOIN ended ON true
     WHERE given.department_id IS NOT NULL
    RETURNING *
), placement AS (
    SELECT * FROM new UNION ALL SELECT * FROM ended WHERE NOT EXISTS (SELECT FROM new)
), report AS (
    INSERT INTO placement_reports (device_id, placement_id, kind, from_department_id, to_department_id, reason)
    SELECT given.device_id, placement.id, CASE WHEN given.department_id IS NULL THEN 'end' WHEN given.before_id IS NULL
           THEN 'decision'
                                             ELSE 'change' END,
           given.before_id, given.department_id, given.reason
      FROM placement CROSS JOIN given
)
SELECT answer.* FROM placement
 CROSS JOIN api.emit(CASE WHEN upper_inf(placement.during) THEN 'device.placed' ELSE 'device.unplaced' END,
                     'placements/' || placement.id,
                     placement.department_id, {placement})
 CROSS JOIN api.answer(201, placement.version, 'placements/' || placement.id, {placement}) answer

-- The departments of the file on their days are asked for once, as they are few.
-- define: rows
place AS MATERIALIZED (
    SELECT told.code, told."from", department.id
      FROM (SELECT DISTINCT api.folded(cells ->> 'department_code') AS code, (cells ->> 'from')::date AS "from"
              FROM import_rows) told
      JOIN departments department ON api.folded(department.code) = told.code
          AND api.may_hold(department.id, tstzrange(api.day_begins(told."from"), NULL))
), row AS (
    SELECT imported.line, imported.device_code, imported.department_code, imported.storage_location, imported."from",
           coalesce(imported.reason, '一括登録') AS reason, device.id AS device_id, device.condition, department.id AS department_id,
           location.id AS storage_location_id, EXISTS (SELECT FROM placements placement
                                                        WHERE placement.device_id = device.id) AS placed
      FROM (SELECT line, cells ->> 'device_code' AS device_code, cells ->> 'department_code' AS department_code,
                   cells ->> 'storage_location' AS storage_location, (cells ->> 'from')::date AS "from",
                   cells ->> 'reason' AS reason
              FROM import_rows) imported
      LEFT JOIN devices device ON api.folded(device.code) = api.folded(imported.device_code)
      LEFT JOIN place department ON department.code = api.folded(imported.department_code)
          AND department."from" = imported."from"
      LEFT JOIN storage_locations location ON location.department_id = department.id
          AND api.folded(location.name) = api.folded(imported.storage_location)
                                   AND api.serves_on(location.abolished_on, api.today())
)

-- statement: placements_import_hold_devices()
SELECT count(*) FROM (SELECT FROM devices WHERE api.folded(code) IN (SELECT api.folded(cells ->> 'device_code') FROM import_rows)
                       ORDER BY id FOR NO KEY UPDATE) held

-- statement: placements_import_hold_departments()
SELECT api.hold_departments(ARRAY(
    SELECT department.id FROM departments department
     WHERE api.folded(department.code) IN (SELECT api.folded(cells ->> 'department_code') FROM import_rows)))

-- statement: placements_import_judge()
WITH {rows}, fault (line, "column", code) AS (
    SELECT line, 'device_code', 'not_found' FROM row WHERE device_id IS NULL
    UNION ALL
    SELECT line, 'device_code', 'disposed' FROM row WHERE condition = 'disposed'
    UNION ALL
    SELECT line, 'device_code', 'placed' FROM row WHERE placed
    UNION ALL
    SELECT line, 'device_code', 'repeated'
      FROM (SELECT line, row_number() OVER (PARTITION BY api.folded(device_code) ORDER BY line) AS n FROM row) imported
     WHERE n > 1
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
