-- include: facts

-- The catalogue of services by version (annex2.table1, annex2.table3). A version is a version of Annex 2, v.

-- define: services
(SELECT json_agg(json_build_object(
            'code', s.code, 'name', s.name, 'usable_up_to', s.usable_up_to, 'ismap', s.ismap,
            'end_to_end_encryption', s.end_to_end_encryption, 'domestic_servers', s.domestic_servers, 'invitation', s.invitation,
            'waiting_room', s.waiting_room, 'removal', s.removal, 'screen_sharing', s.screen_sharing, 'chat', s.chat,
            'recording', s.recording, 'file_transfer', s.file_transfer, 'note', s.note)
            ORDER BY array_position('{webex,zoom_jgp,zoom,microsoft_teams,google_meet}', s.code))
   FROM meeting_services s WHERE s.regulation_version_id = v.id)

-- define: version
json_build_object(
    'id', v.id, 'effective_on', v.effective_on, 'title', v.title, 'document_number', v.document_number, 'note', v.note,
    'services', {services}, 'created_at', v.created_at)

-- view: list_meeting_services(as_of date)
SELECT json_build_object(
           'annex2_version', v.effective_on, 'meeting_service_version_id', v.id, 'title', v.title,
           'document_number', v.document_number, 'note', v.note, 'items', {services}, 'next_cursor', NULL)
  FROM regulation_versions v WHERE v.id = api.catalogue_on(coalesce(:as_of, api.today()))

-- page: list_meeting_service_versions()
-- sort: effective_on date
SELECT v.id AS tie, v.effective_on, {version} AS item FROM regulation_versions v WHERE v.document = 'annex2'

-- A version never changes.
-- operation: get_meeting_service_version(meeting_service_version_id uuid)
SELECT 1, {version} FROM regulation_versions v WHERE v.id = :meeting_service_version_id AND v.document = 'annex2'

-- statement: services_hold()
SELECT api.new_id(), api.hold_catalogue(true)

-- statement: services_add(id uuid, body jsonb)
WITH b AS (
    SELECT * FROM jsonb_populate_record(NULL::regulation_versions, :body)
    -- refuse: value-not-accepted /services service_missing unless (
    --   (SELECT count(DISTINCT s ->> 'code') FROM jsonb_array_elements(CAST(:body AS jsonb) -> 'services') s) = 5)
), v AS (
    INSERT INTO regulation_versions (id, document, effective_on, title, document_number, note)
    SELECT :id, 'annex2', effective_on, title, document_number, note FROM b
    RETURNING id
)
INSERT INTO meeting_services (regulation_version_id, code, name, usable_up_to, ismap, end_to_end_encryption, domestic_servers,
                              invitation, waiting_room, removal, screen_sharing, chat, recording, file_transfer, note)
SELECT v.id, s.code, s.name, s.usable_up_to, s.ismap, s.end_to_end_encryption, s.domestic_servers, s.invitation, s.waiting_room,
       s.removal, s.screen_sharing, s.chat, s.recording, s.file_transfer, s.note
  FROM v CROSS JOIN jsonb_populate_recordset(NULL::meeting_services, CAST(:body AS jsonb) -> 'services') s

-- statement: services_added(id uuid)
-- row: meeting_service
{services_judged_by} WHERE s.regulation_version_id = :id

-- Each is judged by the version that was added, and is what it is whatever the rules say.
-- statement: services_planned(id uuid)
-- row: judging_subject
-- row: meeting_plan
-- row: meeting_versions
-- row: meeting_consultation
WITH b AS MATERIALIZED (
    SELECT m.id AS about, false AS binding, false AS explained, m.plan, m.starts_at FROM api.meetings_to_judge(:id) m
)
{facts}

-- statement: services_judged()
SELECT api.judge_meetings_again()

-- statement: services_answer(id uuid)
SELECT answer.* FROM regulation_versions v
 CROSS JOIN api.emit('meeting_services.version_created', 'meeting-services/versions/' || v.id, NULL, {version})
 CROSS JOIN api.answer(201, 1, 'meeting-services/versions/' || v.id, {version}) answer
 WHERE v.id = :id
