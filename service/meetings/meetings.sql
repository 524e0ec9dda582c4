-- include: facts

-- define: open_findings
api.meeting_open_findings(meeting, (SELECT setting.meeting_clean_up_days FROM settings setting))
-- define: clean_up_by
api.clean_up_by(meeting, (SELECT setting.meeting_clean_up_days FROM settings setting))

-- What departments were called on the day of the meeting.
-- define: department_name
(SELECT place.name FROM api.department_as(meeting.department_id, api.day_of(meeting.starts_at)) place)
-- define: participant_names
ARRAY(SELECT place.name FROM jsonb_array_elements_text(meeting.plan -> 'participant_department_ids') WITH ORDINALITY named (id, n)
       LEFT JOIN LATERAL api.department_as(named.id::uuid, api.day_of(meeting.starts_at)) place ON true ORDER BY named.n)

-- define: names
concat_ws(' ', {department_name}, {participant_names})
-- define: names_when_written
SELECT concat_ws(' ', (SELECT place.name FROM api.department_as(meeting.department_id, written.day) place),
                 ARRAY(SELECT place.name FROM jsonb_array_elements_text(meeting.plan -> 'participant_department_ids')
                                                  WITH ORDINALITY named (id, n)
                         LEFT JOIN LATERAL api.department_as(named.id::uuid, written.day) place ON true ORDER BY named.n))
  FROM (SELECT api.day_of(meeting.updated_at)) written (day)

-- What a meeting looks like; the statement has the parameter language.
-- define: meeting
(SELECT row_to_json(item) FROM (SELECT
    meeting.id, meeting.department_id, {department_name} AS department_name,
    meeting.title, meeting.starts_at, meeting.ends_at, meeting.status, given.*,
    {participant_names} AS participant_department_names, meeting.exception_reason, meeting.standing_agreement,
    meeting.verdict, meeting.findings -> :language AS findings, meeting.not_judged,
    meeting.regulation_version, meeting.rules_of, meeting.annex2_version, meeting.judged_at, {open_findings} AS open_findings,
    meeting.created_by_id, meeting.created_by, meeting.planned_at, meeting.planned_by_id, meeting.planned_by,
    meeting.confirmed_at, meeting.confirmed_by_id, meeting.confirmed_for_id, meeting.confirmed_by, meeting.own_meeting_confirmed,
    meeting.held_at, meeting.held_by_id, meeting.held_by, meeting.held_reason,
    CASE WHEN meeting.actual IS NOT NULL THEN to_json(jsonb_populate_record(NULL::meeting_plan, meeting.actual)) END AS actual,
    CASE WHEN meeting.actual_verdict IS NOT NULL THEN json_build_object(
        'verdict', meeting.actual_verdict, 'regulation_version', meeting.actual_regulation_version,
        'rules_of', meeting.actual_rules_of, 'annex2_version', meeting.actual_annex2_version,
        'findings', meeting.actual_findings -> :language, 'not_judged', meeting.actual_not_judged) END AS actual_judgement,
    api.meeting_differences(meeting.plan, meeting.actual) AS differences, {clean_up_by} AS clean_up_by, meeting.closed_at,
    meeting.closed_by_id, meeting.closed_by, meeting.cloud_recording, meeting.cloud_transcript, meeting.cloud_chat,
    meeting.moved_to, meeting.consent_evidence, meeting.closing_remarks, meeting.cancelled_at, meeting.cancelled_by_id,
    meeting.cancelled_by, meeting.cancellation_reason, meeting.created_at, meeting.updated_at
    FROM jsonb_populate_record(NULL::meeting_plan, meeting.plan) given) item)

-- Time, the settings, notes and what departments are called from a later day on change what is shown, so the ETag says so.
-- operation: get_meeting(meeting_id uuid, language text)
SELECT meeting.version || coalesce('.' || left(md5(nullif(concat_ws(
           ' ', nullif({names}, ({names_when_written})), {clean_up_by}, nullif(array_to_string({open_findings}, ' '), '')),
           '')), 8), ''),
       {meeting}
  FROM meetings meeting WHERE meeting.id = :meeting_id

