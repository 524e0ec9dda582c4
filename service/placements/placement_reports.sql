-- define: placement_report
json_build_object(
    'id', r.id, 'device_id', r.device_id, 'placement_id', r.placement_id, 'kind', r.kind,
    'from_department_id', r.from_department_id, 'to_department_id', r.to_department_id, 'reason', r.reason,
    'reported_by_id', r.reported_by_id, 'reported_at', r.created_at,
    'acknowledged_by_id', r.acknowledged_by_id, 'acknowledged_at', r.acknowledged_at)

-- operation: get_placement_report(placement_report_id uuid)
SELECT r.version, {placement_report} FROM placement_reports r WHERE r.id = :placement_report_id

-- page: list_placement_reports(acknowledged bool?, device_id uuid[]?)
-- sort: reported_at timestamptz
SELECT r.id AS tie, r.created_at AS reported_at, {placement_report} AS item
  FROM placement_reports r
 WHERE true
   AND (r.acknowledged_at IS NOT NULL) = CAST(:acknowledged AS boolean)    --? acknowledged
   AND r.device_id = ANY (:device_id)                                      --? device_id

-- operation: acknowledge_placement_report(placement_report_id uuid)
WITH seen AS (
    SELECT id, acknowledged_at FROM placement_reports WHERE id = :placement_report_id FOR UPDATE
    -- refuse: not-in-this-state when acknowledged_at IS NOT NULL
), r AS (
    UPDATE placement_reports r SET acknowledged_by_id = api.caller(), acknowledged_at = api.now()
      FROM seen WHERE r.id = seen.id
    RETURNING r.*
)
SELECT answer.* FROM r
 CROSS JOIN api.emit('placement_report.acknowledged', 'placement-reports/' || r.id, NULL, {placement_report})
 CROSS JOIN api.answer(200, r.version, NULL, {placement_report}) answer

-- task: placement_report
-- ja: 配置の報告について確認してください：%s
-- en: Acknowledge a placement report: %s
SELECT 'art4.2', r.created_at, 'placement-reports/' || r.id, ARRAY[d.code || '　' || d.name]
  FROM placement_reports r JOIN devices d ON d.id = r.device_id
 WHERE r.acknowledged_at IS NULL AND api.may('general_manager')
