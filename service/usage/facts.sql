-- What the rules of check-out are asked about of a use `plan` (source, purpose, purpose_note, user_department_id, began, due_at,
-- ended_at, meeting_id, goes_on) of a `device` that `holding` has.
-- row: check_out_plan(source usage_source, purpose purpose, noted bool, user_department_id uuid?, out_at timestamptz,
--     due_at timestamptz)
-- row: check_out_facts(kind device_kind?, condition (usable, in_repair, lost, disposed)?, occupied (no, out, overdue)?,
--     incident (none, malware, unauthorised_connection)?, placed fact, holding_department_id uuid?, reserved fact,
--     approval fact, approval_from date?, approval_until date?, data_percent int?,
--     security (none, unknown, current, outdated)?, security_confirmed_at timestamptz?, antivirus_definitions_on date?,
--     security_confirmed_days int?, antivirus_definition_days int?, last_return_unlocked fact,
--     meeting (none, draft, refused, cancelled, planned, held, closed)?, meeting_starts_at timestamptz?,
--     meeting_ends_at timestamptz?, determined text[], regulation_versions date[])
-- row: check_out_told(entry_id uuid?, item text?, taken text?)

-- What goes on is used now as well as then. What the bureau does not keep yet is not known: the lines, which only terminals and
-- routers carry, the security status, incidents.
-- define: facts
plan.source, plan.purpose, plan.purpose_note IS NOT NULL AS noted, plan.user_department_id, plan.began AS out_at, plan.due_at,
       device.kind, CASE WHEN plan.goes_on AND device.condition <> 'usable' THEN device.condition
                         ELSE present.condition END AS condition,
       present.occupied, NULL::text AS incident, holding.id IS NOT NULL AS placed,
       holding.id AS holding_department_id, present.reserved, false AS approval, NULL::date AS approval_from,
       NULL::date AS approval_until,
       CASE WHEN device.kind NOT IN ('terminal', 'mobile_router') THEN 0 END AS data_percent,
       NULL::text AS security, NULL::timestamptz AS security_confirmed_at, NULL::date AS antivirus_definitions_on,
       NULL::int AS security_confirmed_days, NULL::int AS antivirus_definition_days, present.unsecured AS last_return_unlocked,
       meeting.standing AS meeting, meeting.starts_at AS meeting_starts_at, meeting.ends_at AS meeting_ends_at,
       '{}'::text[] AS determined,
       (SELECT array_agg(effective_on) FROM regulation_versions WHERE document = 'regulation') AS regulation_versions
-- define: used
CROSS JOIN LATERAL api.meeting_cited(plan.meeting_id) meeting
 CROSS JOIN LATERAL (SELECT coalesce(plan.ended_at, greatest(plan.due_at, api.clock())) AS until) used
