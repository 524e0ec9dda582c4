-- Web meetings (art8.1.1, Annex 2): the catalogue of services, consultations about others, and the meetings themselves.

-- The service tables of a version of Annex 2: where each service stands in table 1, and its row of table 3. A version
-- never changes.
CREATE TABLE kiki.meeting_services (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    regulation_version_id uuid NOT NULL REFERENCES kiki.regulation_versions,
    code text NOT NULL CHECK (code IN ('webex', 'zoom_jgp', 'zoom', 'microsoft_teams', 'google_meet')),
    name text NOT NULL,
    -- The strictest class it may be used for, and so for those below it; NULL: for none.
    usable_up_to text CHECK (usable_up_to IN ('I', 'II', 'III')),
    ismap boolean NOT NULL,
    end_to_end_encryption text NOT NULL CHECK (end_to_end_encryption IN ('available', 'one_to_one', 'unavailable')),
    domestic_servers boolean NOT NULL,
    invitation boolean NOT NULL,
    waiting_room boolean NOT NULL,
    removal boolean NOT NULL,
    screen_sharing boolean NOT NULL,
    chat boolean NOT NULL,
    recording boolean NOT NULL,
    file_transfer boolean NOT NULL,
    note text,
    CONSTRAINT meeting_services_once UNIQUE (regulation_version_id, code)
);
SELECT api.track('kiki.meeting_services');
GRANT SELECT, INSERT ON kiki.meeting_services TO kiki_service;
CREATE POLICY readers ON kiki.meeting_services FOR SELECT TO kiki_service USING (true);
CREATE POLICY writers ON kiki.meeting_services FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('digital_office', 'general_manager')));
CREATE POLICY writers_of_annex2 ON kiki.regulation_versions FOR INSERT TO kiki_service
    WITH CHECK (document = 'annex2' AND (SELECT api.may('digital_office')));

SELECT set_config('kiki.operation', 'migrate', true);
INSERT INTO kiki.meeting_services (regulation_version_id, code, name, usable_up_to, ismap, end_to_end_encryption, domestic_servers,
                                   invitation, waiting_room, removal, screen_sharing, chat, recording, file_transfer, note)
SELECT v.id, s.* FROM kiki.regulation_versions v CROSS JOIN (VALUES
    ('webex', 'Webex', 'I', true, 'available', true, true, true, true, true, true, true, false, NULL),
    ('zoom_jgp', 'Zoom Meetings（Japanese Government Preset）', 'I', true, 'available', true, true, true, true, true, true, true, false,
     '政府向けの構成で契約したものに限る。'),
    ('zoom', 'Zoom Meetings', 'II', false, 'available', false, true, true, true, true, true, false, false, NULL),
    ('microsoft_teams', 'Microsoft Teams', 'I', true, 'one_to_one', true, true, true, true, true, true, true, false,
     'E2E暗号化は2人の通話に限る。多人数では上位のライセンス（Teams Premium）による。'),
    ('google_meet', 'Google Meet', 'III', true, 'unavailable', false, true, true, true, false, false, false, false, NULL)) s
 WHERE v.document = 'annex2' AND v.effective_on = '2024-06-24';

-- A version of Annex 2 has a row for every service: no meeting meets a hole.
CREATE FUNCTION api.guard_catalogue() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM meeting_services s WHERE s.regulation_version_id = NEW.id) <> 5 THEN
        RAISE EXCEPTION 'version % of Annex 2 has a hole in its tables', NEW.effective_on;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER regulation_versions_catalogue AFTER INSERT ON kiki.regulation_versions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.document = 'annex2') EXECUTE FUNCTION api.guard_catalogue();

-- Who judges a meeting to write it keeps new versions waiting, so that none slips between the two.
CREATE FUNCTION api.hold_catalogue(exclusive boolean) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF exclusive THEN
        PERFORM pg_advisory_xact_lock(hashtext('kiki.meeting_services'));
    ELSE
        PERFORM pg_advisory_xact_lock_shared(hashtext('kiki.meeting_services'));
    END IF;
