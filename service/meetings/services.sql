-- include: facts

-- The catalogue of services by version (annex2.table1, annex2.table3). A version is a version of Annex 2.

-- define: services
(SELECT json_agg(json_build_object(
            'code', service.code, 'name', service.name, 'usable_up_to', service.usable_up_to, 'ismap', service.ismap,
            'end_to_end_encryption', service.end_to_end_encryption, 'domestic_servers', service.domestic_servers,
            'invitation', service.invitation, 'waiting_room', service.waiting_room, 'removal', service.removal,
            'screen_sharing', service.screen_sharing, 'chat', service.chat, 'recording', service.recording,
            'file_transfer', service.file_transfer, 'application', service.application, 'note', service.note)
            ORDER BY service.place, service.code)
   FROM meeting_services service WHERE service.regulation_version_id = edition.id)

-- define: version
json_build_object(
    'id', edition.id, 'effective_on', edition.effective_on, 'title', edition.title,
    'document_number', edition.document_number, 'note', edition.note, 'services', {services},
    'created_at', edition.created_at)

-- view: list_meeting_services(as_of date)
SELECT json_build_object(
           'annex2_version', edition.effective_on, 'meeting_service_version_id', edition.id, 'title', edition.title,
           'document_number', edition.document_number, 'note', edition.note, 'items', {services}, 'next_cursor', NULL)
  FROM regulation_versions edition WHERE edition.id = api.catalogue_on(coalesce(:as_of, api.today()))

-- page: list_meeting_service_versions()
-- sort: effective_on date
SELECT edition.id AS tie, edition.effective_on, {version} AS item FROM regulation_versions edition
 WHERE edition.document = 'annex2'

-- A version never changes.
-- operation: get_meeting_service_version(meeting_service_version_id uuid)
SELECT 1, {version} FROM regulation_versions edition WHERE edition.id = :meeting_service_version_id
       AND edition.document = 'annex2'

-- statement: services_hold()
SELECT api.new_id(), api.hold_catalogue(true)

-- What the first version lists stays in the tables: usable_up_to NULL takes it out of use. What was added may go again.
-- statement: services_add(id uuid, body jsonb)
WITH given AS (
    SELECT sent.*, (SELECT array_agg(element ->> 'code') FROM jsonb_array_elements(CAST(:body AS jsonb) -> 'services') element)
               AS codes
      FROM jsonb_populate_record(NULL::regulation_versions, :body) sent
    -- refuse: value-not-accepted /services service_missing unless api.first_services() <@ codes
    -- refuse: value-not-accepted /services service_twice unless (
    --   cardinality(codes) = (SELECT count(DISTINCT code) FROM unnest(codes) code))
), edition AS (
    INSERT INTO regulation_versions (id, document, effective_on, title, document_number, note)
    SELECT :id, 'annex2', effective_on, title, document_number, note FROM given
    RETURNING id
)
INSERT INTO meeting_services (regulation_version_id, place, code, name, usable_up_to, ismap, end_to_end_encryption,
                              domestic_servers, invitation, waiting_room, removal, screen_sharing, chat, recording, file_transfer,
                              application, note)
SELECT edition.id, listed.place, element.code, element.name, element.usable_up_to, element.ismap, element.end_to_end_encryption,
       element.domestic_servers, element.invitation, element.waiting_room, element.removal, element.screen_sharing, element.chat,
       element.recording, element.file_transfer, element.application, element.note
  FROM edition CROSS JOIN jsonb_array_elements(CAST(:body AS jsonb) -> 'services') WITH ORDINALITY listed (service, place)
 CROSS JOIN jsonb_populate_record(NULL::meeting_services, listed.service) element

-- statement: services_added(id uuid)
-- row: meeting_service
{services_judged_by} WHERE service.regulation_version_id = :id ORDER BY service.place, service.code

-- Each is judged by the version that was added, and is what it is whatever the rules say.
-- statement: services_planned(id uuid)
-- row: judging_subject
-- row: meeting_plan
-- row: meeting_versions
-- row: meeting_consultation
WITH asked AS MATERIALIZED (
    SELECT planned.id AS about, false AS binding, false AS explained, 'plan' AS stage, planned.plan, planned.starts_at
      FROM api.meetings_to_judge(:id) planned
)
{facts}

-- statement: services_judged()
SELECT api.judge_meetings_again()

-- statement: services_answer(id uuid)
SELECT answer.* FROM regulation_versions edition
 CROSS JOIN api.emit('meeting_services.version_created', 'meeting-services/versions/' || edition.id, NULL, {version})
 CROSS JOIN api.answer(201, 1, 'meeting-services/versions/' || edition.id, {version}) answer
 WHERE edition.id = :id
