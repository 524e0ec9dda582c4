-- What the rules said of a meeting: one row for each finding, in both languages.
-- define: told
CROSS JOIN LATERAL (
      SELECT element.finding ->> 'rule' AS rule, element.finding ->> 'level' AS level, element.finding ->> 'title' AS ja,
             meeting.findings #>> ARRAY['en', (element.n - 1)::text, 'title'] AS en,
             ARRAY(SELECT jsonb_array_elements_text(element.finding -> 'clauses')) AS clauses,
             meeting.id || ' ' || (element.finding ->> 'rule') || ' ' || md5(element.finding ->> 'detail') AS subject
        FROM jsonb_array_elements(meeting.findings -> 'ja') WITH ORDINALITY element (finding, n)) told

-- Whose act a meeting is: of who planned it and who told that it was held.
-- define: whose
ARRAY[meeting.created_by_id, meeting.planned_by_id, meeting.held_by_id]

-- finding: meeting_planned_and_refused
-- ja: 予定の会議が現行の利用手順に適合していません：%s
-- en: A planned meeting is no longer permitted: %s
-- must act: usage_manager
SELECT meeting.id::text, '{art8.1.1}'::text[], NULL::text, meeting.department_id, meeting.created_by_id, meeting.judged_at,
       'meetings/' || meeting.id, ARRAY[meeting.title]
  FROM api.meetings_asked() meeting
 WHERE meeting.status = 'planned' AND meeting.verdict = 'refused'

-- finding: meeting_held_unpermitted
-- ja: 計画として登録されていないか、利用手順に適合しない会議が実施されました：%s
-- en: A meeting was held without being planned or permitted: %s
-- noted by: usage_manager general_manager
SELECT meeting.id || ' ' || extract(epoch FROM meeting.held_at), '{art8.1.1}'::text[], NULL::text, meeting.department_id,
       NULL::uuid, meeting.held_at, 'meetings/' || meeting.id, ARRAY[meeting.title], {whose}
  FROM api.meetings_asked() meeting
 WHERE meeting.verdict = 'refused' AND meeting.status IN ('held', 'closed')
 UNION ALL
SELECT meeting.id || ' ' || extract(epoch FROM meeting.held_at), '{art8.1.1}', NULL, meeting.department_id, NULL,
       meeting.held_at, 'meetings/' || meeting.id, ARRAY[meeting.title], {whose}
  FROM api.meetings_asked() meeting
 WHERE meeting.planned_at IS NULL AND meeting.status IN ('held', 'closed') AND meeting.verdict <> 'refused'

-- Each violation of a meeting that was planned and let be.
-- finding: meeting_held_with_violation
-- ja: 利用手順に適合しない方法で会議が実施されました：%1$s（%2$s）
-- en: A meeting was held against the rules: %1$s (%3$s)
-- noted by: usage_manager
SELECT meeting.id || ' ' || told.rule, told.clauses, told.rule, meeting.department_id, NULL::uuid, meeting.held_at,
       'meetings/' || meeting.id, ARRAY[meeting.title, told.ja, told.en], {whose}
  FROM api.meetings_asked() meeting
 CROSS JOIN LATERAL api.meeting_violations(meeting) told
 WHERE meeting.held_at IS NOT NULL AND meeting.actual_verdict = 'refused'
   AND meeting.planned_at IS NOT NULL AND meeting.verdict <> 'refused'

-- finding: meeting_held_differently
-- ja: 計画と異なる方法で会議が実施されました：%s
-- en: A meeting was held otherwise than planned: %s
-- noted by: usage_manager
SELECT meeting.id::text, '{art8.1.1}'::text[], NULL::text, meeting.department_id, NULL::uuid, meeting.held_at,
       'meetings/' || meeting.id, ARRAY[meeting.title], {whose}
  FROM api.meetings_asked() meeting
 WHERE meeting.held_at IS NOT NULL AND meeting.actual <> meeting.plan

-- finding: meeting_exception
-- ja: 会議の例外を利用管理者が確認していません：%1$s（%2$s）
-- en: The usage manager has not confirmed an exception of a meeting: %1$s (rule: %3$s)
-- must act: usage_manager
SELECT told.subject, told.clauses, told.rule, meeting.department_id, NULL::uuid, meeting.judged_at, 'meetings/' || meeting.id,
       ARRAY[meeting.title, told.ja, told.en]
  FROM api.meetings_asked() meeting
 {told}
 WHERE meeting.verdict = 'permitted_with_exception' AND meeting.confirmed_at IS NULL
   AND meeting.standing_agreement_id IS NULL AND meeting.status IN ('planned', 'held', 'closed') AND told.level = 'exception'

-- finding: meeting_clean_up_overdue
-- ja: 会議データ（録画・チャット等）の削除・移動の期限を過ぎています：%s
-- en: A meeting's data in the cloud was not deleted or moved in time: %s
-- must act: usage_manager
SELECT meeting.id::text, '{annex2.4.4}'::text[], 'meeting.clean_up', meeting.department_id, meeting.created_by_id,
       api.day_begins(last.day + 1), 'meetings/' || meeting.id, ARRAY[meeting.title]
  FROM api.meetings_asked() meeting CROSS JOIN api.settings_asked() setting
 CROSS JOIN LATERAL (SELECT api.clean_up_by(meeting, setting.meeting_clean_up_days)) last (day)
 WHERE meeting.role = 'hosting' AND meeting.status IN ('planned', 'held') AND meeting.ends_at < api.asked_at()
   AND last.day < api.asked_on()
 UNION ALL
SELECT meeting.id::text, '{annex2.4.4}', 'meeting.clean_up', meeting.department_id, meeting.created_by_id,
       api.day_begins(last.day + 1), 'meetings/' || meeting.id, ARRAY[meeting.title]
  FROM api.meetings_asked() meeting CROSS JOIN api.settings_asked() setting
 CROSS JOIN LATERAL (SELECT api.clean_up_by(meeting, setting.meeting_clean_up_days)) last (day)
 WHERE meeting.role = 'joining' AND meeting.held_at IS NOT NULL AND meeting.actual <> meeting.plan AND last.day < api.asked_on()

-- finding: own_meeting_confirmed
-- ja: 利用管理者が自ら計画した会議の例外を確認しました：%s
-- en: Exceptions of an own meeting confirmed by the usage manager: %s
-- noted by: general_manager
SELECT meeting.id || ' ' || extract(epoch FROM meeting.confirmed_at), '{art8.1.1}'::text[], NULL::text, meeting.department_id,
       NULL::uuid, meeting.confirmed_at, 'meetings/' || meeting.id, ARRAY[meeting.title], ARRAY[meeting.confirmed_by_id]
  FROM api.meetings_asked() meeting
 WHERE meeting.own_meeting_confirmed
