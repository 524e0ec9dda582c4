-- define: read
read AS (
    SELECT line, cells ->> 'device_code' AS device_code, cells ->> 'user_staff_number' AS user_staff_number,
           cells ->> 'purpose' AS purpose, cells ->> 'purpose_note' AS purpose_note,
           cells ->> 'partner_organisation' AS partner_organisation, (cells ->> 'out_at')::timestamptz AS out_at,
           (cells ->> 'due_at')::timestamptz AS due_at, (cells ->> 'returned_at')::timestamptz AS returned_at,
           cells ->> 'returned_by_staff_number' AS returned_by_staff_number,
           cells ->> 'storage_location' AS storage_location, (cells ->> 'locked')::boolean AS locked,
           (cells ->> 'storage_confirmed_at')::timestamptz AS storage_confirmed_at,
           cells ->> 'storage_confirmed_by_staff_number' AS storage_confirmed_by_staff_number,
           (cells ->> 'confirmed_at')::timestamptz AS confirmed_at,
           cells ->> 'confirmed_by_staff_number' AS confirmed_by_staff_number, cells ->> 'remarks' AS remarks
      FROM import_rows
)

-- The ids are given before the rows are written, so that what belongs together is written together. Who had the device
-- then, and who the user was then, is looked up as of out_at.
-- define: rows
{read}, row AS MATERIALIZED (
    SELECT told_row.*, api.new_id() AS id, device.id AS device_id, device.code, device.name AS device_name,
           placement.department_id, borrower.id AS user_id, borrower.name AS user_name,
           borrower.title AS user_title, borrower.department_id AS user_department_id,
           borrower.department_name AS user_department_name, location.id AS location_id,
           location.lockable,
           coalesce(back.id, CASE WHEN told_row.returned_by_staff_number IS NULL THEN borrower.id END) AS returned_by_id,
           stored.id AS stored_by_id, seal.id AS confirmed_by_id, manager.staff_id IS NOT NULL AS sealed, manager.acting_for_id
      FROM read told_row
      LEFT JOIN devices device ON api.folded(device.code) = api.folded(told_row.device_code)
      LEFT JOIN placements placement ON placement.device_id = device.id AND placement.during @> told_row.out_at
      LEFT JOIN staff_records member ON api.folded(member.number) = api.folded(told_row.user_staff_number)
      LEFT JOIN LATERAL api.user_on(member.id, api.day_of(told_row.out_at)) borrower ON true
      LEFT JOIN storage_locations location ON location.department_id = placement.department_id
          AND api.folded(location.name) = api.folded(told_row.storage_location)
                                   AND api.serves_on(location.abolished_on, api.day_of(told_row.returned_at))
      LEFT JOIN staff_records back ON api.folded(back.number) = api.folded(told_row.returned_by_staff_number)
      LEFT JOIN staff_records stored ON api.folded(stored.number) = api.folded(told_row.storage_confirmed_by_staff_number)
      LEFT JOIN staff_records seal ON api.folded(seal.number) = api.folded(told_row.confirmed_by_staff_number)
      LEFT JOIN LATERAL (SELECT seal.id AS staff_id, acting_for_id
                           FROM api.answered_for(placement.department_id, seal.id, api.day_of(told_row.confirmed_at))) manager
                                ON true
)

-- The months of the ledgers, then the devices.
-- statement: imports_hold_months()
SELECT count(api.hold_ledger(department_id, month))
  FROM (SELECT DISTINCT placement.department_id, api.month_of(imported.out_at) AS month
          FROM (SELECT cells ->> 'device_code' AS device_code, (cells ->> 'out_at')::timestamptz AS out_at
                  FROM import_rows) imported
          JOIN devices device ON api.folded(device.code) = api.folded(imported.device_code)
          JOIN placements placement ON placement.device_id = device.id AND placement.during @> imported.out_at
         ORDER BY 1, 2) held

-- statement: imports_hold_devices()
SELECT count(*) FROM (SELECT FROM devices WHERE api.folded(code) IN (SELECT api.folded(cells ->> 'device_code') FROM import_rows)
                       ORDER BY id FOR NO KEY UPDATE) held

