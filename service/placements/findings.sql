-- finding: no_lockable_place
-- ja: 配置されている機器に、施錠できる保管場所が登録されていません：%s
-- en: A placed device has no lockable storage location: %s
-- must act: usage_manager equipment_manager
SELECT placement.id || ' ' || coalesce(place.id::text, 'none'), '{art4.1.2}'::text[], NULL::text, placement.department_id,
       NULL::uuid, greatest(lower(placement.during), api.changed_at('devices', device.id, 'storage_location_id'),
                            api.changed_at('storage_locations', place.id, 'lockable')),
       'devices/' || device.id, ARRAY[device.code || '　' || device.name]
  FROM api.placements_asked() placement
  JOIN api.devices_asked() device ON device.id = placement.device_id
  LEFT JOIN api.storage_locations_asked() place ON place.id = device.storage_location_id
 WHERE placement.during @> api.asked_at()
   AND (place.id IS NULL OR NOT place.lockable OR NOT api.serves_on(place.abolished_on, api.asked_on()))

-- finding: placement_report_unacknowledged
-- ja: 配置の報告の確認が期限を過ぎています：%s
-- en: A placement report was not acknowledged in time: %s
-- must act: general_manager
SELECT report.id::text, '{art4.2}'::text[], NULL::text, NULL::uuid, NULL::uuid, overdue.since, 'placement-reports/' || report.id,
       ARRAY[device.code || '　' || device.name]
  FROM api.placement_reports_asked() report
  JOIN devices device ON device.id = report.device_id
 CROSS JOIN api.settings_asked() setting
 CROSS JOIN LATERAL (SELECT api.day_begins(api.day_of(report.created_at) + setting.report_acknowledgement_days + 1) AS since)
       overdue
 WHERE report.acknowledged_at IS NULL AND overdue.since <= api.asked_at()
