-- What a usage entry looks like: e is its row, s its state; the statement has the parameter language. The state has the
-- present values, over which those that were recorded are laid; everything but this goes by the present ones. A row's
-- names cost less than json_build_object's on a page of fifty.
-- define: entry
(SELECT CASE WHEN s.corrections = 0 THEN row_to_json(item) ELSE (to_jsonb(item) || s.recorded)::json END FROM (SELECT
    e.id, e.department_id, to_char(e.month, 'YYYY-MM') AS month, e.device_id, e.device_code, e.device_name,
    s.user_staff_id, s.user_name, s.user_title, s.user_department_id, s.user_department_name, s.purpose, s.purpose_note,
    s.partner_organisation, e.meeting_id, e.meeting_title, e.meeting_confidentiality, s.out_at, s.due_at, s.accessories,
    api.usage_status(s.due_at, s.returned_at, s.confirmed_at) AS status, e.source, e.previous_entry_id, e.recorded_by_id,
    e.exception_reason, e.late_reason, e.verdict, e.findings -> :language AS findings, e.not_judged, e.regulation_version,
    s.returned_at, s.returned_by_id, s.handed_over, s.storage_location_id, s.locked, s.abnormality, s.accessories_missing,
    s.remarks, s.storage_confirmed_at, s.storage_confirmed_by_id, s.confirmed_at, s.confirmed_by_id, s.confirmed_for_id,
    s.own_use_confirmed, s.corrections, s.corrected, e.created_at) item)

-- The month of a path, as a range of out_at; no correction moves an entry to another.
-- define: in_month
s.out_at >= api.month_begins(CAST(:month || '-01' AS date))
           AND s.out_at < api.month_begins((CAST(:month || '-01' AS date) + interval '1 month')::date)
