-- Findings (compliance): what is not as the regulation has it, worked out of the records of the day that is asked about.
-- Each room declares its own (service/README.md).

-- The moment asked about: the end of a past day, or now. A day that has not come yet is answered as now.
CREATE OR REPLACE FUNCTION api.ask_of(day date) RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT FROM set_config('kiki.asked_at', CASE WHEN day < api.today()
                           THEN (api.day_begins(day + 1) - interval '1 microsecond')::text ELSE '' END, true)
$$;
CREATE OR REPLACE FUNCTION api.asks_past() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('kiki.asked_at', true), '') IS NOT NULL
$$;
CREATE OR REPLACE FUNCTION api.asked_at() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('kiki.asked_at', true), '')::timestamptz, api.now())
$$;
CREATE OR REPLACE FUNCTION api.asked_on() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT api.day_of(api.asked_at())
$$;

-- What is found has its id from what it is about, the same whoever asks and whenever: a UUID of version 8.
CREATE OR REPLACE FUNCTION api.finding_id(kind text, subject text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT overlay(overlay(md5(kind || ' ' || subject) PLACING '8' FROM 13) PLACING '8' FROM 17)::uuid
$$;

-- A row that has been changed since the moment asked about, as it was then: what the audit has of it before the first
-- change. Called once the caller has seen the row as it is.
CREATE OR REPLACE FUNCTION api.was(kind text, subject uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT coalesce((SELECT log.before FROM audit_log log
                      WHERE log.subject_id = subject AND log.subject_type = kind AND log.at > api.asked_at()
                        AND log.action = 'update'
                      ORDER BY log.at, (log.before ->> 'version')::bigint LIMIT 1), '{}')
$$;

-- When a member of a row last changed before then, as far as the audit tells.
CREATE OR REPLACE FUNCTION api.changed_at(kind text, subject uuid, member text) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
    SELECT max(log.at) FROM audit_log log
     WHERE log.subject_id = subject AND log.subject_type = kind AND log.at <= api.asked_at() AND log.action = 'update'
       AND log.before -> member IS DISTINCT FROM log.after -> member
$$;

-- api.meetings_asked() and its like: the rows of a table at the moment asked about. For now that is the table itself, with
-- its indexes; what a past day had is another function, so that it costs nothing to plan.
DO $$
DECLARE
    asked text;
BEGIN
    FOREACH asked IN ARRAY ARRAY['devices', 'meetings', 'placements', 'placement_reports', 'placement_requests', 'settings',
                                 'storage_locations'] LOOP
        EXECUTE format(
            'CREATE OR REPLACE FUNCTION api.%1$s_past() RETURNS SETOF kiki.%1$s LANGUAGE plpgsql STABLE AS $body$
             BEGIN
                 RETURN QUERY SELECT past.* FROM kiki.%1$s present
                  CROSS JOIN LATERAL jsonb_populate_record(present, CASE WHEN present.updated_at > api.asked_at()
                                                                    THEN api.was(%1$L, present.id) ELSE ''{}'' END) past
                  WHERE present.created_at <= api.asked_at();
             END $body$', asked);
        EXECUTE format(
            'CREATE OR REPLACE FUNCTION api.%1$s_asked() RETURNS SETOF kiki.%1$s LANGUAGE sql STABLE AS $body$
                 SELECT present.* FROM kiki.%1$s present WHERE NOT api.asks_past()
                  UNION ALL
                 SELECT past.* FROM api.%1$s_past() past WHERE api.asks_past()
             $body$', asked);
        PERFORM api.let_execute('kiki_service', asked || '_asked', asked || '_past');
    END LOOP;
END $$;

-- The entries to which something was added after the moment asked about, and those that were recorded after it.
CREATE OR REPLACE FUNCTION api.usage_since() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT entry.id FROM usage_entries entry WHERE entry.created_at > api.asked_at()
     UNION
    SELECT back.usage_entry_id FROM usage_returns back WHERE back.created_at > api.asked_at()
     UNION
    SELECT usage_entry_id FROM usage_extensions WHERE created_at > api.asked_at()
     UNION
    SELECT usage_entry_id FROM usage_storage_confirmations WHERE created_at > api.asked_at()
     UNION
    SELECT usage_entry_id FROM usage_confirmations WHERE created_at > api.asked_at()
     UNION
    SELECT usage_entry_id FROM usage_corrections WHERE created_at > api.asked_at()
$$;

-- What is known now of an entry, without what was added since: the members that differ. A confirmation stood as long as no
-- correction had followed it.
CREATE OR REPLACE FUNCTION api.usage_was(entry uuid) RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    at constant timestamptz := api.asked_at();
    past jsonb;
    made int;
BEGIN
    SELECT coalesce(jsonb_object_agg(first.field, first.old_value), '{}') INTO past
      FROM (SELECT DISTINCT ON (correction.field) correction.field, correction.old_value FROM usage_corrections correction
             WHERE correction.usage_entry_id = entry AND correction.created_at > at
             ORDER BY correction.field, correction.created_at, correction.id) first;
    SELECT count(*) INTO made FROM usage_corrections correction
     WHERE correction.usage_entry_id = entry AND correction.created_at <= at;
    past := past || coalesce((SELECT correction.old_judgement FROM usage_corrections correction
                               WHERE correction.usage_entry_id = entry AND correction.created_at > at
                                 AND correction.old_judgement IS NOT NULL
                               ORDER BY correction.created_at, correction.id LIMIT 1), '{}');
    past := past || jsonb_build_object('corrections', made, 'due_at', coalesce(
        (SELECT extension.due_at FROM usage_extensions extension
          WHERE extension.usage_entry_id = entry AND extension.created_at <= at
          ORDER BY extension.created_at DESC, extension.id DESC LIMIT 1),
        (SELECT recorded.due_at FROM usage_entries recorded WHERE recorded.id = entry)));
    IF NOT EXISTS (SELECT FROM usage_returns back WHERE back.usage_entry_id = entry AND back.created_at <= at) THEN
        past := past || '{"returned_at": null, "returned_by_id": null, "handed_over": null, "storage_location_id": null,
                          "locked": null, "abnormality": null, "accessories_missing": null, "remarks": null}';
    END IF;
    IF NOT EXISTS (SELECT FROM usage_storage_confirmations confirmation
                    WHERE confirmation.usage_entry_id = entry AND confirmation.created_at <= at) THEN
        past := past || '{"storage_confirmed_at": null, "storage_confirmed_by_id": null}';
    END IF;
    RETURN past || coalesce(
        (SELECT jsonb_build_object('confirmed_at', confirmation.confirmed_at, 'confirmed_by_id', confirmation.confirmed_by_id,
                                   'own_correction_confirmed', confirmation.own_correction)
           FROM usage_confirmations confirmation
          WHERE confirmation.usage_entry_id = entry AND confirmation.corrections = made AND confirmation.created_at <= at),
        '{"confirmed_at": null, "confirmed_by_id": null, "own_correction_confirmed": null}');
END $$;

-- What held at a past moment of those entries of which something could be found then: not returned, not locked away, not
-- confirmed, confirmed by who had used or corrected it, or judged against. That is their state, from which what came later is
-- taken away.
CREATE OR REPLACE FUNCTION api.usage_past() RETURNS SETOF kiki.usage_states LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    WITH since AS MATERIALIZED (SELECT later.id FROM api.usage_since() later (id))
    SELECT state.* FROM kiki.usage_states state
     WHERE (state.confirmed_at IS NULL OR state.unsecured OR state.own_use_confirmed OR state.own_correction_confirmed
            OR state.verdict <> 'permitted')
       AND NOT EXISTS (SELECT FROM since WHERE since.id = state.id)
     UNION ALL
    SELECT whole.* FROM since
      JOIN kiki.usage_entries entry ON entry.id = since.id AND entry.created_at <= api.asked_at()
      JOIN kiki.usage_states state ON state.id = since.id
     CROSS JOIN LATERAL jsonb_populate_record(state, api.usage_was(state.id)) past
     CROSS JOIN LATERAL jsonb_populate_record(past, jsonb_build_object(
         'unsecured', past.locked IS FALSE AND past.storage_confirmed_at IS NULL,
         'own_use_confirmed', CASE WHEN past.confirmed_at IS NOT NULL THEN past.user_staff_id = past.confirmed_by_id END)) whole;
END $$;
-- For now these are all entries; each finding's own condition reaches the index of the few that it is about.
CREATE OR REPLACE FUNCTION api.usage_asked() RETURNS SETOF kiki.usage_states LANGUAGE sql STABLE AS $$
    SELECT state.* FROM kiki.usage_states state WHERE NOT api.asks_past()
     UNION ALL
    SELECT past.* FROM api.usage_past() past WHERE api.asks_past()
$$;

SELECT api.track('kiki.finding_notes');
GRANT SELECT, INSERT ON kiki.finding_notes TO kiki_service;
-- Who sees findings sees what was noted of them; they are noted by whom they stand before, in that role.
CREATE POLICY readers ON kiki.finding_notes FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
CREATE POLICY writers ON kiki.finding_notes FOR INSERT TO kiki_service
    WITH CHECK (CASE role WHEN 'usage_manager' THEN department_id = ANY ((SELECT api.managed_departments())::uuid[])
                          ELSE api.may(role) END);

-- What was noted of findings by the moment asked about, and in which roles.
CREATE OR REPLACE FUNCTION api.noted() RETURNS TABLE (finding_id uuid, roles text[]) LANGUAGE sql STABLE AS $$
    SELECT note.finding_id, array_agg(note.role) FROM kiki.finding_notes note WHERE note.created_at <= api.asked_at()
     GROUP BY note.finding_id
$$;
-- Of the roles before which a finding stands until they have noted it, those that have not.
CREATE OR REPLACE FUNCTION api.roles_left(finding uuid, roles text[]) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT unnest(roles) EXCEPT SELECT note.role FROM kiki.finding_notes note
                                              WHERE note.finding_id = finding AND note.created_at <= api.asked_at())
$$;
-- Who notes a finding in one role: whoever has several is shown with the post that gives him this one.
CREATE OR REPLACE FUNCTION api.actor_as(role text, department uuid) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    opened_by constant text := api.context('opened_by');
    shown jsonb;
BEGIN
    PERFORM set_config('kiki.opened_by', ARRAY[role]::text, true);
    shown := api.actor(CASE role WHEN 'usage_manager' THEN department END);
    PERFORM set_config('kiki.opened_by', coalesce(opened_by, ''), true);
    RETURN shown;
END $$;
-- The roles in which the caller must act.
CREATE OR REPLACE FUNCTION api.acts_as(roles text[], department uuid) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT role FROM unnest(roles) role
                  WHERE CASE role WHEN 'usage_manager' THEN department = ANY (api.managed_departments()) ELSE api.may(role) END)
$$;

SELECT api.let_execute('kiki_service', 'actor_as', 'acts_as', 'ask_of', 'asked_at', 'asked_on', 'asks_past', 'changed_at',
    'finding_id', 'noted', 'roles_left', 'usage_asked', 'usage_past', 'usage_since', 'usage_was', 'was');
