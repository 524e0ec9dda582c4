-- define: device
json_build_object(
    'id', d.id, 'code', d.code, 'name', d.name, 'kind', d.kind, 'manufacturer', d.manufacturer, 'model', d.model,
    'serial_number', d.serial_number, 'accessories', d.accessories, 'introduced_on', d.introduced_on,
    'status', api.device_status(d.condition, d.department_id), 'department_id', d.department_id,
    'storage_location_id', d.storage_location_id, 'remarks', d.remarks,
    'created_at', d.created_at, 'updated_at', d.updated_at)

-- operation: get_device(device_id uuid)
SELECT d.version, {device} FROM devices d WHERE d.id = :device_id

-- page: list_devices(department_id uuid[]?, kind text[]?, status text[]?, code text[]?, q text?)
-- sort: code text, introduced_on date, updated_at timestamptz
SELECT d.id AS tie, d.code, d.introduced_on, d.updated_at, {device} AS item
  FROM devices d
 WHERE true
   AND d.department_id = ANY (:department_id)                                   --? department_id
   AND d.kind = ANY (:kind)                                                     --? kind
   AND api.device_status(d.condition, d.department_id) = ANY (:status)          --? status
   AND d.code = ANY (:code)                                                     --? code
   AND d.sought LIKE api.containing(:q)                                         --? q

-- A device in stock belongs to no department, so it is introduced by those who see all.
-- operation: create_device(body jsonb)
WITH b AS (
    SELECT * FROM jsonb_populate_record(NULL::devices, :body)
    -- refuse: forbidden unless api.sees_all()
), d AS (
    INSERT INTO devices (code, name, kind, manufacturer, model, serial_number, accessories, introduced_on, remarks)
    SELECT code, name, kind, manufacturer, model, serial_number, coalesce(accessories, '{}'), introduced_on, remarks FROM b
    RETURNING *
), record AS (
    INSERT INTO device_records (device_id, kind, occurred_on, reason)
    SELECT id, 'introduction', introduced_on, CAST(:body AS jsonb) ->> 'reason' FROM d
)
SELECT answer.* FROM d
 CROSS JOIN api.emit('device.introduced', 'devices/' || d.id, d.department_id, {device})
 CROSS JOIN api.answer(201, d.version, 'devices/' || d.id, {device}) answer

-- The record of a change holds what the changed members were and are; where a device is kept is not such a change, unless it
-- comes with a reason. Whoever manages a device there may give one; api.guard_device keeps what it is from him.
-- operation: change_device(device_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT * FROM devices WHERE id = :device_id FOR UPDATE
    -- refuse: forbidden unless api.manages_device(department_id)
    -- refuse: precondition-failed unless api.match(version, :if_match)
), d AS (
    UPDATE devices d
       SET (code, name, kind, manufacturer, model, serial_number, accessories, introduced_on, storage_location_id, remarks) = (
           SELECT p.code, p.name, p.kind, p.manufacturer, p.model, p.serial_number, p.accessories, p.introduced_on,
                  p.storage_location_id, p.remarks
             FROM jsonb_populate_record(d, :body) p)
      FROM seen
     WHERE d.id = seen.id
    RETURNING d.*
), record AS (
    INSERT INTO device_records (device_id, department_id, kind, occurred_on, reason, changes)
    SELECT d.id, d.department_id, 'change', api.today(), CAST(:body AS jsonb) ->> 'reason',
           api.changes(to_jsonb(seen), to_jsonb(d))
      FROM d JOIN seen ON seen.id = d.id
     WHERE CAST(:body AS jsonb) ? 'reason' AND d.version <> seen.version
)
SELECT answer.* FROM d JOIN seen ON seen.id = d.id
 CROSS JOIN api.emit_if(d.version <> seen.version, 'device.changed', 'devices/' || d.id, d.department_id, {device})
 CROSS JOIN api.answer(200, d.version, NULL, {device}) answer

-- before: list_device_history(device_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM devices WHERE id = :device_id)

-- Who changes what holds of a device locks its row first, in a statement of its own: the next one then sees what others
-- have committed.
-- before: dispose_device(device_id uuid)
SELECT FROM devices WHERE id = :device_id FOR UPDATE

-- page: list_device_history(device_id uuid)
-- sort: occurred_at timestamptz
SELECT h.id AS tie, h.occurred_at, json_build_object(
           'id', h.id, 'kind', h.kind, 'occurred_at', h.occurred_at, 'ended_at', h.ended_at, 'reason', h.reason,
           'department_id', h.department_id, 'changes', h.changes, 'erasure_method', h.erasure_method,
           'erased_on', h.erased_on, 'recorded_by_id', h.recorded_by_id) AS item
  FROM (SELECT id, kind, api.day_begins(occurred_on) AS occurred_at, NULL::timestamptz AS ended_at,
               reason, department_id, changes, erasure_method, erased_on, recorded_by_id
          FROM device_records WHERE device_id = :device_id
         UNION ALL
        SELECT id, 'placement', lower(during), upper(during), reason, department_id, NULL, NULL, NULL, decided_by_id
          FROM placements WHERE device_id = :device_id) h

