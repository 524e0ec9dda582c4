-- define: placement_report
json_build_object(
    'id', report.id, 'device_id', report.device_id, 'placement_id', report.placement_id, 'kind', report.kind,
    'from_department_id', report.from_department_id, 'to_department_id', report.to_department_id, 'reason', report.reason,
    'reported_by_id', report.reported_by_id, 'reported_by', report.reported_by, 'reported_at', report.created_at,
    'acknowledged_by_id', report.acknowledged_by_id, 'acknowledged_by', report.acknowledged_by,
    'acknowledged_at', report.acknowledged_at)

-- operation: get_placement_report(placement_report_id uuid)
SELECT report.version, {placement_report} FROM placement_reports report WHERE report.id = :placement_report_id

-- page: list_placement_reports(acknowledged bool?, device_id uuid[]?)
-- sort: reported_at timestamptz
SELECT report.id AS tie, report.created_at AS reported_at, {placement_report} AS item
  FROM placement_reports report
 WHERE true
   AND (report.acknowledged_at IS NOT NULL) = CAST(:acknowledged AS boolean)    --? acknowledged
   AND report.device_id = ANY (:device_id)                                      --? device_id

-- operation: acknowledge_placement_report(placement_report_id uuid)
WITH seen AS (
    SELECT id, acknowledged_at FROM placement_reports WHERE id = :placement_report_id FOR UPDATE
    -- refuse: not-in-this-state when acknowledged_at IS NOT NULL
), report AS (
    UPDATE placement_reports report SET acknowledged_by_id = api.caller(), acknowledged_by = api.actor(), acknowledged_at = api.now()
      FROM seen WHERE report.id = seen.id
    RETURNING report.*
)
SELECT answer.* FROM report
 CROSS JOIN api.emit('placement_report.acknowledged', 'placement-reports/' || report.id, NULL, {placement_report})
 CROSS JOIN api.answer(200, report.version, NULL, {placement_report}) answer

-- task: placement_report
-- ja: 配置の報告について確認してください：%s
-- en: Acknowledge a placement report: %s
SELECT 'art4.2', report.created_at, 'placement-reports/' || report.id, ARRAY[device.code || '　' || device.name]
  FROM placement_reports report JOIN devices device ON device.id = report.device_id
 WHERE report.acknowledged_at IS NULL AND api.may('general_manager')
