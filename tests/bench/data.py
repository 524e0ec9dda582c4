"""The rows of the bench: nine departments, 500 staff, 100,000 devices, 1,000,000 ledger entries, all by SQL.

Device n has the code B<n> and an id that pgbench and wrk can work out; every n that ends in 0, 1 or 2 is in department d1,
where staff 210002 is."""

DEPARTMENTS, DEVICES, ENTRIES = 9, 100_000, 1_000_000
OWN_DEVICES = 3 * (DEVICES // 10 - 1)  # those of d1 from 10 on
DEVICE_ID = "00000000-0000-7000-8000-"  # and n in twelve digits


def fill(database):
    database.run("SELECT set_config('kiki.operation', 'bench', false)")
    database.run("""WITH d AS (SELECT api.new_id() AS id, n FROM generate_series(1, %s) n),
                         r AS (INSERT INTO department_records (id) SELECT id FROM d RETURNING id)
                    INSERT INTO department_terms (department_id, code, name, kind, is_shozoku)
                    SELECT id, 'd' || n, '所属' || n, 'station', true FROM r JOIN d USING (id)""", DEPARTMENTS)
    database.run("INSERT INTO staff_records (number, subject) SELECT n::text, n::text FROM generate_series(210001, 210500) n")
    database.run("INSERT INTO staff_names (staff_id, name) SELECT id, '職員' || number FROM staff_records")
    database.run("""INSERT INTO staff_transfers (staff_id, department_id, begins_on)
                    SELECT s.id, d.id, '2020-01-01' FROM staff s
                      JOIN departments d ON d.code = 'd' || CASE s.number WHEN '210002' THEN 1 ELSE s.number::int %% %s + 1 END""",
                 DEPARTMENTS)
    database.run("SET session_replication_role = replica")
    database.run("""INSERT INTO devices (id, code, name, kind, manufacturer, model, serial_number, introduced_on, department_id)
                    SELECT (%s || lpad(n::text, 12, '0'))::uuid, 'B' || n, '会議用カメラ ' || n, 'camera', '見本光学', 'WC-200',
                           n::text, '2024-04-01', d.id
                      FROM generate_series(1, %s) n JOIN departments d ON d.code = 'd' || greatest(1, n %% 10 - 1)""",
                 DEVICE_ID, DEVICES)
    database.run("""INSERT INTO placements (device_id, department_id, during, reason, decided_by_id)
                    SELECT id, department_id, tstzrange('2024-04-01', NULL), '初回', id FROM devices""")
    database.run("""INSERT INTO usage_entries (department_id, device_id, device_code, device_name, user_staff_id, user_name,
                        user_department_id, user_department_name, purpose, out_at, due_at, source, recorded_by_id)
                    SELECT d.department_id, d.id, d.code, d.name, s.id, s.name, d.department_id, '所属', 'web_meeting',
                           t.out_at, t.out_at + interval '3 hours', 'imported', s.id
                      FROM generate_series(1, %s) n
                      JOIN devices d ON d.code = 'B' || (n %% %s + 1)
                      JOIN staff s ON s.number = (210001 + n %% 500)::text
                     CROSS JOIN LATERAL (SELECT timestamptz '2025-01-01' + n * interval '40 seconds' AS out_at) t""",
                 ENTRIES, DEVICES)
    database.run("""INSERT INTO usage_states (id, department_id, device_id, month, user_staff_id, user_name, user_department_id,
                        user_department_name, purpose, accessories, out_at, due_at, returned_at, locked, confirmed_at)
                    SELECT id, department_id, device_id, month, user_staff_id, user_name, user_department_id,
                           user_department_name, purpose, accessories, out_at, due_at, due_at, true, due_at + interval '1 day'
                      FROM usage_entries""")
    database.run("SET session_replication_role = origin")
    database.run("VACUUM ANALYZE")


def reset_check_outs(database):
    """Forgets what the check-outs of one run wrote, so that every run finds the same rows."""
    database.run("SET session_replication_role = replica")
    database.run("TRUNCATE device_occupations, idempotency_keys, audit_log, events")
    database.run("DELETE FROM usage_states s USING usage_entries e WHERE e.id = s.id AND e.source <> 'imported'")
    database.run("DELETE FROM usage_entries WHERE source <> 'imported'")
    database.run("SET session_replication_role = origin")
    database.run("VACUUM ANALYZE usage_entries, usage_states")
