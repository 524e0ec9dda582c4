-- Web meetings (art8.1.1, Annex 2).

SELECT api.track('kiki.meeting_services');
GRANT SELECT, INSERT ON kiki.meeting_services TO kiki_service;
CREATE POLICY readers ON kiki.meeting_services FOR SELECT TO kiki_service USING (true);
CREATE POLICY writers ON kiki.meeting_services FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('digital_office', 'general_manager')));
CREATE POLICY writers_of_annex2 ON kiki.regulation_versions FOR INSERT TO kiki_service
    WITH CHECK (document = 'annex2' AND (SELECT api.may('digital_office')));

-- The services of the first version of Annex 2, which every later one has as well.
CREATE OR REPLACE FUNCTION api.first_services() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(service.code) FROM kiki.meeting_services service
     WHERE service.regulation_version_id = (SELECT edition.id FROM kiki.regulation_versions edition
                                             WHERE edition.document = 'annex2' ORDER BY edition.effective_on LIMIT 1)
$$;

-- No version of Annex 2 leaves one of them out: no meeting meets a hole.
CREATE OR REPLACE FUNCTION api.guard_catalogue() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF NOT api.first_services() <@ ARRAY(SELECT service.code FROM meeting_services service
                                          WHERE service.regulation_version_id = NEW.id) THEN
        RAISE EXCEPTION 'version % of Annex 2 has a hole in its tables', NEW.effective_on;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER regulation_versions_catalogue AFTER INSERT ON kiki.regulation_versions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.document = 'annex2') EXECUTE FUNCTION api.guard_catalogue();

-- Who judges a meeting to write it keeps new versions waiting, so that none slips between the two.
CREATE OR REPLACE FUNCTION api.hold_catalogue(exclusive boolean) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM api.hold('meeting services', shared => NOT exclusive);
END $$;

-- The version of Annex 2 that was in force on a day.
CREATE OR REPLACE FUNCTION api.catalogue_on(day date) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT edition.id FROM kiki.regulation_versions edition WHERE edition.document = 'annex2' AND edition.effective_on <= day
     ORDER BY edition.effective_on DESC LIMIT 1
$$;

SELECT api.track('kiki.service_consultations');
GRANT SELECT, INSERT, UPDATE ON kiki.service_consultations TO kiki_service;
-- An answer holds for the city, so any member of staff reads it, whoever asked.
CREATE POLICY readers ON kiki.service_consultations FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all() OR api.may('digital_office')) OR department_id = ANY ((SELECT api.departments())::uuid[])
           OR answered_at IS NOT NULL AND (SELECT api.staff_id() IS NOT NULL));

