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
