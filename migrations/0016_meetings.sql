-- Services by the codes of the version of Annex 2 that has them, meetings as they took place beside how they were planned, and who
-- did what under the names of then.

-- A version may list further services. `application`: it has one of its own beside the browser. `place`: in the order given.
ALTER TABLE kiki.meeting_services
    DROP CONSTRAINT meeting_services_code_check,
    ADD CONSTRAINT meeting_services_code CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$' AND code <> 'other'),
    ADD COLUMN application boolean NOT NULL DEFAULT true,
    ADD COLUMN place int NOT NULL DEFAULT 0;
UPDATE kiki.meeting_services
   SET application = code <> 'google_meet',
       place = array_position('{webex,zoom_jgp,zoom,microsoft_teams,google_meet}', code);

ALTER TABLE kiki.meetings
    DROP CONSTRAINT meetings_service_check,
    -- The settings as they were, and what the rules said of them.
    ADD COLUMN actual jsonb,
    ADD COLUMN actual_verdict text CHECK (actual_verdict IN ('permitted', 'permitted_with_exception', 'refused')),
    ADD COLUMN actual_findings jsonb,
    ADD COLUMN actual_not_judged text[],
    ADD COLUMN actual_regulation_version date,
    ADD COLUMN actual_annex2_version date,
    -- The regulation whose text the rules hold that judged.
    ADD COLUMN rules_of date NOT NULL DEFAULT '2025-10-16',
    ADD COLUMN actual_rules_of date,
    ADD COLUMN created_by jsonb,
    ADD COLUMN planned_by jsonb,
    ADD COLUMN confirmed_by jsonb,
    ADD COLUMN held_by jsonb,
    ADD COLUMN closed_by jsonb,
    ADD COLUMN cancelled_by jsonb;

-- Of what was held already no more is known than the plan, which was not judged as a fact.
WITH known (id, actor) AS (
    SELECT id, jsonb_build_object('kind', 'staff', 'id', id, 'name', name, 'title', title, 'acting', NULL) FROM kiki.staff
     UNION ALL
    SELECT id, jsonb_build_object('kind', 'client', 'id', id, 'name', name, 'title', NULL, 'acting', NULL) FROM kiki.api_clients
)
UPDATE kiki.meetings meeting
   SET actual = CASE WHEN meeting.held_at IS NOT NULL THEN meeting.plan END,
       created_by = (SELECT actor FROM known WHERE known.id = meeting.created_by_id),
       planned_by = (SELECT actor FROM known WHERE known.id = meeting.planned_by_id),
       held_by = (SELECT actor FROM known WHERE known.id = meeting.held_by_id),
       closed_by = (SELECT actor FROM known WHERE known.id = meeting.closed_by_id),
       cancelled_by = (SELECT actor FROM known WHERE known.id = meeting.cancelled_by_id),
       confirmed_by = (
           SELECT known.actor || jsonb_build_object('acting', (
                      SELECT jsonb_build_object('post_id', post.id, 'post_name', post.name, 'holder_id', holder.id,
                                                'holder_name', holder.name)
                        FROM kiki.posts post JOIN kiki.staff holder ON holder.id = meeting.confirmed_for_id
                       WHERE post.department_id = meeting.department_id AND post.is_head
                       ORDER BY post.code LIMIT 1))
             FROM known WHERE known.id = meeting.confirmed_by_id);

ALTER TABLE kiki.meetings
    ALTER COLUMN created_by SET NOT NULL,
    ALTER COLUMN created_by SET DEFAULT api.actor(),
    ADD CONSTRAINT meetings_planned_by CHECK ((planned_by IS NULL) = (planned_at IS NULL)),
    ADD CONSTRAINT meetings_confirmed_by CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
    ADD CONSTRAINT meetings_held_by CHECK ((held_by IS NULL) = (held_at IS NULL)),
    ADD CONSTRAINT meetings_closed_by CHECK ((closed_by IS NULL) = (closed_at IS NULL)),
    ADD CONSTRAINT meetings_cancelled_by CHECK ((cancelled_by IS NULL) = (cancelled_at IS NULL)),
    ADD CONSTRAINT meetings_actual CHECK ((actual IS NULL) = (held_at IS NULL)),
    ADD CONSTRAINT meetings_actual_judged CHECK (num_nonnulls(actual_verdict, actual_findings, actual_not_judged, actual_rules_of,
                                                              actual_regulation_version, actual_annex2_version) IN (0, 6)),
    ADD CONSTRAINT meetings_actual_service_named CHECK (actual ->> 'service' <> 'other' OR actual ->> 'service_name' IS NOT NULL),
    -- What is to be accounted for is what there was.
    DROP CONSTRAINT meetings_cloud_recording,
    DROP CONSTRAINT meetings_cloud_transcript,
    DROP CONSTRAINT meetings_cloud_chat,
    DROP CONSTRAINT meetings_consent_evidence,
    ADD CONSTRAINT meetings_cloud_recording CHECK (status <> 'closed' OR actual ->> 'role' <> 'hosting'
                                                   OR actual ->> 'recording' <> 'cloud' OR cloud_recording IS NOT NULL),
    ADD CONSTRAINT meetings_cloud_transcript CHECK (status <> 'closed' OR actual ->> 'role' <> 'hosting'
                                                    OR NOT (actual ->> 'transcription')::boolean OR cloud_transcript IS NOT NULL),
    ADD CONSTRAINT meetings_cloud_chat CHECK (status <> 'closed' OR actual ->> 'role' <> 'hosting'
                                              OR NOT (actual ->> 'chat')::boolean OR cloud_chat IS NOT NULL),
    ADD CONSTRAINT meetings_consent_evidence CHECK (status <> 'closed' OR actual ->> 'role' <> 'hosting'
                                                    OR actual ->> 'recording' = 'none' OR actual ->> 'recording_consent' = 'none'
                                                    OR consent_evidence IS NOT NULL);
CREATE INDEX meetings_not_as_planned ON kiki.meetings (held_at, id)
    WHERE held_at IS NOT NULL AND (planned_at IS NULL OR verdict = 'refused' OR actual_verdict = 'refused' OR actual <> plan);

-- Who asked and who answered.
ALTER TABLE kiki.service_consultations ADD COLUMN asked_by jsonb, ADD COLUMN answered_by jsonb;
WITH known (id, actor) AS (
    SELECT id, jsonb_build_object('kind', 'staff', 'id', id, 'name', name, 'title', title, 'acting', NULL) FROM kiki.staff
     UNION ALL
    SELECT id, jsonb_build_object('kind', 'client', 'id', id, 'name', name, 'title', NULL, 'acting', NULL) FROM kiki.api_clients
)
UPDATE kiki.service_consultations consultation
   SET asked_by = (SELECT actor FROM known WHERE known.id = consultation.asked_by_id),
       answered_by = (SELECT actor FROM known WHERE known.id = consultation.answered_by_id);
ALTER TABLE kiki.service_consultations
    ALTER COLUMN asked_by SET NOT NULL,
    ALTER COLUMN asked_by SET DEFAULT api.actor(),
    ADD CONSTRAINT service_consultations_answered_by CHECK ((answered_by IS NULL) = (answered_at IS NULL));