-- page: list_meetings(department_id uuid[]?, status text[]?, verdict text[]?, confidentiality text[]?,
--   service text[]?, device_id uuid?, open_finding text[]?, starts_at_from timestamptz?, starts_at_to timestamptz?,
--   q text?, language text)
-- sort: starts_at timestamptz
SELECT meeting.id AS tie, meeting.starts_at, {meeting} AS item
  FROM meetings meeting
 WHERE true
   AND meeting.department_id = ANY (:department_id)             --? department_id
   AND meeting.status = ANY (:status)                           --? status
   AND meeting.verdict = ANY (:verdict)                         --? verdict
   AND meeting.confidentiality = ANY (:confidentiality)         --? confidentiality
   AND meeting.service = ANY (:service)                         --? service
   AND meeting.device_ids @> ARRAY[CAST(:device_id AS uuid)]    --? device_id
   AND {open_findings} && :open_finding                         --? open_finding
   AND meeting.starts_at >= :starts_at_from                     --? starts_at_from
   AND meeting.starts_at <= :starts_at_to                       --? starts_at_to
   AND meeting.sought LIKE api.containing(:q)                   --? q

-- Who judges to write keeps new versions of the catalogue waiting.
-- statement: meetings_hold_catalogue()
SELECT api.hold_catalogue(false)

-- What the next statement decides about, it sees as others have committed it.
-- statement: meetings_lock(id uuid)
SELECT FROM meetings WHERE id = :id FOR UPDATE