-- Under the lock above. What ends the placement reports it (art4.2). Afterwards no department holds the device, so only
-- those who see all dispose of one.
-- operation: dispose_device(device_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT * FROM devices WHERE id = :device_id
    -- refuse: forbidden unless api.sees_all()
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: device-disposed when condition = 'disposed'
    -- refuse: device-checked-out when EXISTS (SELECT FROM device_occupations o
    --   WHERE o.device_id = seen.id AND o.kind = 'check_out' AND o.open)
), ended AS (
    UPDATE placements p SET during = tstzrange(lower(p.during), greatest(api.now(), lower(p.during) + interval '1 microsecond'))
      FROM seen WHERE p.device_id = seen.id AND upper_inf(p.during)
    RETURNING p.*
), report AS (
    INSERT INTO placement_reports (device_id, placement_id, kind, from_department_id, reason)
    SELECT device_id, id, 'end', department_id, CAST(:body AS jsonb) ->> 'reason' FROM ended
), record AS (
    INSERT INTO device_records (device_id, department_id, kind, occurred_on, reason, erasure_method, erased_on)
    SELECT seen.id, seen.department_id, 'disposal', b.disposed_on, b.reason, b.erasure_method, b.erased_on
      FROM seen, jsonb_to_record(:body) AS b (disposed_on date, reason text, erasure_method text, erased_on date)
), d AS (
    UPDATE devices d SET condition = 'disposed', department_id = NULL, storage_location_id = NULL
      FROM seen WHERE d.id = seen.id
    RETURNING d.*
)
SELECT answer.* FROM d JOIN seen ON seen.id = d.id
 CROSS JOIN api.emit('device.disposed', 'devices/' || d.id, seen.department_id, {device})
 CROSS JOIN api.answer(200, d.version, NULL, {device}) answer

-- A code that is written in another way stays as it is.
-- define: rows
row AS (
    SELECT r.line, r.cells ->> 'code' AS code, d.id, coalesce(r.cells ->> 'reason', '一括登録') AS reason,
           r.cells - 'code' - 'reason' AS members
      FROM import_rows r LEFT JOIN devices d ON api.folded(d.code) = api.folded(r.cells ->> 'code')
)

-- statement: devices_import_hold()
SELECT count(*) FROM (SELECT FROM devices WHERE api.folded(code) IN (SELECT api.folded(cells ->> 'code') FROM import_rows)
                       ORDER BY id FOR NO KEY UPDATE) held

-- A serial number that another device has is free when the file gives that one another.
-- statement: devices_import_judge()
WITH {rows}, target AS (
    SELECT row.line, row.code, d.id, d.condition, m.maker, m.serial,
           (m.maker, m.serial) IS DISTINCT FROM (api.folded(coalesce(d.manufacturer, '')), api.folded(d.serial_number))
               AS renumbered,
           CASE WHEN d.id IS NULL THEN 'create' WHEN to_jsonb(d) || row.members = to_jsonb(d) THEN 'keep'
               ELSE 'update' END AS action
      FROM row LEFT JOIN devices d ON d.id = row.id CROSS JOIN jsonb_populate_record(d, row.members) p
     CROSS JOIN LATERAL (SELECT api.folded(coalesce(p.manufacturer, '')) AS maker, api.folded(p.serial_number) AS serial) m
), fault (line, "column", code) AS (
    SELECT line, 'code', 'repeated' FROM (SELECT line, row_number() OVER (PARTITION BY api.folded(code) ORDER BY line) AS n
                                          FROM target) t WHERE n > 1
    UNION ALL
    -- Who does not see all brings up to date what he sees, and introduces nothing.
    SELECT line, 'code', 'not_found' FROM target WHERE id IS NULL AND NOT api.sees_all()
    UNION ALL
    SELECT line, 'code', 'disposed' FROM target WHERE condition = 'disposed'
    UNION ALL
    SELECT line, 'serial_number', 'repeated'
      FROM (SELECT line, row_number() OVER (PARTITION BY maker, serial ORDER BY line) AS n
              FROM target WHERE serial IS NOT NULL) t WHERE n > 1
    UNION ALL
    SELECT line, 'serial_number', 'taken' FROM target t
     WHERE EXISTS (SELECT FROM devices d
                    WHERE api.folded(coalesce(d.manufacturer, '')) = t.maker AND api.folded(d.serial_number) = t.serial
                      AND d.id IS DISTINCT FROM t.id AND NOT EXISTS (SELECT FROM target o WHERE o.id = d.id AND o.renumbered))
), told AS (
    INSERT INTO import_faults SELECT line, "column", code FROM fault
)
INSERT INTO import_items SELECT line, action FROM target

-- statement: devices_import_write()
WITH {rows}, new AS (
    INSERT INTO devices (code, name, kind, manufacturer, model, serial_number, accessories, introduced_on, remarks)
    SELECT row.code, p.name, p.kind, p.manufacturer, p.model, p.serial_number, coalesce(p.accessories, '{}'), p.introduced_on,
           p.remarks
      FROM row CROSS JOIN jsonb_populate_record(NULL::devices, row.members) p
     WHERE row.id IS NULL
    RETURNING *
), changed AS (
    UPDATE devices d
       SET (name, kind, manufacturer, model, serial_number, accessories, introduced_on, remarks) = (
           SELECT p.name, p.kind, p.manufacturer, p.model, p.serial_number, p.accessories, p.introduced_on, p.remarks
             FROM jsonb_populate_record(d, row.members) p)
      FROM row
     WHERE d.id = row.id AND to_jsonb(d) || row.members <> to_jsonb(d)
    RETURNING d.*
), record AS (
    INSERT INTO device_records (device_id, department_id, kind, occurred_on, reason, changes)
    SELECT new.id, NULL, 'introduction', new.introduced_on, row.reason, NULL FROM new JOIN row USING (code)
     UNION ALL
    SELECT changed.id, changed.department_id, 'change', api.today(), row.reason, api.changes(to_jsonb(before), to_jsonb(changed))
      FROM changed JOIN row USING (id) JOIN devices before ON before.id = changed.id
    RETURNING id
)
SELECT count(*) FROM record
