-- define: device
json_build_object(
    'id', device.id, 'code', device.code, 'name', device.name, 'kind', device.kind, 'manufacturer', device.manufacturer,
    'model', device.model, 'serial_number', device.serial_number, 'accessories', device.accessories,
    'introduced_on', device.introduced_on, 'status', api.device_status(device.condition, device.department_id),
    'department_id', device.department_id, 'storage_location_id', device.storage_location_id, 'remarks', device.remarks,
    'created_at', device.created_at, 'updated_at', device.updated_at)

-- operation: get_device(device_id uuid)
SELECT device.version, {device} FROM devices device WHERE device.id = :device_id

-- page: list_devices(department_id uuid[]?, kind text[]?, status text[]?, code text[]?, q text?)
-- sort: code text, introduced_on date, updated_at timestamptz
SELECT device.id AS tie, device.code, device.introduced_on, device.updated_at, {device} AS item
  FROM devices device
 WHERE true
   AND device.department_id = ANY (:department_id)                                  --? department_id
   AND device.kind = ANY (:kind)                                                    --? kind
   AND api.device_status(device.condition, device.department_id) = ANY (:status)    --? status
   AND device.folded_code = ANY (api.all_folded(:code))                             --? code
   AND device.sought LIKE api.containing(:q)                                        --? q

-- A device in stock belongs to no department, so it is introduced by those who see all.
-- operation: create_device(body jsonb)
WITH given AS (
    SELECT * FROM jsonb_populate_record(NULL::devices, :body)
    -- refuse: forbidden unless api.sees_all()
), device AS (
    INSERT INTO devices (code, name, kind, manufacturer, model, serial_number, accessories, introduced_on, remarks)
    SELECT code, name, kind, manufacturer, model, serial_number, coalesce(accessories, '{}'), introduced_on, remarks FROM given
    RETURNING *
), record AS (
    INSERT INTO device_records (device_id, kind, occurred_on, reason)
    SELECT id, 'introduction', introduced_on, CAST(:body AS jsonb) ->> 'reason' FROM device
)
SELECT answer.* FROM device
 CROSS JOIN api.emit('device.introduced', 'devices/' || device.id, device.department_id, {device})
 CROSS JOIN api.answer(201, device.version, 'devices/' || device.id, {device}) answer

-- What the device is changes as the general manager, and what is in stock as a manager of all, whatever else the caller is.
-- before: change_device(device_id uuid, body jsonb)
SELECT api.acts_by(CAST(CASE WHEN CAST(:body AS jsonb) - CAST('{storage_location_id,remarks,reason}' AS text[]) <> '{}'
                             THEN '{general_manager}'
                             WHEN device.department_id IS NULL THEN '{general_manager,equipment_manager}'
                             ELSE '{general_manager,equipment_manager,usage_manager}' END AS text[]))
  FROM devices device WHERE device.id = :device_id

-- The record of a change holds what the changed members were and are; where a device is kept is not such a change, unless it
-- comes with a reason. Whoever manages a device there may give one; api.guard_device keeps what it is from him.
-- operation: change_device(device_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT * FROM devices WHERE id = :device_id FOR UPDATE
    -- refuse: forbidden unless api.manages_device(department_id)
    -- refuse: precondition-failed unless api.match(version, :if_match)
), device AS (
    UPDATE devices device
       SET (code, name, kind, manufacturer, model, serial_number, accessories, introduced_on, storage_location_id, remarks) = (
           SELECT given.code, given.name, given.kind, given.manufacturer, given.model, given.serial_number, given.accessories,
                  given.introduced_on, given.storage_location_id, given.remarks
             FROM jsonb_populate_record(device, :body) given)
      FROM seen
     WHERE device.id = seen.id
    RETURNING device.*
), record AS (
    INSERT INTO device_records (device_id, department_id, kind, occurred_on, reason, changes, recorded_by)
    SELECT device.id, device.department_id, 'change', api.today(), CAST(:body AS jsonb) ->> 'reason',
           api.changes(to_jsonb(seen), to_jsonb(device)), api.actor(device.department_id)
      FROM device JOIN seen ON seen.id = device.id
     WHERE CAST(:body AS jsonb) ? 'reason' AND device.version <> seen.version
)
SELECT answer.* FROM device JOIN seen ON seen.id = device.id
 CROSS JOIN api.emit_if(device.version <> seen.version, 'device.changed', 'devices/' || device.id, device.department_id, {device})
 CROSS JOIN api.answer(200, device.version, NULL, {device}) answer

