-- A department that has settled nothing has the defaults, as version 0.
-- define: department_settings
json_build_object('department_id', setting.department_id, 'shift_ends_at', to_char(setting.shift_ends_at, 'HH24:MI'),
                  'updated_at', setting.updated_at)

-- define: settled
SELECT department.id AS department_id, coalesce(own.version, 0) AS version, api.shift_ends_at(department.id) AS shift_ends_at,
       own.updated_at
  FROM departments department LEFT JOIN department_settings own ON own.department_id = department.id
 WHERE department.id = :department_id AND department.is_shozoku

-- operation: get_department_settings(department_id uuid)
SELECT setting.version, {department_settings} FROM ({settled}) setting

-- There may be no row yet that could be locked.
-- before: change_department_settings(department_id uuid)
SELECT api.hold('settings of ' || department.id) FROM departments department WHERE department.id = :department_id

-- operation: change_department_settings(department_id uuid, if_match bigint[], body jsonb)
WITH seen AS MATERIALIZED (
    SELECT settled.*, coalesce(CAST(CAST(:body AS jsonb) ->> 'shift_ends_at' AS time), settled.shift_ends_at) AS becomes
      FROM ({settled}) settled
    -- refuse: forbidden unless api.may('equipment_manager') OR department_id = ANY (api.managed_departments())
    -- refuse: precondition-failed unless api.match(version, :if_match)
), changed AS (
    INSERT INTO department_settings AS own (department_id, shift_ends_at)
    SELECT department_id, becomes FROM seen WHERE becomes <> shift_ends_at
        ON CONFLICT (department_id) DO UPDATE SET shift_ends_at = excluded.shift_ends_at
    RETURNING *
), record AS (
    INSERT INTO department_settings_changes (department_id, changes, reason, changed_by)
    SELECT seen.department_id, jsonb_build_object('shift_ends_at', jsonb_build_array(
               to_char(seen.shift_ends_at, 'HH24:MI'), to_char(seen.becomes, 'HH24:MI'))),
           CAST(:body AS jsonb) ->> 'reason', api.actor(seen.department_id)
      FROM seen WHERE seen.becomes <> seen.shift_ends_at
), setting AS (
    SELECT seen.department_id, coalesce(changed.version, seen.version) AS version, seen.becomes AS shift_ends_at,
           coalesce(changed.updated_at, seen.updated_at) AS updated_at, changed.id IS NOT NULL AS is_new
      FROM seen LEFT JOIN changed ON true
)
SELECT answer.* FROM setting
 CROSS JOIN api.emit_if(setting.is_new, 'department.settings_changed', 'departments/' || setting.department_id || '/settings',
                        setting.department_id, {department_settings})
 CROSS JOIN api.answer(200, setting.version, NULL, {department_settings}) answer

-- before: list_department_settings_history(department_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM departments WHERE id = :department_id)

-- page: list_department_settings_history(department_id uuid)
-- sort: changed_at timestamptz
SELECT change.id AS tie, change.created_at AS changed_at,
       json_build_object('id', change.id, 'department_id', change.department_id, 'changed_at', change.created_at,
                         'changed_by_id', change.changed_by_id, 'changed_by', change.changed_by, 'changes', change.changes,
                         'reason', change.reason) AS item
  FROM department_settings_changes change
 WHERE change.department_id = :department_id