-- statement: imports_judge()
WITH {rows}, fault (line, "column", code) AS (
    SELECT line, 'device_code', CASE WHEN device_id IS NULL THEN 'not_found' ELSE 'not_placed' END FROM row
     WHERE department_id IS NULL
    UNION ALL
    SELECT line, 'user_staff_number', 'not_found' FROM row WHERE user_department_id IS NULL
    UNION ALL
    SELECT line, 'returned_by_staff_number', 'not_found' FROM row WHERE returned_by_staff_number IS NOT NULL
        AND returned_by_id IS NULL
    UNION ALL
    SELECT line, 'storage_location', 'not_found' FROM row WHERE department_id IS NOT NULL AND location_id IS NULL
    UNION ALL
    SELECT line, CASE WHEN locked THEN 'locked' ELSE 'storage_confirmed_at' END, 'location_not_lockable' FROM row
     WHERE NOT lockable AND (locked OR storage_confirmed_at IS NOT NULL)
    UNION ALL
    SELECT line, 'purpose_note', 'required' FROM row WHERE purpose = 'other' AND purpose_note IS NULL
    UNION ALL
    SELECT line, 'due_at', 'not_after_out' FROM row WHERE due_at <= out_at
    UNION ALL
    SELECT line, 'returned_at', CASE WHEN returned_at < out_at THEN 'before_out' ELSE 'future' END FROM row
     WHERE returned_at < out_at OR returned_at > api.clock()
    UNION ALL
    SELECT line, 'storage_confirmed_at', CASE WHEN locked THEN 'was_locked' ELSE 'before_return' END FROM row
     WHERE storage_confirmed_at IS NOT NULL AND (locked OR storage_confirmed_at NOT BETWEEN returned_at AND api.clock())
    UNION ALL
    SELECT line, 'storage_confirmed_by_staff_number', CASE WHEN stored_by_id IS NULL THEN 'not_found' ELSE 'without_time' END
      FROM row
     WHERE (storage_confirmed_at IS NULL) <> (stored_by_id IS NULL) OR storage_confirmed_by_staff_number IS NOT NULL
       AND stored_by_id IS NULL
    UNION ALL
    SELECT line, 'confirmed_at', 'before_return' FROM row WHERE confirmed_at NOT BETWEEN returned_at AND api.clock()
    UNION ALL
    SELECT line, 'confirmed_by_staff_number', CASE WHEN confirmed_by_id IS NULL THEN 'not_found' ELSE 'without_time' END FROM row
     WHERE (confirmed_at IS NULL) <> (confirmed_by_id IS NULL) OR confirmed_by_staff_number IS NOT NULL
       AND confirmed_by_id IS NULL
    UNION ALL
    SELECT line, 'confirmed_by_staff_number', 'not_usage_manager' FROM row
     WHERE confirmed_at IS NOT NULL AND confirmed_by_id IS NOT NULL AND department_id IS NOT NULL AND NOT sealed
    UNION ALL
    SELECT line, 'out_at', 'month_closed' FROM row
     WHERE EXISTS (SELECT FROM ledger_closures closure WHERE closure.department_id = row.department_id
                      AND closure.month = api.month_of(row.out_at))
    UNION ALL
    SELECT line, 'out_at', 'occupied' FROM row
     WHERE EXISTS (SELECT FROM device_occupations occupation
                    WHERE occupation.device_id = row.device_id AND row.returned_at >= row.out_at
                      AND (occupation.during && tstzrange(row.out_at, row.returned_at)
                           OR occupation.during @> row.out_at AND lower(occupation.during) < row.out_at
                           OR occupation.kind = 'check_out' AND occupation.open AND lower(occupation.during) < row.returned_at))
        OR EXISTS (SELECT FROM usage_states inside
                    WHERE inside.device_id = row.device_id AND inside.out_at > row.out_at AND inside.out_at < row.returned_at)
    UNION ALL
    SELECT line, 'out_at', 'occupied_by_row'
      FROM (SELECT line, out_at, max(returned_at) OVER (PARTITION BY device_id ORDER BY out_at, returned_at, line
                                                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken_until
              FROM row WHERE device_id IS NOT NULL) told_row
     WHERE out_at < taken_until
), told AS (
    INSERT INTO import_faults SELECT line, "column", code FROM fault
)
INSERT INTO import_items SELECT line, 'create' FROM row

-- Triggers run in the order in which the parts finish, so each part waits for the entries.
-- statement: imports_write()
WITH {rows}, entry AS (
    INSERT INTO usage_entries (id, department_id, device_id, device_code, device_name, user_staff_id, user_name, user_title,
                               user_department_id, user_department_name, purpose, purpose_note, partner_organisation, out_at,
                               due_at, source)
    SELECT id, department_id, device_id, code, device_name, user_id, user_name, user_title, user_department_id,
           user_department_name, purpose, purpose_note, partner_organisation, out_at, due_at, 'imported'
      FROM row
    RETURNING id
), back AS (
    INSERT INTO usage_returns (usage_entry_id, department_id, returned_at, storage_location_id, locked, remarks, recorded_by_id,
                               recorded_by)
    SELECT id, department_id, returned_at, location_id, locked, remarks, returned_by_id,
           api.actor_on(returned_by_id, api.day_of(returned_at))
      FROM row JOIN entry USING (id)
    RETURNING usage_entry_id
), stored AS (
    INSERT INTO usage_storage_confirmations (usage_entry_id, department_id, confirmed_at, storage_location_id, recorded_by_id,
                                             recorded_by)
    SELECT id, department_id, storage_confirmed_at, location_id, stored_by_id,
           api.actor_on(stored_by_id, api.day_of(storage_confirmed_at))
      FROM row JOIN back ON back.usage_entry_id = row.id WHERE storage_confirmed_at IS NOT NULL
    RETURNING usage_entry_id
), confirmed AS (
    INSERT INTO usage_confirmations (usage_entry_id, department_id, confirmed_at, own_use, confirmed_by_id, acting_for_id,
                                     confirmed_by)
    SELECT id, department_id, confirmed_at, confirmed_by_id = user_id, confirmed_by_id, acting_for_id,
           api.actor_on(confirmed_by_id, api.day_of(confirmed_at), department_id)
      FROM row JOIN back ON back.usage_entry_id = row.id WHERE confirmed_at IS NOT NULL
    RETURNING usage_entry_id
)
SELECT (SELECT count(*) FROM stored) + (SELECT count(*) FROM confirmed)