-- Whether the caller writes meetings and consultations of a department: its members, and clients within their bounds.
CREATE OR REPLACE FUNCTION api.arranges(department uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT department = ANY (api.departments()) OR api.sees_all() AND api.may('meetings:write')
$$;
CREATE POLICY writers_insert ON kiki.service_consultations FOR INSERT TO kiki_service
    WITH CHECK (department_id = ANY ((SELECT api.departments())::uuid[])
                OR (SELECT api.sees_all() AND api.may('meetings:write')));
CREATE POLICY writers_update ON kiki.service_consultations FOR UPDATE TO kiki_service
    USING ((SELECT api.may('digital_office')));

-- The plan that a request's body describes: every member is there, and a class in Roman numerals or full width is read.
CREATE OR REPLACE FUNCTION api.plan_of(body jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN to_jsonb(jsonb_populate_record(NULL::kiki.meeting_plan,
        '{"teams_premium": false, "participant_department_ids": [], "partner_organisations": []}' || jsonb_strip_nulls(body)
        || jsonb_build_object('confidentiality', normalize(body ->> 'confidentiality', NFKC))));
END $$;

SELECT api.track('kiki.meetings');
GRANT SELECT, INSERT, UPDATE ON kiki.meetings TO kiki_service;
CREATE POLICY readers ON kiki.meetings FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
CREATE POLICY writers_insert ON kiki.meetings FOR INSERT TO kiki_service
    WITH CHECK (department_id = ANY ((SELECT api.departments())::uuid[])
                OR (SELECT api.sees_all() AND api.may('meetings:write')));
CREATE POLICY writers_update ON kiki.meetings FOR UPDATE TO kiki_service
    USING (department_id = ANY ((SELECT api.departments())::uuid[]) OR (SELECT api.sees_all() AND api.may('meetings:write')));

-- What a usage manager confirms of a meeting: the findings by rule and level, whatever their words, and what it is about.
CREATE OR REPLACE FUNCTION api.meeting_confirmable(meeting kiki.meetings) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object(
        'findings', (SELECT jsonb_object_agg(element.finding ->> 'rule', element.finding -> 'level')
                       FROM jsonb_array_elements(meeting.findings -> 'ja') element (finding)),
        'confidentiality', meeting.plan -> 'confidentiality', 'service', meeting.plan -> 'service',
        'service_name', api.folded(meeting.plan ->> 'service_name'), 'day', api.day_of(meeting.starts_at),
        'participants', meeting.plan -> 'participants',
        'departments', ARRAY(SELECT named.id FROM jsonb_array_elements_text(meeting.plan -> 'participant_department_ids')
                                  named (id) ORDER BY named.id),
        'partners', ARRAY(SELECT named.name FROM jsonb_array_elements_text(meeting.plan -> 'partner_organisations')
                               named (name) ORDER BY named.name))
$$;

-- A confirmation holds for what was confirmed, and is asked for again when that is another.
CREATE OR REPLACE FUNCTION api.unconfirm_meeting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF api.meeting_confirmable(OLD) <> api.meeting_confirmable(NEW) THEN
        NEW.confirmed_at := NULL;
        NEW.confirmed_by_id := NULL;
        NEW.confirmed_by := NULL;
        NEW.confirmed_for_id := NULL;
        NEW.own_meeting_confirmed := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER meetings_confirmed BEFORE UPDATE ON kiki.meetings FOR EACH ROW WHEN (OLD.confirmed_at IS NOT NULL)
    EXECUTE FUNCTION api.unconfirm_meeting();

-- The answer that a plan cites, the same for everybody who judges it.
CREATE OR REPLACE FUNCTION api.answer_cited(consultation uuid, OUT usable boolean, OUT answered_name text,
    OUT answered_class text, OUT valid_from date, OUT valid_until date, OUT conditions text) RETURNS record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
    SELECT consulted.usable, api.folded(consulted.service_name), consulted.confidentiality, consulted.valid_from,
           consulted.valid_until, consulted.conditions
      FROM service_consultations consulted WHERE consulted.id = consultation
$$;

-- How a meeting stands that a use is for; `none`: it is for none.
CREATE OR REPLACE FUNCTION api.meeting_cited(meeting uuid, OUT standing text, OUT starts_at timestamptz, OUT ends_at timestamptz)
RETURNS record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
    SELECT CASE WHEN meeting IS NULL THEN 'none'
                WHEN planned.status = 'planned' AND planned.verdict = 'refused' THEN 'refused' ELSE planned.status END,
           planned.starts_at, planned.ends_at
      FROM (VALUES (meeting)) cited (id) LEFT JOIN meetings planned ON planned.id = cited.id
$$;

-- A new version of the catalogue judges again what is planned for its days, drafts included: one that takes place all the
-- same keeps the judgement of its day. Those who add a version do not see the meetings.
CREATE OR REPLACE FUNCTION api.meetings_to_judge(catalogue uuid) RETURNS SETOF kiki.meetings
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF NOT api.may('digital_office', 'general_manager') THEN
        PERFORM api.refuse('forbidden');
    END IF;
    RETURN QUERY
    SELECT meeting.* FROM meetings meeting
     WHERE meeting.status IN ('draft', 'planned') AND api.catalogue_on(api.day_of(meeting.starts_at)) = catalogue
     ORDER BY meeting.id FOR UPDATE;
END $$;

CREATE OR REPLACE FUNCTION api.judge_meetings_again() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
DECLARE
    changed record;
BEGIN
    IF NOT api.may('digital_office', 'general_manager') THEN
        PERFORM api.refuse('forbidden');
    END IF;
    FOR changed IN WITH seen AS (
        SELECT meeting.id, meeting.verdict AS before, judgement.*
          FROM api.judged() judgement JOIN meetings meeting ON meeting.id = judgement.about
    )
        UPDATE meetings meeting
           SET verdict = seen.verdict, findings = seen.findings, not_judged = seen.not_judged,
               regulation_version = seen.regulation_version, rules_of = api.judged_by_rules_of(),
               annex2_version = seen.annex2_version, judged_at = api.now()
          FROM seen WHERE meeting.id = seen.id
        RETURNING meeting.id, meeting.department_id, seen.before, meeting.verdict, meeting.annex2_version
    LOOP
        IF changed.before <> changed.verdict THEN
            PERFORM api.emit('meeting.judged_again', 'meetings/' || changed.id, changed.department_id,
                             json_build_object('id', changed.id, 'verdict_before', changed.before, 'verdict', changed.verdict,
                                               'annex2_version', changed.annex2_version));
        END IF;
    END LOOP;
END $$;

-- The settings that were not as planned.
CREATE OR REPLACE FUNCTION api.meeting_differences(plan jsonb, actual jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_agg(setting.key ORDER BY setting.key), '{}') FROM jsonb_each(actual) setting
     WHERE setting.value IS DISTINCT FROM plan -> setting.key
$$;

-- The day by which what a hosted meeting leaves in the cloud, as it was or as it is planned, is cleared (annex2.4.4); NULL:
-- nothing to clear.
CREATE OR REPLACE FUNCTION api.clean_up_by(meeting kiki.meetings, days int) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN meeting.status IN ('planned', 'held') AND settings.known ->> 'role' = 'hosting'
                 AND (settings.known ->> 'recording' = 'cloud' OR (settings.known ->> 'transcription')::boolean
                      OR (settings.known ->> 'chat')::boolean)
                THEN api.day_of(meeting.ends_at) + days END
      FROM (SELECT coalesce(meeting.actual, meeting.plan) AS known) settings
$$;

-- What the rules found to be a violation of a meeting as it was.
CREATE OR REPLACE FUNCTION api.meeting_violations(meeting kiki.meetings)
RETURNS TABLE (rule text, clauses text[], ja text, en text) LANGUAGE sql STABLE AS $$
    SELECT element.finding ->> 'rule', ARRAY(SELECT jsonb_array_elements_text(element.finding -> 'clauses')),
           element.finding ->> 'title', meeting.actual_findings #>> ARRAY['en', (element.n - 1)::text, 'title']
      FROM jsonb_array_elements(meeting.actual_findings -> 'ja') WITH ORDINALITY element (finding, n)
     WHERE element.finding ->> 'level' = 'violation'
$$;

-- What is open about a meeting now: planned although refused by the version of its day, held unplanned or refused, otherwise
-- held against the rules, held not as planned, each until it was noted; an exception that the usage manager has not confirmed;
-- data in the cloud beyond the set days.
CREATE OR REPLACE FUNCTION api.meeting_open_findings(meeting kiki.meetings, clean_up_days int) RETURNS text[] LANGUAGE sql
STABLE AS $$
    SELECT array_remove(ARRAY[
        CASE WHEN meeting.status = 'planned' AND meeting.verdict = 'refused' THEN 'planned_and_refused' END,
        CASE WHEN meeting.held_at IS NULL THEN NULL
             WHEN meeting.planned_at IS NULL OR meeting.verdict = 'refused' THEN
                 CASE WHEN api.roles_left(api.finding_id('meeting_held_unpermitted',
                                                         meeting.id || ' ' || extract(epoch FROM meeting.held_at)),
                                          '{usage_manager,general_manager}') <> '{}' THEN 'held_unpermitted' END
             WHEN EXISTS (SELECT FROM api.meeting_violations(meeting) told
                           WHERE api.roles_left(api.finding_id('meeting_held_with_violation', meeting.id || ' ' || told.rule),
                                                '{usage_manager}') <> '{}') THEN 'held_with_violations' END,
        CASE WHEN meeting.actual <> meeting.plan
              AND api.roles_left(api.finding_id('meeting_held_differently', meeting.id::text), '{usage_manager}') <> '{}'
             THEN 'held_differently' END,
        CASE WHEN meeting.status IN ('planned', 'held', 'closed') AND meeting.verdict = 'permitted_with_exception'
              AND meeting.confirmed_at IS NULL AND meeting.standing_agreement_id IS NULL THEN 'exception_unconfirmed' END,
        CASE WHEN api.clean_up_by(meeting, clean_up_days) < api.today() THEN 'clean_up_overdue' END], NULL)
$$;

-- Who lends for a meeting keeps it as it is until the use is written; called once the caller has seen the meeting.
CREATE OR REPLACE FUNCTION api.hold_meeting(meeting uuid) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF api.waits() THEN
        PERFORM FROM meetings planned WHERE planned.id = meeting FOR SHARE;
        RETURN;
    END IF;
    PERFORM FROM meetings planned WHERE planned.id = meeting FOR SHARE SKIP LOCKED;
    IF NOT FOUND THEN
        PERFORM api.busy(planned.id::text) FROM meetings planned WHERE planned.id = meeting;
    END IF;
END $$;

SELECT api.let_execute('kiki_service', 'answer_cited', 'arranges', 'catalogue_on', 'clean_up_by', 'first_services',
    'hold_catalogue', 'hold_meeting', 'judge_meetings_again', 'meeting_cited', 'meeting_confirmable', 'meeting_differences',
    'meeting_open_findings', 'meeting_violations', 'meetings_to_judge', 'plan_of');
