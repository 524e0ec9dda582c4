-- define: settings
json_build_object(
    'report_acknowledgement_days', s.report_acknowledgement_days, 'security_confirmed_days', s.security_confirmed_days,
    'antivirus_definition_days', s.antivirus_definition_days, 'outdated_device_days', s.outdated_device_days,
    'meeting_clean_up_days', s.meeting_clean_up_days, 'reservation_lapse_minutes', s.reservation_lapse_minutes,
    'data_warning_percent', s.data_warning_percent, 'monthly_data_cap_bytes', s.monthly_data_cap_bytes,
    'longest_loan_days', s.longest_loan_days, 'updated_at', s.updated_at)

-- operation: get_settings()
SELECT s.version, {settings} FROM settings s

-- operation: change_settings(if_match bigint[], body jsonb)
WITH seen AS (
    SELECT * FROM settings FOR UPDATE
    -- refuse: precondition-failed unless api.match(version, :if_match)
), s AS (
    UPDATE settings s
       SET (report_acknowledgement_days, security_confirmed_days, antivirus_definition_days, outdated_device_days,
            meeting_clean_up_days, reservation_lapse_minutes, data_warning_percent, monthly_data_cap_bytes, longest_loan_days) = (
           SELECT p.report_acknowledgement_days, p.security_confirmed_days, p.antivirus_definition_days, p.outdated_device_days,
                  p.meeting_clean_up_days, p.reservation_lapse_minutes, p.data_warning_percent, p.monthly_data_cap_bytes,
                  p.longest_loan_days
             FROM jsonb_populate_record(s, :body) p)
      FROM seen
     WHERE s.id = seen.id
    RETURNING s.*
), record AS (
    INSERT INTO settings_changes (changes, reason)
    SELECT api.changes(to_jsonb(seen), to_jsonb(s)), CAST(:body AS jsonb) ->> 'reason' FROM s JOIN seen USING (id)
     WHERE s.version <> seen.version
)
SELECT answer.* FROM s JOIN seen USING (id)
 CROSS JOIN api.emit_if(s.version <> seen.version, 'settings.changed', 'settings', NULL, {settings})
 CROSS JOIN api.answer(200, s.version, NULL, {settings}) answer

-- page: list_settings_history()
-- sort: changed_at timestamptz
SELECT c.id AS tie, c.created_at AS changed_at,
       json_build_object('id', c.id, 'changed_at', c.created_at, 'changed_by_id', c.changed_by_id, 'changes', c.changes,
                         'reason', c.reason) AS item
  FROM settings_changes c
