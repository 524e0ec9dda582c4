-- include: facts

-- define: open_findings
api.meeting_open_findings(m, (SELECT g.meeting_clean_up_days FROM settings g))
-- define: clean_up_by
api.clean_up_by(m, (SELECT g.meeting_clean_up_days FROM settings g))

-- What a meeting m looks like; the statement has the parameter language.
-- define: meeting
(SELECT row_to_json(item) FROM (SELECT
    m.id, m.department_id, m.title, m.starts_at, m.ends_at, m.status, p.*, m.exception_reason, m.verdict,
    m.findings -> :language AS findings, m.not_judged, m.regulation_version, m.annex2_version, m.judged_at,
    {open_findings} AS open_findings,
    m.created_by_id, m.planned_at, m.planned_by_id, m.confirmed_at, m.confirmed_by_id, m.confirmed_for_id,
    m.own_meeting_confirmed,
    m.held_at, m.held_by_id, m.held_reason, {clean_up_by} AS clean_up_by, m.closed_at, m.closed_by_id, m.cloud_recording,
    m.cloud_transcript, m.cloud_chat, m.moved_to, m.consent_evidence, m.closing_remarks, m.cancelled_at, m.cancelled_by_id,
    m.cancellation_reason, m.created_at, m.updated_at FROM jsonb_populate_record(NULL::meeting_plan, m.plan) p) item)

-- Time and the settings alone make clearing up due and overdue, so its ETag says so.
-- operation: get_meeting(meeting_id uuid, language text)
SELECT m.version || coalesce('.' || {clean_up_by} || CASE WHEN {clean_up_by} < api.today() THEN '-overdue' ELSE '' END, ''),
       {meeting}
  FROM meetings m WHERE m.id = :meeting_id

-- page: list_meetings(department_id uuid[]?, status text[]?, verdict text[]?, confidentiality text[]?,
--   service text[]?, device_id uuid?, open_finding text[]?, starts_at_from timestamptz?, starts_at_to timestamptz?,
--   q text?, language text)
-- sort: starts_at timestamptz
SELECT m.id AS tie, m.starts_at, {meeting} AS item
  FROM meetings m
 WHERE true
   AND m.department_id = ANY (:department_id)           --? department_id
   AND m.status = ANY (:status)                         --? status
   AND m.verdict = ANY (:verdict)                       --? verdict
   AND m.confidentiality = ANY (:confidentiality)       --? confidentiality
   AND m.service = ANY (:service)                       --? service
   AND m.device_ids @> ARRAY[CAST(:device_id AS uuid)]  --? device_id
   AND {open_findings} && :open_finding                 --? open_finding
   AND m.starts_at >= :starts_at_from                   --? starts_at_from
   AND m.starts_at <= :starts_at_to                     --? starts_at_to
   AND m.sought LIKE api.containing(:q)                 --? q

-- Who judges to write keeps new versions of the catalogue waiting.
-- statement: meetings_hold_catalogue()
SELECT api.hold_catalogue(false)

-- What the next statement decides about, it sees as others have committed it.
-- statement: meetings_lock(id uuid)
SELECT FROM meetings WHERE id = :id FOR UPDATE