-- The first id in the body asked.sent that names nothing which the caller may see. Accounts are not kept yet.
-- define: unknown
(SELECT named.pointer FROM (
     SELECT '/terminals/' || terminals.n - 1 || '/device_id' AS pointer
       FROM jsonb_array_elements(asked.sent -> 'terminals') WITH ORDINALITY terminals (terminal, n)
      WHERE terminals.terminal ->> 'device_id' IS NOT NULL
        AND NOT EXISTS (SELECT FROM devices named_device WHERE named_device.id = (terminals.terminal ->> 'device_id')::uuid)
      UNION ALL
     SELECT '/participant_department_ids/' || named_device.n - 1
       FROM jsonb_array_elements_text(asked.sent -> 'participant_department_ids') WITH ORDINALITY named_device (id, n)
      WHERE NOT EXISTS (SELECT FROM departments element WHERE element.id = named_device.id::uuid)
      UNION ALL
     SELECT '/service_consultation_id' WHERE asked.sent ->> 'service_consultation_id' IS NOT NULL
        AND NOT EXISTS (SELECT FROM service_consultations consultation
                         WHERE consultation.id = (asked.sent ->> 'service_consultation_id')::uuid)
      UNION ALL
     SELECT '/standing_agreement_id' WHERE asked.sent ->> 'standing_agreement_id' IS NOT NULL
        AND NOT EXISTS (SELECT FROM standing_agreements agreement
                         WHERE agreement.id = (asked.sent ->> 'standing_agreement_id')::uuid)
      UNION ALL
     SELECT '/account/account_id' WHERE asked.sent #>> '{account,account_id}' IS NOT NULL) named LIMIT 1)

-- The services of the day of a meeting that is asked for, or that is there and stays on its day.
-- statement: meetings_services(id uuid, starts_at timestamptz)
-- row: meeting_service
{services_judged_by} WHERE service.regulation_version_id = api.catalogue_on(api.day_of(
    coalesce(:starts_at, (SELECT meeting.starts_at FROM meetings meeting WHERE meeting.id = :id))))
 ORDER BY service.place, service.code

-- Whether a service is named that the version of the day does not list.
-- define: unlisted
((asked.sent ? 'service' OR asked.sent ? 'starts_at') AND asked.plan ->> 'service' <> 'other'
     AND NOT EXISTS (SELECT FROM meeting_services service WHERE service.code = asked.plan ->> 'service'
                        AND service.regulation_version_id = api.catalogue_on(api.day_of(asked.starts_at))))
-- define: unnamed
(asked.plan ->> 'service' = 'other' AND asked.plan ->> 'service_name' IS NULL)

-- Of a meeting as it would be (given), what the rules judge.
-- define: accepted
asked AS (
    SELECT asked.*, {unknown} AS unknown, api.day_of(asked.starts_at) AS day, {unlisted} AS unlisted, {unnamed} AS unnamed
      FROM given asked
    -- refuse: reference-not-found {unknown} not_found when unknown IS NOT NULL
    -- refuse: value-not-accepted /ends_at not_after_start when ends_at <= starts_at
    -- refuse: value-not-accepted /starts_at before_regulation unless api.catalogue_on(day) IS NOT NULL AND EXISTS (
    --   SELECT FROM regulation_versions edition WHERE edition.document = 'regulation' AND edition.effective_on <= asked.day)
    -- refuse: value-not-accepted /service service_unknown when unlisted
    -- refuse: value-not-accepted /service_name required when unnamed
    -- refuse: value-not-accepted /standing_agreement_id not_covered unless (sent ->> 'standing_agreement_id' IS NULL
    --   OR api.agreed_meeting((sent ->> 'standing_agreement_id')::uuid, department_id, plan, starts_at, ends_at, NULL))
)
{facts}

-- define: asked
SELECT told.department_id, told.title, told.starts_at, told.ends_at, api.plan_of(:body) AS plan, told.exception_reason,
           told.standing_agreement_id, coalesce(told.save_as, 'planned') AS status, coalesce(told.stage, 'plan') AS stage
      FROM jsonb_to_record(:body) AS told (department_id uuid, title text, starts_at timestamptz, ends_at timestamptz,
                                           exception_reason text, standing_agreement_id uuid, save_as text,
                                           stage text)

-- `record`: only members of the department plan its meetings; anybody may ask. A draft is kept whatever the rules say.
-- statement: meetings_facts(body jsonb, record bool)
-- row: judging_subject
-- row: meeting_plan
-- row: meeting_versions
-- row: meeting_consultation
WITH given AS (
    SELECT api.new_id() AS about, told.status = 'planned' AS binding, told.exception_reason IS NOT NULL AS explained,
           told.stage, told.department_id, told.starts_at, told.ends_at, told.plan, CAST(:body AS jsonb) AS sent
      FROM ({asked}) told
    -- refuse: reference-not-found /department_id not_found unless EXISTS (SELECT FROM departments department
    --   WHERE department.id = given.department_id AND department.is_shozoku
    --     AND api.serves_on(department.abolished_on, api.today()))
    -- refuse: forbidden when :record AND NOT api.arranges(department_id)
), {accepted}

-- What stands against any change comes first.
-- define: unless_denied
-- refuse: forbidden unless api.arranges(department_id)
-- refuse: precondition-failed unless api.match(version, :if_match)

-- A meeting with the members of `sent`, a merge patch. `status`: what it is to become, NULL for what it is.
-- define: changed
SELECT meeting.id, meeting.department_id, meeting.version, meeting.status AS status_before,
       coalesce(told.title, meeting.title) AS title, coalesce(told.starts_at, meeting.starts_at) AS starts_at,
           coalesce(told.ends_at, meeting.ends_at) AS ends_at, api.plan_of(meeting.plan || patch.sent) AS plan,
           CASE WHEN patch.sent ? 'exception_reason' THEN told.exception_reason
                ELSE meeting.exception_reason END AS exception_reason,
           CASE WHEN patch.sent ? 'standing_agreement_id' THEN told.standing_agreement_id
                ELSE meeting.standing_agreement_id END AS standing_agreement_id,
           coalesce(:status, meeting.status) AS status, patch.sent
      FROM meetings meeting CROSS JOIN (SELECT coalesce(:sent, '{}') AS sent) patch
     CROSS JOIN jsonb_to_record(patch.sent) AS told (title text, starts_at timestamptz, ends_at timestamptz,
                                                     exception_reason text, standing_agreement_id uuid)
     WHERE meeting.id = :id

-- statement: meetings_facts_of(id uuid, if_match bigint[], sent jsonb, states text[], status text)
-- row: judging_subject
-- row: meeting_plan
-- row: meeting_versions
-- row: meeting_consultation
WITH given AS (
    SELECT altered.*, altered.id AS about, altered.status = 'planned' AS binding, 'plan' AS stage,
           altered.exception_reason IS NOT NULL AS explained FROM ({changed}) altered
    {unless_denied}
    -- refuse: not-in-this-state unless status_before = ANY (:states)
), {accepted}

-- statement: meetings_create(id uuid, body jsonb)
INSERT INTO meetings (id, department_id, title, starts_at, ends_at, status, plan, exception_reason, standing_agreement_id,
                      verdict, findings, not_judged, regulation_version, rules_of, annex2_version, planned_at, planned_by_id,
                      planned_by)
SELECT :id, planned.department_id, planned.title, planned.starts_at, planned.ends_at, planned.status, planned.plan,
       planned.exception_reason, planned.standing_agreement_id, judgement.verdict, judgement.findings, judgement.not_judged,
       judgement.regulation_version, api.judged_by_rules_of(), judgement.annex2_version,
       CASE planned.status WHEN 'planned' THEN api.now() END, CASE planned.status WHEN 'planned' THEN api.caller() END,
       CASE planned.status WHEN 'planned' THEN api.actor() END
  FROM ({asked}) planned LEFT JOIN api.judged() judgement ON judgement.about = :id

-- Who changes nothing has not judged it again.
-- statement: meetings_change(id uuid, sent jsonb, status text)
UPDATE meetings meeting
   SET title = future.title, starts_at = future.starts_at, ends_at = future.ends_at, status = future.status, plan = future.plan,
       exception_reason = future.exception_reason, standing_agreement_id = future.standing_agreement_id,
       standing_agreement = CASE WHEN future.standing_agreement_id IS NOT NULL THEN meeting.standing_agreement END,
       verdict = future.verdict, findings = future.findings,
       not_judged = future.not_judged, regulation_version = future.regulation_version, rules_of = api.judged_by_rules_of(),
       annex2_version = future.annex2_version,
       judged_at = CASE WHEN future.unchanged THEN meeting.judged_at ELSE api.now() END,
       planned_at = coalesce(meeting.planned_at, CASE future.status WHEN 'planned' THEN api.now() END),
       planned_by_id = coalesce(meeting.planned_by_id, CASE future.status WHEN 'planned' THEN api.caller() END),
       planned_by = coalesce(meeting.planned_by, CASE future.status WHEN 'planned' THEN api.actor() END)
  FROM (SELECT future.*, judgement.verdict, judgement.findings, judgement.not_judged, judgement.regulation_version,
               judgement.annex2_version,
                   (future.title, future.starts_at, future.ends_at, future.status, future.plan, future.exception_reason,
                    judgement.verdict, judgement.findings, judgement.not_judged,
                judgement.regulation_version, judgement.annex2_version) IS NOT DISTINCT FROM
               (before.title, before.starts_at, before.ends_at, before.status, before.plan, before.exception_reason,
                before.verdict, before.findings, before.not_judged, before.regulation_version, before.annex2_version) AS unchanged
          FROM ({changed}) future JOIN meetings before ON before.id = future.id
          LEFT JOIN api.judged() judgement ON judgement.about = future.id) future
 WHERE meeting.id = future.id

-- before: cancel_meeting, close_meeting, confirm_meeting(meeting_id uuid)
SELECT FROM meetings WHERE id = :meeting_id FOR UPDATE

-- The meeting with what was recorded of it, as the answer.
-- define: as_it_is_then
meetings meeting
 CROSS JOIN LATERAL (SELECT {meeting} AS body OFFSET 0) item
 CROSS JOIN api.answer(200, meeting.version, NULL, item.body) answer

-- Whoever sees the meeting is told why he may not; an UPDATE alone passes over what its caller may not change.
-- before: cancel_meeting(meeting_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT id, department_id, version, status FROM meetings WHERE id = :meeting_id
    {unless_denied}
    -- refuse: not-in-this-state unless status IN ('draft', 'planned')
)
UPDATE meetings meeting SET status = 'cancelled', cancelled_at = api.now(), cancelled_by_id = api.caller(),
                      cancelled_by = api.actor(), cancellation_reason = given.reason
  FROM seen CROSS JOIN jsonb_to_record(:body) AS given (reason text)
 WHERE meeting.id = seen.id

-- operation: cancel_meeting(meeting_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('meeting.cancelled', 'meetings/' || meeting.id, meeting.department_id, item.body)
 WHERE meeting.id = :meeting_id

-- The settings as they were: as planned, but for the members of `actual`, a merge patch.
-- define: as_it_was
api.plan_of(meeting.plan || coalesce(CAST(:body AS jsonb) -> 'actual', '{}'))

-- A fact is judged and never refused for what it was.
-- statement: meetings_facts_held(id uuid, if_match bigint[], body jsonb)
-- row: judging_subject
-- row: meeting_plan
-- row: meeting_versions
-- row: meeting_consultation
WITH given AS (
    SELECT meeting.id AS about, false AS binding, false AS explained, 'held' AS stage, meeting.department_id, meeting.version,
           meeting.status, meeting.starts_at, {as_it_was} AS plan, coalesce(CAST(:body AS jsonb) -> 'actual', '{}') AS sent
      FROM meetings meeting WHERE meeting.id = :id
    {unless_denied}
    -- refuse: not-in-this-state unless status IN ('draft', 'planned') AND starts_at <= api.clock()
), asked AS (
    SELECT asked.*, '/actual' || {unknown} AS unknown, {unlisted} AS unlisted, {unnamed} AS unnamed FROM given asked
    -- refuse: reference-not-found {unknown} not_found when unknown IS NOT NULL
    -- refuse: value-not-accepted /actual/service service_unknown when unlisted
    -- refuse: value-not-accepted /actual/service_name required when unnamed
)
{facts}

-- Only what took place without a plan that stands has a reason to give.
-- statement: meetings_mark_held(id uuid, body jsonb)
-- never: meetings_actual_service_named
UPDATE meetings meeting
   SET status = 'held', held_at = api.now(), held_by_id = api.caller(), held_by = api.actor(),
       held_reason = CASE WHEN meeting.status = 'draft' OR meeting.verdict = 'refused' THEN CAST(:body AS jsonb) ->> 'reason' END,
       actual = {as_it_was}, actual_verdict = judgement.verdict, actual_findings = judgement.findings,
       actual_not_judged = judgement.not_judged, actual_regulation_version = judgement.regulation_version,
       actual_annex2_version = judgement.annex2_version, actual_rules_of = api.judged_by_rules_of()
  FROM api.judged() judgement
 WHERE meeting.id = :id AND judgement.about = meeting.id

-- before: close_meeting(meeting_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT id, department_id, version, status FROM meetings WHERE id = :meeting_id
    {unless_denied}
    -- refuse: not-in-this-state unless status = 'held'
)
UPDATE meetings meeting
   SET status = 'closed', closed_at = api.now(), closed_by_id = api.caller(), closed_by = api.actor(),
       cloud_recording = given.cloud_recording,
       cloud_transcript = given.cloud_transcript, cloud_chat = given.cloud_chat, moved_to = given.moved_to,
       consent_evidence = given.consent_evidence, closing_remarks = given.remarks
  FROM seen CROSS JOIN jsonb_to_record(coalesce(:body, '{}')) AS given (cloud_recording text, cloud_transcript text,
                                                                        cloud_chat text, moved_to text, consent_evidence text,
                                                                            remarks text)
 WHERE meeting.id = seen.id

-- operation: close_meeting(meeting_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('meeting.closed', 'meetings/' || meeting.id, meeting.department_id, item.body)
 WHERE meeting.id = :meeting_id

-- before: confirm_meeting(meeting_id uuid, if_match bigint[])
WITH seen AS (
    SELECT meeting.id, meeting.department_id, meeting.version, {open_findings} AS open_findings FROM meetings meeting
     WHERE meeting.id = :meeting_id
    -- refuse: forbidden unless department_id = ANY (api.managed_departments())
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state unless 'exception_unconfirmed' = ANY (open_findings)
)
UPDATE meetings meeting
   SET confirmed_at = api.now(), confirmed_by_id = api.caller(), confirmed_by = api.actor(seen.department_id),
       confirmed_for_id = CAST(api.actor(seen.department_id) -> 'acting' ->> 'holder_id' AS uuid),
       own_meeting_confirmed = api.caller() IN (meeting.created_by_id, coalesce(meeting.planned_by_id, meeting.created_by_id))
  FROM seen
 WHERE meeting.id = seen.id

-- operation: confirm_meeting(meeting_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('meeting.confirmed', 'meetings/' || meeting.id, meeting.department_id, item.body)
 WHERE meeting.id = :meeting_id

-- statement: meetings_answer(id uuid, status int, event text, language text)
SELECT answer.*
  FROM meetings meeting
 CROSS JOIN LATERAL (SELECT {meeting} AS body OFFSET 0) item
 CROSS JOIN api.emit_if(api.context('changed') IS NOT NULL, :event, 'meetings/' || meeting.id, meeting.department_id, item.body)
 CROSS JOIN api.answer(:status, meeting.version, CASE :status WHEN 201 THEN 'meetings/' || meeting.id END, item.body) answer
 WHERE meeting.id = :id

-- task: meeting_confirmation
-- ja: 会議の例外について確認してください：%s
-- en: Confirm the exceptions of a meeting: %s
SELECT 'art8.1.1', meeting.judged_at, 'meetings/' || meeting.id, ARRAY[meeting.title]
  FROM meetings meeting
 WHERE meeting.department_id = ANY ((SELECT api.managed_departments())::uuid[])
   AND meeting.status IN ('planned', 'held', 'closed')
   AND meeting.verdict = 'permitted_with_exception' AND meeting.confirmed_at IS NULL AND meeting.standing_agreement_id IS NULL

-- task: meeting_refused
-- ja: 予定の会議が現行の利用手順に適合していません：%s
-- en: A planned meeting is no longer permitted: %s
SELECT 'art8.1.1', meeting.judged_at, 'meetings/' || meeting.id, ARRAY[meeting.title]
  FROM meetings meeting
 WHERE meeting.status = 'planned' AND meeting.verdict = 'refused'
   AND (meeting.department_id = ANY ((SELECT api.managed_departments())::uuid[]) OR meeting.created_by_id = api.staff_id())

-- A plan whose day has passed and of which nobody says what became of it.
-- task: meeting_unmarked
-- ja: 予定日を過ぎた会議について、実施又は取消しを登録してください：%s
-- en: Record whether a meeting that was planned took place or was cancelled: %s
SELECT 'art8.1.1', meeting.ends_at, 'meetings/' || meeting.id, ARRAY[meeting.title]
  FROM meetings meeting
 WHERE meeting.status = 'planned' AND meeting.ends_at < api.day_begins(api.today())
   AND (meeting.planned_by_id = api.staff_id() OR meeting.department_id = ANY ((SELECT api.managed_departments())::uuid[]))

-- The usage manager is concerned once it is overdue.
-- task: meeting_clean_up
-- ja: 会議データ（録画・チャット等）の削除・移動を登録してください：%s
-- en: Record that a meeting's data in the cloud was deleted or moved: %s
SELECT 'annex2.4.4', meeting.ends_at, 'meetings/' || meeting.id, ARRAY[meeting.title]
  FROM meetings meeting CROSS JOIN settings setting
 WHERE meeting.status IN ('planned', 'held') AND meeting.ends_at < api.now()
   AND api.clean_up_by(meeting, setting.meeting_clean_up_days) IS NOT NULL
   AND (meeting.created_by_id = api.staff_id()
        OR meeting.department_id = ANY ((SELECT api.managed_departments())::uuid[])
            AND api.clean_up_by(meeting, setting.meeting_clean_up_days) < api.today())
