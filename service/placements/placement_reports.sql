-- define: placement_report
json_build_object(
    'id', report.id, 'device_id', report.device_id, 'placement_id', report.placement_id, 'kind', report.kind,
    'from_department_id', report.from_department_id, 'to_department_id', report.to_department_id, 'reason', report.reason,
    'reported_by_id', report.reported_by_id, 'reported_by', report.reported_by, 'reported_at', report.created_at,
    'own_report', report.own_report, 'acknowledged_by_id', report.acknowledged_by_id,
    'acknowledged_by', report.acknowledged_by, 'acknowledged_at', report.acknowledged_at)

-- operation: get_placement_report(placement_report_id uuid)
SELECT report.version, {placement_report} FROM placement_reports report WHERE report.id = :placement_report_id

-- page: list_placement_reports(acknowledged bool?, device_id uuid[]?, own_report bool?)
-- sort: reported_at timestamptz
SELECT report.id AS tie, report.created_at AS reported_at, {placement_report} AS item
  FROM placement_reports report
 WHERE true
   AND (report.acknowledged_at IS NOT NULL) = CAST(:acknowledged AS boolean)    --? acknowledged
   AND report.device_id = ANY (:device_id)                                      --? device_id
   AND report.own_report = CAST(:own_report AS boolean)                         --? own_report

-- Those that were `seen`, each by its own event.
-- define: acknowledged
report AS (
    UPDATE placement_reports report
       SET acknowledged_by_id = api.caller(), acknowledged_by = api.actor(), acknowledged_at = api.now()
      FROM seen WHERE report.id = seen.id
    RETURNING report.*, seen.at
), told AS (
    SELECT report.version, report.at, {placement_report} AS item
      FROM report
     CROSS JOIN api.emit('placement_report.acknowledged', 'placement-reports/' || report.id, NULL, {placement_report})
)

-- operation: acknowledge_placement_report(placement_report_id uuid)
-- never: placement_reports_second_person
WITH seen AS (
    SELECT id, 0 AS at, acknowledged_at, reported_by_id FROM placement_reports WHERE id = :placement_report_id FOR UPDATE
    -- refuse: own-act when reported_by_id = api.caller()
    -- refuse: not-in-this-state when acknowledged_at IS NOT NULL
), {acknowledged}
SELECT answer.* FROM told CROSS JOIN api.answer(200, told.version, NULL, told.item) answer

-- define: wanted
(SELECT (element.item ->> 'placement_report_id')::uuid AS id, element.at - 1 AS at
   FROM jsonb_array_elements(CAST(:body AS jsonb) -> 'items') WITH ORDINALITY AS element (item, at)) wanted

-- Locked in one order, in a statement of its own: the next one sees what others have committed.
-- before: acknowledge_placement_reports(body jsonb)
SELECT count(*) FROM (SELECT FROM placement_reports WHERE id IN (SELECT wanted.id FROM {wanted})
                       ORDER BY id FOR UPDATE) held

-- operation: acknowledge_placement_reports(body jsonb)
-- never: placement_reports_second_person
WITH seen AS (
    SELECT report.id, wanted.at, report.acknowledged_at, report.reported_by_id
      FROM {wanted} LEFT JOIN placement_reports report ON report.id = wanted.id
    -- refuse: reference-not-found /items/{at}/placement_report_id not_found when id IS NULL
    -- refuse: own-act /items/{at}/placement_report_id own_act when reported_by_id = api.caller()
    -- refuse: not-in-this-state /items/{at}/placement_report_id acknowledged when acknowledged_at IS NOT NULL
), {acknowledged}
SELECT answer.* FROM (SELECT json_build_object('items', json_agg(told.item ORDER BY told.at)) AS body FROM told) list
 CROSS JOIN api.answer(200, NULL, NULL, list.body) answer

-- Of the reports that await the general manager, with the day until which they do.
-- define: open_reports
SELECT 'art4.2', report.created_at, 'placement-reports/' || report.id,
       ARRAY[device.code || '　' || device.name, api.wareki_day(said.day), api.english_day(said.day)]
  FROM placement_reports report JOIN devices device ON device.id = report.device_id CROSS JOIN settings setting
 CROSS JOIN LATERAL (SELECT api.day_of(report.created_at) AS reported_on,
                            api.day_of(report.created_at) + setting.report_acknowledgement_days AS due_on) term

-- task: placement_report
-- ja: 配置の報告（%2$s）について確認してください：%1$s
-- en: Acknowledge the placement report of %3$s: %1$s
{open_reports} CROSS JOIN LATERAL (VALUES (term.reported_on)) said (day)
 WHERE report.acknowledged_at IS NULL AND api.may('general_manager') AND report.reported_by_id <> api.caller()
   AND term.due_on >= api.today()

-- task: overdue_placement_report
-- ja: 配置の報告の確認期限（%2$s）を過ぎています。確認してください：%1$s
-- en: A placement report was to be acknowledged by %3$s. Acknowledge it: %1$s
{open_reports} CROSS JOIN LATERAL (VALUES (term.due_on)) said (day)
 WHERE report.acknowledged_at IS NULL AND api.may('general_manager') AND report.reported_by_id <> api.caller()
   AND term.due_on < api.today()

-- task: own_placement_report
-- ja: 自己の報告（%2$s）であるため、総括管理者の職にある他の者又は代理者の確認を受けてください：%1$s
-- en: You reported this on %3$s yourself. Have it acknowledged by the general manager or an acting one: %1$s
{open_reports} CROSS JOIN LATERAL (VALUES (term.reported_on)) said (day)
 WHERE report.acknowledged_at IS NULL AND api.may('general_manager') AND report.reported_by_id = api.caller()

-- It stands until somebody else has acknowledged it.
-- finding: own_placement_report
-- ja: 総括管理者が自らに報告した配置の報告を、他の者が確認していません：%1$s（%2$s報告）
-- en: Reported to oneself as general manager, and acknowledged by nobody else: %1$s (%3$s)
-- must act: general_manager
SELECT report.id::text, '{art4.2}'::text[], NULL::text, NULL::uuid, NULL::uuid, report.created_at,
       'placement-reports/' || report.id, ARRAY[device.code || '　' || device.name, api.wareki_day(api.day_of(report.created_at)),
             api.english_day(api.day_of(report.created_at))]
  FROM api.placement_reports_asked() report JOIN devices device ON device.id = report.device_id
 WHERE report.own_report AND report.acknowledged_at IS NULL