END $$;

-- The version of Annex 2 that was in force on a day.
CREATE FUNCTION api.catalogue_on(day date) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT v.id FROM kiki.regulation_versions v WHERE v.document = 'annex2' AND v.effective_on <= day
     ORDER BY v.effective_on DESC LIMIT 1
$$;

-- The name of a service as it is compared: width, case and spacing ignored.
CREATE FUNCTION api.folded(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT lower(btrim(regexp_replace(normalize(name, NFKC), '\s+', ' ', 'g')))
$$;

-- Asking the digital promotion office about a service that table 1 does not list (annex2.2.2).
CREATE TABLE kiki.service_consultations (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    department_id uuid NOT NULL REFERENCES kiki.departments,
    service_name text NOT NULL,
    confidentiality text NOT NULL CHECK (confidentiality IN ('I', 'II', 'III')),
    question text NOT NULL,
    asked_by_id uuid NOT NULL DEFAULT api.caller(),
    usable boolean,
    conditions text,
    reference text,
    -- First and last day on which the answer holds; NULL: no bound.
    valid_from date,
    valid_until date,
    answered_by_id uuid,
    answered_at timestamptz,
    CONSTRAINT service_consultations_answered CHECK ((usable IS NULL) = (answered_at IS NULL)),
    CONSTRAINT service_consultations_days CHECK (valid_until >= valid_from)
);
CREATE INDEX service_consultations_department ON kiki.service_consultations (department_id, created_at, id);
CREATE INDEX service_consultations_open ON kiki.service_consultations (created_at) WHERE answered_at IS NULL;
SELECT api.track('kiki.service_consultations');
GRANT SELECT, INSERT, UPDATE ON kiki.service_consultations TO kiki_service;
CREATE POLICY readers ON kiki.service_consultations FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all() OR api.may('digital_office')) OR department_id = ANY ((SELECT api.departments())::uuid[]));

