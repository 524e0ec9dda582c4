-- What the board says of a device: the use that it is out for, else what became of it since. Of a use that the caller does not
-- see, as another department lent the device before it came here, it says no more than that the device is out.
-- define: item
json_build_object(
    'device_id', held.device_id, 'device_code', held.code, 'device_name', held.name, 'kind', held.kind,
    'state', CASE WHEN taken.due_at <= api.now() THEN 'overdue' WHEN taken.due_at IS NOT NULL THEN 'out'
                  WHEN held.condition <> 'usable' THEN held.condition WHEN defect.id IS NOT NULL THEN 'defective'
                  WHEN last.unsecured THEN 'not_locked_away' ELSE 'in_cabinet' END,
    'storage_location_id', place.id, 'storage_location_name', place.name,
    'out', CASE WHEN standing.id IS NOT NULL THEN json_build_object(
        'usage_entry_id', standing.id, 'user_staff_id', standing.user_staff_id, 'user_name', standing.user_name,
        'user_department_id', standing.user_department_id, 'user_department_name', standing.user_department_name,
        'at_another_department', standing.user_department_id IS DISTINCT FROM standing.department_id,
        'purpose', standing.purpose, 'out_at', standing.out_at, 'due_at', standing.due_at) END,
    'not_locked_away', CASE WHEN last.unsecured AND taken.due_at IS NULL THEN json_build_object(
        'usage_entry_id', last.id, 'user_name', last.user_name, 'returned_at', last.returned_at,
        'returned_by_id', last.returned_by_id, 'returned_by_name', back.name) END,
    'defect', CASE WHEN defect.id IS NOT NULL THEN json_build_object(
        'usage_entry_id', defect.id, 'abnormality', defect.abnormality, 'reported_at', defect.returned_at) END,
    'next_reservation', NULL)

-- view: get_department_board(department_id uuid)
WITH seen AS MATERIALIZED (
    SELECT department.id, department.name FROM departments department
     WHERE department.id = :department_id AND api.sees(department.id)
), held AS MATERIALIZED (
    SELECT device.id AS device_id, device.code, device.name, device.kind, device.condition, device.storage_location_id
      FROM seen JOIN devices device ON device.department_id = seen.id
), shown AS (
    SELECT held.code, {item} AS item
      FROM held
      LEFT JOIN LATERAL (SELECT state.* FROM usage_states state
                          WHERE state.device_id = held.device_id AND state.returned_at IS NULL
                          ORDER BY state.out_at DESC LIMIT 1) standing ON true
     CROSS JOIN LATERAL (SELECT coalesce(standing.due_at,
                                         (SELECT upper(occupation.during) FROM device_occupations occupation
                                           WHERE occupation.device_id = held.device_id AND occupation.kind = 'check_out'
                                             AND occupation.open)) AS due_at) taken
      LEFT JOIN LATERAL (SELECT state.* FROM usage_states state
                          WHERE state.device_id = held.device_id AND state.locked IS NOT NULL
                          ORDER BY state.out_at DESC, state.id DESC LIMIT 1) last ON true
      LEFT JOIN LATERAL (SELECT state.* FROM usage_states state
                          WHERE state.device_id = held.device_id AND state.abnormality IS NOT NULL
                            AND state.confirmed_at IS NULL AND state.returned_at IS NOT NULL
                          ORDER BY state.returned_at DESC LIMIT 1) defect ON true
      LEFT JOIN staff back ON back.id = last.returned_by_id
      LEFT JOIN storage_locations place ON place.id = coalesce(last.storage_location_id, held.storage_location_id)
)
SELECT json_build_object('department_id', seen.id, 'department_name', seen.name, 'items',
                         coalesce((SELECT json_agg(shown.item ORDER BY shown.code) FROM shown), '[]'))
  FROM seen

-- task: defect_report
-- ja: 異状が報告された機器を確認してください：%1$s（%2$s）
-- en: Look at a device of which something is wrong: %1$s (%2$s)
SELECT 'art3.1.3', state.returned_at, 'usage-entries/' || entry.id,
       ARRAY[entry.device_name || '　' || state.user_name, left(state.abnormality, 100)]
  FROM usage_states state JOIN usage_entries entry USING (id)
 WHERE state.department_id = ANY ((SELECT api.managed_departments())::uuid[]) AND state.abnormality IS NOT NULL
   AND state.returned_at IS NOT NULL AND state.confirmed_at IS NULL