-- The first id in the body b.sent that names nothing which the caller may see. Accounts are not kept yet.
-- define: unknown
(SELECT i.pointer FROM (
     SELECT '/terminals/' || t.n - 1 || '/device_id' AS pointer
       FROM jsonb_array_elements(b.sent -> 'terminals') WITH ORDINALITY t (terminal, n)
      WHERE t.terminal ->> 'device_id' IS NOT NULL
        AND NOT EXISTS (SELECT FROM devices d WHERE d.id = (t.terminal ->> 'device_id')::uuid)
      UNION ALL
     SELECT '/participant_department_ids/' || d.n - 1
       FROM jsonb_array_elements_text(b.sent -> 'participant_department_ids') WITH ORDINALITY d (id, n)
      WHERE NOT EXISTS (SELECT FROM departments x WHERE x.id = d.id::uuid)
      UNION ALL
     SELECT '/service_consultation_id' WHERE b.sent ->> 'service_consultation_id' IS NOT NULL
        AND NOT EXISTS (SELECT FROM service_consultations c WHERE c.id = (b.sent ->> 'service_consultation_id')::uuid)
      UNION ALL
     SELECT '/account/account_id' WHERE b.sent #>> '{account,account_id}' IS NOT NULL) i LIMIT 1)

-- The services of the day of a meeting that is asked for, or that is there and stays on its day.
-- statement: meetings_services(id uuid, starts_at timestamptz)
-- row: meeting_service
{services_judged_by} WHERE s.regulation_version_id = api.catalogue_on(api.day_of(
    coalesce(:starts_at, (SELECT m.starts_at FROM meetings m WHERE m.id = :id))))

-- Of a meeting as it would be (given), what the rules judge.
-- define: accepted
b AS (
    SELECT b.*, {unknown} AS unknown, api.day_of(b.starts_at) AS day FROM given b
    -- refuse: reference-not-found {unknown} not_found when unknown IS NOT NULL
    -- refuse: value-not-accepted /ends_at not_after_start when ends_at <= starts_at
    -- refuse: value-not-accepted /starts_at before_regulation unless api.catalogue_on(day) IS NOT NULL AND EXISTS (
    --   SELECT FROM regulation_versions r WHERE r.document = 'regulation' AND r.effective_on <= b.day)
    -- refuse: value-not-accepted /service_name required when plan ->> 'service' = 'other' AND plan ->> 'service_name' IS NULL
)
{facts}

-- define: asked
SELECT a.department_id, a.title, a.starts_at, a.ends_at, api.plan_of(:body) AS plan, a.exception_reason,
           coalesce(a.save_as, 'planned') AS status
      FROM jsonb_to_record(:body) AS a (department_id uuid, title text, starts_at timestamptz, ends_at timestamptz,
                                        exception_reason text, save_as text)

-- `record`: only members of the department plan its meetings; anybody may ask. A draft is kept whatever the rules say.
-- statement: meetings_facts(body jsonb, record bool)
-- row: judging_subject
-- row: meeting_plan
-- row: meeting_versions
-- row: meeting_consultation
WITH given AS (
    SELECT api.new_id() AS about, a.status = 'planned' AS binding, a.exception_reason IS NOT NULL AS explained,
           a.department_id, a.starts_at, a.ends_at, a.plan, CAST(:body AS jsonb) AS sent
      FROM ({asked}) a
    -- refuse: reference-not-found /department_id not_found unless EXISTS (SELECT FROM departments d
    --   WHERE d.id = given.department_id AND d.is_shozoku AND (d.abolished_on IS NULL OR d.abolished_on > api.today()))
    -- refuse: forbidden when :record AND NOT api.arranges(department_id)
), {accepted}

-- What stands against any change comes first.
-- define: unless_denied
-- refuse: forbidden unless api.arranges(department_id)
-- refuse: precondition-failed unless api.match(version, :if_match)

-- A meeting with the members of `sent`, a merge patch. `status`: what it is to become, NULL for what it is.
-- define: changed
SELECT m.id, m.department_id, m.version, m.status AS status_before, coalesce(a.title, m.title) AS title,
       coalesce(a.starts_at, m.starts_at) AS starts_at,
           coalesce(a.ends_at, m.ends_at) AS ends_at, api.plan_of(m.plan || s.sent) AS plan,
           CASE WHEN s.sent ? 'exception_reason' THEN a.exception_reason ELSE m.exception_reason END AS exception_reason,
           coalesce(:status, m.status) AS status, s.sent
      FROM meetings m CROSS JOIN (SELECT coalesce(:sent, '{}') AS sent) s
     CROSS JOIN jsonb_to_record(s.sent) AS a (title text, starts_at timestamptz, ends_at timestamptz, exception_reason text)
     WHERE m.id = :id

-- statement: meetings_facts_of(id uuid, if_match bigint[], sent jsonb, states text[], status text)
-- row: judging_subject
-- row: meeting_plan
-- row: meeting_versions
-- row: meeting_consultation
WITH given AS (
    SELECT n.*, n.id AS about, n.status = 'planned' AS binding, n.exception_reason IS NOT NULL AS explained FROM ({changed}) n
    {unless_denied}
    -- refuse: not-in-this-state unless status_before = ANY (:states)
), {accepted}

-- statement: meetings_create(id uuid, body jsonb)
INSERT INTO meetings (id, department_id, title, starts_at, ends_at, status, plan, exception_reason, verdict, findings, not_judged,
                      regulation_version, annex2_version, planned_at, planned_by_id)
SELECT :id, n.department_id, n.title, n.starts_at, n.ends_at, n.status, n.plan, n.exception_reason, j.verdict, j.findings,
       j.not_judged, j.regulation_version, j.annex2_version, CASE n.status WHEN 'planned' THEN api.now() END,
       CASE n.status WHEN 'planned' THEN api.caller() END
  FROM ({asked}) n LEFT JOIN api.judged() j ON j.about = :id

-- What the usage manager has confirmed stays confirmed while the findings and the reason are the same. Who changes nothing
-- has not judged it again.
-- statement: meetings_change(id uuid, sent jsonb, status text)
UPDATE meetings m
   SET title = n.title, starts_at = n.starts_at, ends_at = n.ends_at, status = n.status, plan = n.plan,
       exception_reason = n.exception_reason, verdict = n.verdict, findings = n.findings, not_judged = n.not_judged,
       regulation_version = n.regulation_version, annex2_version = n.annex2_version,
       judged_at = CASE WHEN n.unchanged THEN m.judged_at ELSE api.now() END,
       planned_at = coalesce(m.planned_at, CASE n.status WHEN 'planned' THEN api.now() END),
       planned_by_id = coalesce(m.planned_by_id, CASE n.status WHEN 'planned' THEN api.caller() END),
       confirmed_at = CASE WHEN n.same THEN m.confirmed_at END, confirmed_by_id = CASE WHEN n.same THEN m.confirmed_by_id END,
       confirmed_for_id = CASE WHEN n.same THEN m.confirmed_for_id END,
       own_meeting_confirmed = CASE WHEN n.same THEN m.own_meeting_confirmed END
  FROM (SELECT n.*, j.verdict, j.findings, j.not_judged, j.regulation_version, j.annex2_version,
               b.findings = j.findings AND b.exception_reason IS NOT DISTINCT FROM n.exception_reason AS same,
               (n.title, n.starts_at, n.ends_at, n.status, n.plan, n.exception_reason, j.verdict, j.findings, j.not_judged,
                j.regulation_version, j.annex2_version) IS NOT DISTINCT FROM
               (b.title, b.starts_at, b.ends_at, b.status, b.plan, b.exception_reason, b.verdict, b.findings, b.not_judged,
                b.regulation_version, b.annex2_version) AS unchanged
          FROM ({changed}) n JOIN meetings b ON b.id = n.id LEFT JOIN api.judged() j ON j.about = n.id) n
 WHERE m.id = n.id

-- before: cancel_meeting, mark_meeting_held, close_meeting, confirm_meeting(meeting_id uuid)
SELECT FROM meetings WHERE id = :meeting_id FOR UPDATE

-- The meeting with what was recorded of it, as the answer.
-- define: as_it_is_then
meetings m
 CROSS JOIN LATERAL (SELECT {meeting} AS body OFFSET 0) item
 CROSS JOIN api.answer(200, m.version, NULL, item.body) answer

-- Whoever sees the meeting is told why he may not; an UPDATE alone passes over what its caller may not change.
-- before: cancel_meeting(meeting_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT id, department_id, version, status FROM meetings WHERE id = :meeting_id
    {unless_denied}
    -- refuse: not-in-this-state unless status IN ('draft', 'planned')
)
UPDATE meetings m SET status = 'cancelled', cancelled_at = api.now(), cancelled_by_id = api.caller(),
                      cancellation_reason = b.reason
  FROM seen CROSS JOIN jsonb_to_record(:body) AS b (reason text)
 WHERE m.id = seen.id

-- operation: cancel_meeting(meeting_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('meeting.cancelled', 'meetings/' || m.id, m.department_id, item.body)
 WHERE m.id = :meeting_id

-- Only what took place without a plan that stands has a reason to give.
-- before: mark_meeting_held(meeting_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT id, department_id, version, status, starts_at FROM meetings WHERE id = :meeting_id
    {unless_denied}
    -- refuse: not-in-this-state unless status IN ('draft', 'planned') AND starts_at <= api.clock()
)
UPDATE meetings m
   SET status = 'held', held_at = api.now(), held_by_id = api.caller(),
       held_reason = CASE WHEN m.status = 'draft' OR m.verdict = 'refused' THEN b.reason END
  FROM seen CROSS JOIN jsonb_to_record(coalesce(:body, '{}')) AS b (reason text)
 WHERE m.id = seen.id

-- operation: mark_meeting_held(meeting_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('meeting.held', 'meetings/' || m.id, m.department_id, item.body)
 WHERE m.id = :meeting_id

-- before: close_meeting(meeting_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT id, department_id, version, status FROM meetings WHERE id = :meeting_id
    {unless_denied}
    -- refuse: not-in-this-state unless status = 'held'
)
UPDATE meetings m
   SET status = 'closed', closed_at = api.now(), closed_by_id = api.caller(), cloud_recording = b.cloud_recording,
       cloud_transcript = b.cloud_transcript, cloud_chat = b.cloud_chat, moved_to = b.moved_to,
       consent_evidence = b.consent_evidence, closing_remarks = b.remarks
  FROM seen CROSS JOIN jsonb_to_record(coalesce(:body, '{}')) AS b (cloud_recording text, cloud_transcript text, cloud_chat text,
                                                                    moved_to text, consent_evidence text, remarks text)
 WHERE m.id = seen.id

-- operation: close_meeting(meeting_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('meeting.closed', 'meetings/' || m.id, m.department_id, item.body)
 WHERE m.id = :meeting_id

-- before: confirm_meeting(meeting_id uuid, if_match bigint[])
WITH seen AS (
    SELECT m.id, m.department_id, m.version, {open_findings} AS open_findings FROM meetings m WHERE m.id = :meeting_id
    -- refuse: forbidden unless department_id = ANY (api.managed_departments())
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state unless 'exception_unconfirmed' = ANY (open_findings)
)
UPDATE meetings m
   SET confirmed_at = api.now(), confirmed_by_id = api.caller(), confirmed_for_id = api.context('acting_for')::uuid,
       own_meeting_confirmed = m.created_by_id = api.caller()
  FROM seen
 WHERE m.id = seen.id

-- operation: confirm_meeting(meeting_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('meeting.confirmed', 'meetings/' || m.id, m.department_id, item.body)
 WHERE m.id = :meeting_id

-- statement: meetings_answer(id uuid, status int, event text, language text)
SELECT answer.*
  FROM meetings m
 CROSS JOIN LATERAL (SELECT {meeting} AS body OFFSET 0) item
 CROSS JOIN api.emit_if(api.context('changed') IS NOT NULL, :event, 'meetings/' || m.id, m.department_id, item.body)
 CROSS JOIN api.answer(:status, m.version, CASE :status WHEN 201 THEN 'meetings/' || m.id END, item.body) answer
 WHERE m.id = :id

-- task: meeting_confirmation
-- ja: 会議の例外について確認してください：%s
-- en: Confirm the exceptions of a meeting: %s
SELECT 'art8.1.1', m.judged_at, 'meetings/' || m.id, ARRAY[m.title]
  FROM meetings m
 WHERE m.department_id = ANY ((SELECT api.managed_departments())::uuid[]) AND m.status IN ('planned', 'held', 'closed')
   AND m.verdict = 'permitted_with_exception' AND m.confirmed_at IS NULL

-- task: meeting_refused
-- ja: 予定の会議が現行の利用手順に適合していません：%s
-- en: A planned meeting is no longer permitted: %s
SELECT 'art8.1.1', m.judged_at, 'meetings/' || m.id, ARRAY[m.title]
  FROM meetings m
 WHERE m.status = 'planned' AND m.verdict = 'refused'
   AND (m.department_id = ANY ((SELECT api.managed_departments())::uuid[]) OR m.created_by_id = api.staff_id())

-- The usage manager is concerned once it is overdue.
-- task: meeting_clean_up
-- ja: 会議データ（録画・チャット等）の削除・移動を登録してください：%s
-- en: Record that a meeting's data in the cloud was deleted or moved: %s
SELECT 'annex2.4.4', m.ends_at, 'meetings/' || m.id, ARRAY[m.title]
  FROM meetings m CROSS JOIN settings g
 WHERE m.status IN ('planned', 'held') AND m.ends_at < api.now() AND api.clean_up_by(m, g.meeting_clean_up_days) IS NOT NULL
   AND (m.created_by_id = api.staff_id()
        OR m.department_id = ANY ((SELECT api.managed_departments())::uuid[])
            AND api.clean_up_by(m, g.meeting_clean_up_days) < api.today())
