-- define: settings
json_build_object(
    'report_acknowledgement_days', setting.report_acknowledgement_days,
    'security_confirmed_days', setting.security_confirmed_days,
    'antivirus_definition_days', setting.antivirus_definition_days, 'outdated_device_days', setting.outdated_device_days,
    'meeting_clean_up_days', setting.meeting_clean_up_days, 'reservation_lapse_minutes', setting.reservation_lapse_minutes,
    'data_warning_percent', setting.data_warning_percent, 'monthly_data_cap_bytes', setting.monthly_data_cap_bytes,
    'longest_loan_days', setting.longest_loan_days, 'updated_at', setting.updated_at)

-- operation: get_settings()
SELECT setting.version, {settings} FROM settings setting

-- operation: change_settings(if_match bigint[], body jsonb)
WITH seen AS (
    SELECT * FROM settings FOR UPDATE
    -- refuse: precondition-failed unless api.match(version, :if_match)
), setting AS (
    UPDATE settings setting
       SET (report_acknowledgement_days, security_confirmed_days, antivirus_definition_days, outdated_device_days,
            meeting_clean_up_days, reservation_lapse_minutes, data_warning_percent, monthly_data_cap_bytes, longest_loan_days) = (
           SELECT given.report_acknowledgement_days, given.security_confirmed_days, given.antivirus_definition_days,
                  given.outdated_device_days, given.meeting_clean_up_days, given.reservation_lapse_minutes,
                  given.data_warning_percent, given.monthly_data_cap_bytes, given.longest_loan_days
             FROM jsonb_populate_record(setting, :body) given)
      FROM seen
     WHERE setting.id = seen.id
    RETURNING setting.*
), record AS (
    INSERT INTO settings_changes (changes, reason)
    SELECT api.changes(to_jsonb(seen), to_jsonb(setting)), CAST(:body AS jsonb) ->> 'reason' FROM setting JOIN seen USING (id)
     WHERE setting.version <> seen.version
)
SELECT answer.* FROM setting JOIN seen USING (id)
 CROSS JOIN api.emit_if(setting.version <> seen.version, 'settings.changed', 'settings', NULL, {settings})
 CROSS JOIN api.answer(200, setting.version, NULL, {settings}) answer

-- page: list_settings_history()
-- sort: changed_at timestamptz
SELECT change.id AS tie, change.created_at AS changed_at,
       json_build_object('id', change.id, 'changed_at', change.created_at, 'changed_by_id', change.changed_by_id,
                         'changed_by', change.changed_by, 'changes', change.changes, 'reason', change.reason) AS item
  FROM settings_changes change