-- before: list_device_history(device_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM devices WHERE id = :device_id)

-- Who changes what holds of a device locks its row first, in a statement of its own: the next one then sees what others
-- have committed.
-- before: dispose_device(device_id uuid)
SELECT FROM devices WHERE id = :device_id FOR UPDATE

-- Of one day what was recorded later happened later, so that a disposal stands behind the placement that it ended; an
-- introduction comes first.
-- page: list_device_history(device_id uuid)
-- sort: occurred_at timestamptz
SELECT event.id AS tie, event.sorted_at AS occurred_at, json_build_object(
           'id', event.id, 'kind', event.kind, 'occurred_at', event.occurred_at, 'ended_at', event.ended_at,
           'reason', event.reason, 'department_id', event.department_id, 'changes', event.changes,
           'erasure_method', event.erasure_method, 'erased_on', event.erased_on,
           'recorded_by_id', event.recorded_by_id, 'recorded_by', event.recorded_by) AS item
  FROM (SELECT id, kind, api.day_begins(occurred_on) AS occurred_at, NULL::timestamptz AS ended_at,
               reason, department_id, changes, erasure_method, erased_on, recorded_by_id, recorded_by,
               CASE kind WHEN 'introduction' THEN api.day_begins(occurred_on)
                   ELSE least(greatest(created_at, api.day_begins(occurred_on)),
                              api.day_begins(occurred_on + 1) - interval '1 microsecond') END AS sorted_at
          FROM device_records WHERE device_id = :device_id
         UNION ALL
        SELECT id, 'placement', lower(during), upper(during), reason, department_id, NULL, NULL, NULL, decided_by_id, decided_by,
               lower(during)
          FROM placements WHERE device_id = :device_id) event

-- Under the lock above. What ends the placement reports it (art4.2). Afterwards no department holds the device, so only
-- those who see all dispose of one.
-- operation: dispose_device(device_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT device.*, given.disposed_on, given.reason, given.erasure_method, given.erased_on
      FROM devices device
     CROSS JOIN jsonb_to_record(:body) AS given (disposed_on date, reason text, erasure_method text, erased_on date)
     WHERE device.id = :device_id
    -- refuse: forbidden unless api.sees_all()
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: value-not-accepted /disposed_on future when disposed_on > api.today()
    -- refuse: value-not-accepted /disposed_on before_introduction when disposed_on < introduced_on
    -- refuse: value-not-accepted /erased_on after_disposal when erased_on > disposed_on
    -- refuse: device-disposed when condition = 'disposed'
    -- refuse: device-checked-out when EXISTS (SELECT FROM device_occupations occupation
    --   WHERE occupation.device_id = seen.id AND occupation.kind = 'check_out' AND occupation.open)
), ended AS (
    UPDATE placements placement SET during = tstzrange(lower(placement.during),
                                                       greatest(api.now(), lower(placement.during) + interval '1 microsecond'))
      FROM seen WHERE placement.device_id = seen.id AND upper_inf(placement.during)
    RETURNING placement.*
), report AS (
    INSERT INTO placement_reports (device_id, placement_id, kind, from_department_id, reason)
    SELECT ended.device_id, ended.id, 'end', ended.department_id, seen.reason FROM ended CROSS JOIN seen
), record AS (
    INSERT INTO device_records (device_id, department_id, kind, occurred_on, reason, erasure_method, erased_on)
    SELECT id, department_id, 'disposal', disposed_on, reason, erasure_method, erased_on FROM seen
), device AS (
    UPDATE devices device SET condition = 'disposed', department_id = NULL, storage_location_id = NULL
      FROM seen WHERE device.id = seen.id
    RETURNING device.*
)
SELECT answer.* FROM device JOIN seen ON seen.id = device.id
 CROSS JOIN api.emit('device.disposed', 'devices/' || device.id, seen.department_id, {device})
 CROSS JOIN api.answer(200, device.version, NULL, {device}) answer