-- Whether the caller writes meetings and consultations of a department: its members, and clients within their bounds.
CREATE FUNCTION api.arranges(department uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT department = ANY (api.departments()) OR api.sees_all() AND api.may('meetings:write')
$$;
CREATE POLICY writers_insert ON kiki.service_consultations FOR INSERT TO kiki_service
    WITH CHECK (department_id = ANY ((SELECT api.departments())::uuid[]) OR (SELECT api.sees_all() AND api.may('meetings:write')));
CREATE POLICY writers_update ON kiki.service_consultations FOR UPDATE TO kiki_service
    USING ((SELECT api.may('digital_office')));

-- What a plan says, as the API names it, beside the columns of the meeting.
CREATE TYPE kiki.meeting_plan AS (
    role text,
    confidentiality text,
    confidentiality_confirmed boolean,
    confidentiality_announced boolean,
    service text,
    service_name text,
    service_consultation_id uuid,
    teams_premium boolean,
    participants int,
    server_region text,
    end_to_end_encryption boolean,
    waiting_room boolean,
    can_remove_participants boolean,
    other_admission_measure text,
    admission_check boolean,
    recording text,
    transcription boolean,
    recording_consent text,
    screen_sharing boolean,
    chat boolean,
    file_transfer boolean,
    alternative_transfer_method text,
    terminals jsonb,
    account jsonb,
    client text,
    client_is_latest boolean,
    venue text,
    microphone_muted_when_idle boolean,
    participant_department_ids uuid[],
    partner_organisations text[]
);

-- The plan that a request's body describes: every member is there, and a class in Roman numerals or full width is read.
CREATE FUNCTION api.plan_of(body jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN to_jsonb(jsonb_populate_record(NULL::kiki.meeting_plan,
        '{"teams_premium": false, "participant_department_ids": [], "partner_organisations": []}' || jsonb_strip_nulls(body)
        || jsonb_build_object('confidentiality', normalize(body ->> 'confidentiality', NFKC))));
END $$;

CREATE FUNCTION api.plan_devices(plan jsonb) RETURNS uuid[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY(SELECT (t ->> 'device_id')::uuid FROM jsonb_array_elements(plan -> 'terminals') t WHERE t ->> 'device_id' IS NOT NULL)
$$;

CREATE TABLE kiki.meetings (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    department_id uuid NOT NULL CONSTRAINT meetings_department_exists REFERENCES kiki.departments,
    title text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('draft', 'planned', 'held', 'closed', 'cancelled')),
    plan jsonb NOT NULL,
    role text NOT NULL GENERATED ALWAYS AS (plan ->> 'role') STORED CHECK (role IN ('hosting', 'joining')),
    confidentiality text NOT NULL GENERATED ALWAYS AS (plan ->> 'confidentiality') STORED CHECK (confidentiality IN ('I', 'II', 'III')),
    service text NOT NULL GENERATED ALWAYS AS (plan ->> 'service') STORED
        CHECK (service IN ('webex', 'zoom_jgp', 'zoom', 'microsoft_teams', 'google_meet', 'other')),
    service_consultation_id uuid GENERATED ALWAYS AS ((plan ->> 'service_consultation_id')::uuid) STORED
        REFERENCES kiki.service_consultations,
    device_ids uuid[] NOT NULL GENERATED ALWAYS AS (api.plan_devices(plan)) STORED,
    exception_reason text,
    created_by_id uuid NOT NULL DEFAULT api.caller(),
    -- What the rules said of the plan as it is, in each language, and the versions they judged by.
    verdict text NOT NULL CHECK (verdict IN ('permitted', 'permitted_with_exception', 'refused')),
    findings jsonb NOT NULL,
    regulation_version date NOT NULL,
    annex2_version date NOT NULL,
    judged_at timestamptz NOT NULL DEFAULT api.now(),
    planned_at timestamptz,
    planned_by_id uuid,
    -- The usage manager's confirmation of the exceptions; a plan that is judged otherwise loses it.
    confirmed_at timestamptz,
    confirmed_by_id uuid,
    confirmed_for_id uuid,
    own_meeting_confirmed boolean,
    held_at timestamptz,
    held_by_id uuid,
    -- Why it took place without being planned, or although the rules refuse it.
    held_reason text,
    closed_at timestamptz,
    closed_by_id uuid,
    cloud_recording text CHECK (cloud_recording IN ('moved', 'deleted', 'not_needed')),
    cloud_transcript text CHECK (cloud_transcript IN ('moved', 'deleted', 'not_needed')),
    cloud_chat text CHECK (cloud_chat IN ('moved', 'deleted', 'not_needed')),
    moved_to text,
    -- How and when the participants consented or were told.
    consent_evidence text,
    closing_remarks text,
    cancelled_at timestamptz,
    cancelled_by_id uuid,
    cancellation_reason text,
    CONSTRAINT meetings_end_after_start CHECK (ends_at > starts_at),
    CONSTRAINT meetings_service_named CHECK (service <> 'other' OR plan ->> 'service_name' IS NOT NULL),
    CONSTRAINT meetings_planned CHECK ((planned_at IS NULL) = (planned_by_id IS NULL) AND (status <> 'planned' OR planned_at IS NOT NULL)),
    CONSTRAINT meetings_held CHECK ((held_at IS NOT NULL) = (status IN ('held', 'closed'))),
    CONSTRAINT meetings_held_reason CHECK (held_at IS NULL OR planned_at IS NOT NULL AND verdict <> 'refused'
                                           OR held_reason IS NOT NULL),
    CONSTRAINT meetings_closed CHECK ((closed_at IS NOT NULL) = (status = 'closed')),
    CONSTRAINT meetings_cancelled CHECK ((cancelled_at IS NOT NULL) = (status = 'cancelled')),
    CONSTRAINT meetings_cloud_recording CHECK (status <> 'closed' OR role <> 'hosting' OR plan ->> 'recording' <> 'cloud'
                                               OR cloud_recording IS NOT NULL),
    CONSTRAINT meetings_cloud_transcript CHECK (status <> 'closed' OR role <> 'hosting' OR NOT (plan ->> 'transcription')::boolean
                                                OR cloud_transcript IS NOT NULL),
    CONSTRAINT meetings_cloud_chat CHECK (status <> 'closed' OR role <> 'hosting' OR NOT (plan ->> 'chat')::boolean
                                          OR cloud_chat IS NOT NULL),
    CONSTRAINT meetings_moved_to CHECK (moved_to IS NOT NULL OR NOT 'moved' IN (coalesce(cloud_recording, ''), coalesce(cloud_transcript, ''),
                                                                               coalesce(cloud_chat, ''))),
    CONSTRAINT meetings_consent_evidence CHECK (status <> 'closed' OR role <> 'hosting' OR plan ->> 'recording' = 'none'
                                                OR plan ->> 'recording_consent' = 'none' OR consent_evidence IS NOT NULL)
);
CREATE INDEX meetings_department ON kiki.meetings (department_id, starts_at, id);
CREATE INDEX meetings_ahead ON kiki.meetings (id) WHERE status IN ('draft', 'planned');
CREATE INDEX meetings_devices ON kiki.meetings USING gin (device_ids);
SELECT api.track('kiki.meetings');
GRANT SELECT, INSERT, UPDATE ON kiki.meetings TO kiki_service;
CREATE POLICY readers ON kiki.meetings FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
CREATE POLICY writers_insert ON kiki.meetings FOR INSERT TO kiki_service
    WITH CHECK (department_id = ANY ((SELECT api.departments())::uuid[]) OR (SELECT api.sees_all() AND api.may('meetings:write')));
CREATE POLICY writers_update ON kiki.meetings FOR UPDATE TO kiki_service
    USING (department_id = ANY ((SELECT api.departments())::uuid[]) OR (SELECT api.sees_all() AND api.may('meetings:write')));

-- What rules/meeting.h judges: the plan, the versions of its day, and the answer it cites.
CREATE FUNCTION api.meeting_facts(plan jsonb, starts_at timestamptz) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    day date := api.day_of(starts_at);
    catalogue uuid := api.catalogue_on(day);
BEGIN
    RETURN plan || jsonb_build_object(
        'starts_at', starts_at,
        'folded_service_name', api.folded(plan ->> 'service_name'),
        'regulation_version', (SELECT max(v.effective_on) FROM kiki.regulation_versions v
                                WHERE v.document = 'regulation' AND v.effective_on <= day),
        'annex2_version', (SELECT v.effective_on FROM kiki.regulation_versions v WHERE v.id = catalogue),
        'services', (SELECT jsonb_agg(to_jsonb(s)) FROM kiki.meeting_services s WHERE s.regulation_version_id = catalogue),
        'consultation', (SELECT jsonb_build_object('usable', coalesce(c.usable, false), 'service_name', api.folded(c.service_name),
                                                   'confidentiality', c.confidentiality, 'valid_from', c.valid_from,
                                                   'valid_until', c.valid_until)
                           FROM kiki.service_consultations c WHERE c.id = (plan ->> 'service_consultation_id')::uuid));
END $$;

-- A new version of the catalogue judges again what is planned for its days, drafts included: one that takes place all the
-- same keeps the judgement of its day. Those who add a version do not see the meetings.
CREATE FUNCTION api.meetings_to_judge(catalogue uuid) RETURNS TABLE (id uuid, facts jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF NOT api.may('digital_office', 'general_manager') THEN
        PERFORM api.refuse('forbidden');
    END IF;
    RETURN QUERY
    WITH ahead AS MATERIALIZED (
        SELECT m.id, m.plan, m.starts_at FROM meetings m
         WHERE m.status IN ('draft', 'planned') AND api.catalogue_on(api.day_of(m.starts_at)) = catalogue
         ORDER BY m.id FOR UPDATE
    )
    SELECT ahead.id, api.meeting_facts(ahead.plan, ahead.starts_at) FROM ahead;
END $$;

-- `judged`: [{"id": …, "verdict": …, "regulation_version": …, "annex2_version": …, "findings": …}, …]
CREATE FUNCTION api.judge_meetings_again(judged jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
DECLARE
    changed record;
BEGIN
    IF NOT api.may('digital_office', 'general_manager') THEN
        PERFORM api.refuse('forbidden');
    END IF;
    FOR changed IN WITH seen AS (
        SELECT m.id, m.department_id, m.verdict AS before, j.verdict, j.regulation_version, j.annex2_version, j.findings,
               m.findings = j.findings AS same
          FROM jsonb_to_recordset(judged) AS j (id uuid, verdict text, regulation_version date, annex2_version date, findings jsonb)
          JOIN meetings m ON m.id = j.id
    )
        UPDATE meetings m
           SET verdict = seen.verdict, findings = seen.findings, regulation_version = seen.regulation_version,
               annex2_version = seen.annex2_version, judged_at = api.now(),
               confirmed_at = CASE WHEN seen.same THEN m.confirmed_at END,
               confirmed_by_id = CASE WHEN seen.same THEN m.confirmed_by_id END,
               confirmed_for_id = CASE WHEN seen.same THEN m.confirmed_for_id END,
               own_meeting_confirmed = CASE WHEN seen.same THEN m.own_meeting_confirmed END
          FROM seen WHERE m.id = seen.id
        RETURNING m.id, m.department_id, seen.before, m.verdict, m.annex2_version
    LOOP
        IF changed.before <> changed.verdict THEN
            PERFORM api.emit('meeting.judged_again', 'meetings/' || changed.id, changed.department_id,
                             json_build_object('id', changed.id, 'verdict_before', changed.before, 'verdict', changed.verdict,
                                               'annex2_version', changed.annex2_version));
        END IF;
    END LOOP;
END $$;

-- The day by which what a hosted meeting leaves in the cloud is cleared (annex2.4.4); NULL: nothing to clear.
CREATE FUNCTION api.clean_up_by(meeting kiki.meetings, days int) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN meeting.role = 'hosting' AND meeting.status IN ('planned', 'held')
                 AND (meeting.plan ->> 'recording' = 'cloud' OR (meeting.plan ->> 'transcription')::boolean
                      OR (meeting.plan ->> 'chat')::boolean)
                THEN api.day_of(meeting.ends_at) + days END
$$;

-- What is open about a meeting now: planned although refused by the version of its day, held unplanned or refused, an
-- exception that the usage manager has not confirmed, data in the cloud beyond the set days.
CREATE FUNCTION api.meeting_open_findings(meeting kiki.meetings, clean_up_days int) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_remove(ARRAY[
        CASE WHEN meeting.status = 'planned' AND meeting.verdict = 'refused' THEN 'planned_and_refused' END,
        CASE WHEN meeting.status IN ('held', 'closed') AND (meeting.planned_at IS NULL OR meeting.verdict = 'refused')
             THEN 'held_unpermitted' END,
        CASE WHEN meeting.status IN ('planned', 'held', 'closed') AND meeting.verdict = 'permitted_with_exception'
              AND meeting.confirmed_at IS NULL THEN 'exception_unconfirmed' END,
        CASE WHEN api.clean_up_by(meeting, clean_up_days) < api.today() THEN 'clean_up_overdue' END], NULL)
$$;

-- A use names the meeting it is for (check_out.meeting), as it was called then.
ALTER TABLE kiki.usage_entries
    ADD COLUMN meeting_id uuid REFERENCES kiki.meetings,
    ADD COLUMN meeting_title text,
    ADD COLUMN meeting_confidentiality text,
    ADD CONSTRAINT usage_entries_meeting CHECK ((meeting_id IS NULL) = (meeting_title IS NULL)
                                                AND (meeting_id IS NULL) = (meeting_confidentiality IS NULL));
CREATE INDEX usage_entries_meeting_id ON kiki.usage_entries (meeting_id) WHERE meeting_id IS NOT NULL;

-- Who lends for a meeting keeps it as it is until the use is written; called once the caller has seen the meeting.
CREATE FUNCTION api.hold_meeting(meeting uuid) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM FROM meetings m WHERE m.id = meeting FOR SHARE;
END $$;
