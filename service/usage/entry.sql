-- What a usage entry looks like: `entry` is its row, `state` its state; the statement has the parameter language. The state
-- has the present values, over which those that were recorded are laid; everything but this goes by the present ones. A
-- row's names cost less than json_build_object's on a page of fifty.
-- define: correction
json_build_object(
    'id', correction.id, 'usage_entry_id', correction.usage_entry_id, 'field', correction.field,
    'old_value', correction.old_value, 'old_name', correction.old_name, 'new_value', correction.new_value,
    'new_name', correction.new_name, 'reason', correction.reason, 'in_closed_month', correction.in_closed_month,
    'unconfirmed', correction.unconfirmed, 'own_correction', correction.own_correction,
    'corrected_at', correction.created_at, 'corrected_by_id', correction.corrected_by_id,
    'corrected_by', correction.corrected_by, 'acting_for_id', correction.acting_for_id)
-- define: entry
(SELECT CASE WHEN state.corrections = 0 THEN row_to_json(item) ELSE (to_jsonb(item) || state.recorded)::json END FROM (SELECT
    entry.id, state.version, entry.department_id, to_char(entry.month, 'YYYY-MM') AS month, entry.device_id, entry.device_code,
    entry.device_name, state.user_staff_id, state.user_name, state.user_title, state.user_department_id,
    state.user_department_name, state.purpose, state.purpose_note, state.partner_organisation, entry.meeting_id,
    entry.meeting_title, entry.meeting_confidentiality, state.out_at, state.due_at, state.accessories,
    api.usage_status(state.due_at, state.returned_at, state.confirmed_at) AS status, entry.source, entry.previous_entry_id,
    entry.recorded_by_id, entry.exception_reason, entry.standing_agreement, entry.late_reason, entry.addendum_reason,
    state.verdict, state.findings -> :language AS findings, state.not_judged, state.regulation_version, state.rules_of,
    state.returned_at,
    state.returned_by_id, state.handed_over, state.storage_location_id, state.locked, state.abnormality,
    state.accessories_missing, state.remarks, state.storage_confirmed_at, state.storage_confirmed_by_id,
    state.storage_confirmed_by, state.storage_confirmed_location_id, state.storage_confirmation_remarks, state.confirmed_at,
    state.confirmed_by_id, state.confirmed_by, state.confirmed_for_id, state.own_use_confirmed, state.own_correction_confirmed,
    coalesce(state.own_correction, false) AS own_correction, state.confirmation_remarks, state.extensions, state.corrections,
    state.corrected, CASE WHEN state.corrections = 0 THEN '[]' ELSE (
        SELECT json_agg({correction} ORDER BY correction.created_at, correction.id) FROM usage_corrections correction
         WHERE correction.usage_entry_id = entry.id) END AS correction_records, entry.created_at) item)

-- The month of a path, as a range of out_at; no correction moves an entry to another.
-- define: in_month
state.out_at >= api.month_begins(CAST(:month || '-01' AS date))
           AND state.out_at < api.month_begins((CAST(:month || '-01' AS date) + interval '1 month')::date)