-- A code that is written in another way stays as it is.
-- define: rows
row AS (
    SELECT imported.line, imported.cells ->> 'code' AS code, device.id, coalesce(imported.cells ->> 'reason', '一括登録') AS reason,
           imported.cells - 'code' - 'reason' AS members
      FROM import_rows imported LEFT JOIN devices device ON api.folded(device.code) = api.folded(imported.cells ->> 'code')
)

-- statement: devices_import_hold()
SELECT count(*) FROM (SELECT FROM devices WHERE api.folded(code) IN (SELECT api.folded(cells ->> 'code') FROM import_rows)
                       ORDER BY id FOR NO KEY UPDATE) held

-- A serial number that another device has is free when the file gives that one another.
-- statement: devices_import_judge()
WITH {rows}, target AS (
    SELECT row.line, row.code, device.id, device.condition, folded.maker, folded.serial,
           (folded.maker, folded.serial) IS DISTINCT FROM (api.folded(coalesce(device.manufacturer, '')),
                                                           api.folded(device.serial_number))
               AS renumbered,
           CASE WHEN device.id IS NULL THEN 'create' WHEN to_jsonb(device) || row.members = to_jsonb(device) THEN 'keep'
               ELSE 'update' END AS action
      FROM row LEFT JOIN devices device ON device.id = row.id CROSS JOIN jsonb_populate_record(device, row.members) given
     CROSS JOIN LATERAL (SELECT api.folded(coalesce(given.manufacturer, '')) AS maker,
                                api.folded(given.serial_number) AS serial) folded
), fault (line, "column", code) AS (
    SELECT line, 'code', 'repeated' FROM (SELECT line, row_number() OVER (PARTITION BY api.folded(code) ORDER BY line) AS n
                                          FROM target) own WHERE n > 1
    UNION ALL
    -- Who does not see all brings up to date what he sees, and introduces nothing.
    SELECT line, 'code', 'not_found' FROM target WHERE id IS NULL AND NOT api.sees_all()
    UNION ALL
    SELECT line, 'code', 'disposed' FROM target WHERE condition = 'disposed'
    UNION ALL
    SELECT line, 'serial_number', 'repeated'
      FROM (SELECT line, row_number() OVER (PARTITION BY maker, serial ORDER BY line) AS n
              FROM target WHERE serial IS NOT NULL) own WHERE n > 1
    UNION ALL
    SELECT line, 'serial_number', 'taken' FROM target own
     WHERE EXISTS (SELECT FROM devices device
                    WHERE api.folded(coalesce(device.manufacturer, '')) = own.maker
                      AND api.folded(device.serial_number) = own.serial
                      AND device.id IS DISTINCT FROM own.id
                      AND NOT EXISTS (SELECT FROM target other WHERE other.id = device.id AND other.renumbered))
), told AS (
    INSERT INTO import_faults SELECT line, "column", code FROM fault
)
INSERT INTO import_items SELECT line, action FROM target

-- statement: devices_import_write()
WITH {rows}, new AS (
    INSERT INTO devices (code, name, kind, manufacturer, model, serial_number, accessories, introduced_on, remarks)
    SELECT row.code, given.name, given.kind, given.manufacturer, given.model, given.serial_number,
           coalesce(given.accessories, '{}'), given.introduced_on, given.remarks
      FROM row CROSS JOIN jsonb_populate_record(NULL::devices, row.members) given
     WHERE row.id IS NULL
    RETURNING *
), changed AS (
    UPDATE devices device
       SET (name, kind, manufacturer, model, serial_number, accessories, introduced_on, remarks) = (
           SELECT given.name, given.kind, given.manufacturer, given.model, given.serial_number, given.accessories,
                  given.introduced_on, given.remarks
             FROM jsonb_populate_record(device, row.members) given)
      FROM row
     WHERE device.id = row.id AND to_jsonb(device) || row.members <> to_jsonb(device)
    RETURNING device.*
), record AS (
    INSERT INTO device_records (device_id, department_id, kind, occurred_on, reason, changes)
    SELECT new.id, NULL, 'introduction', new.introduced_on, row.reason, NULL FROM new JOIN row USING (code)
     UNION ALL
    SELECT changed.id, changed.department_id, 'change', api.today(), row.reason, api.changes(to_jsonb(before), to_jsonb(changed))
      FROM changed JOIN row USING (id) JOIN devices before ON before.id = changed.id
    RETURNING id
)
SELECT count(*) FROM record
