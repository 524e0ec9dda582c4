-- What every request passes besides its own statements: events, answers, Idempotency-Keys, If-Match; and the records it
-- leaves behind.

-- In plpgsql, as is all that every write calls: a function in SQL that cannot be inlined is planned at each call.
CREATE OR REPLACE FUNCTION api.emit(type text, subject text, department_id uuid, data json) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF api.context('secrets') IS NOT NULL THEN
        PERFORM api.keep_secrets(concat_ws(' ', emit.type, emit.subject, emit.data), 'an event');
    END IF;
    INSERT INTO events (type, subject, department_id, data, request_id)
    VALUES (emit.type, emit.subject, emit.department_id, emit.data::jsonb, api.context('request_id'));
    RETURN true;
END $$;

-- The event of a change, and none when nothing changed.
CREATE OR REPLACE FUNCTION api.emit_if(changed boolean, type text, subject text, department_id uuid, data json) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN changed AND api.emit(type, subject, department_id, data);
END $$;

-- `target` is operation and path, `hash` covers query, media type, If-Match and body, `language` is that of the answer.
-- A twin at work, or one whose client lost it during COMMIT, holds the lock until its answer or its refusal is kept;
-- whoever waited then sees it, as each statement of a volatile function has a snapshot of its own. KK200: answered before,
-- ask api.replay. `secret`: the answer will hold one, and cannot be asked for again.
CREATE OR REPLACE FUNCTION api.claim(key text, target text, hash text, language text, secret boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
DECLARE
    known record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws(' ', api.caller(), claim.target, claim.key), 0));
    SELECT kept.hash, kept.secret OR claim.secret AND kept.status < 400 AS withheld INTO known FROM idempotency_keys kept
     WHERE kept.caller = api.caller() AND kept.target = claim.target AND kept.key = claim.key
       AND kept.answered_at > api.now() - interval '24 hours';
    IF NOT FOUND THEN
        PERFORM set_config('kiki.claim_key', claim.key, true), set_config('kiki.claim_target', claim.target, true),
                set_config('kiki.claim_hash', claim.hash, true), set_config('kiki.claim_language', claim.language, true),
                set_config('kiki.secret_response', CASE WHEN claim.secret THEN 'on' ELSE '' END, true);
    ELSIF known.hash <> claim.hash THEN
        PERFORM api.refuse('idempotency-key-reused');
    ELSIF known.withheld THEN
        PERFORM api.refuse('answer-was-secret');
    ELSE
        RAISE EXCEPTION USING ERRCODE = 'KK200', MESSAGE = 'replay';
    END IF;
END $$;

-- The answer of a write, or the refusal of one, kept under the claimed key, so that what is sent now and what is replayed
-- are the same text. Of an answer with a secret only is kept that it was given; a refusal holds none.
CREATE OR REPLACE FUNCTION api.answer(INOUT status int, INOUT version bigint, INOUT location text, INOUT body text) RETURNS record
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
DECLARE
    secret boolean := api.context('secret_response') IS NOT NULL AND answer.status < 400;
BEGIN
    IF nullif(current_setting('kiki.claim_key', true), '') IS NOT NULL THEN
        IF api.context('secrets') IS NOT NULL THEN
            PERFORM api.keep_secrets(concat_ws(' ', answer.location, CASE WHEN NOT secret THEN answer.body END),
                                     'an answer');
        END IF;
        INSERT INTO idempotency_keys VALUES (api.caller(), current_setting('kiki.claim_target'),
               current_setting('kiki.claim_key'), current_setting('kiki.claim_hash'), api.now(), answer.status, answer.version,
               answer.location, CASE WHEN NOT secret THEN answer.body END, current_setting('kiki.claim_language'), secret)
            ON CONFLICT ON CONSTRAINT idempotency_keys_pkey
            DO UPDATE SET hash = excluded.hash, answered_at = excluded.answered_at, status = excluded.status,
                          version = excluded.version, location = excluded.location, body = excluded.body,
                          language = excluded.language, secret = excluded.secret;
        PERFORM set_config('kiki.answered', 'on', true);
        -- Each answer forgets two that are past their day, so that no job has to. Looking first is much the cheaper.
        PERFORM FROM idempotency_keys kept WHERE kept.answered_at <= api.now() - interval '24 hours' ORDER BY kept.answered_at
            LIMIT 1;
        IF FOUND THEN
            DELETE FROM idempotency_keys stored
             WHERE stored.ctid = ANY (ARRAY(SELECT kept.ctid FROM idempotency_keys kept
                                            WHERE kept.answered_at <= api.now() - interval '24 hours'
                                             ORDER BY kept.answered_at LIMIT 2 FOR UPDATE SKIP LOCKED));
        END IF;
    END IF;
END $$;
CREATE OR REPLACE FUNCTION api.answer(int, bigint, text, json,
                           OUT status int, OUT version bigint, OUT location text, OUT body text) RETURNS record
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT reply.* INTO status, version, location, body FROM api.answer($1, $2, $3, $4::text) reply;
END $$;

-- The last statement under a key: constraints that are checked late speak before the key's lock is let go, and who gave
-- no answer has found nothing.
CREATE OR REPLACE FUNCTION api.settle() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SET CONSTRAINTS ALL IMMEDIATE;
    IF api.context('answered') IS NULL THEN
        PERFORM api.refuse('not-found');
    END IF;
END $$;

-- Locks that are not free. A request is sent away with the thing's name, to take a place there while it holds nothing
-- (service/db/places.h), and comes again to wait for it, which it says by api.wait. So those who want one thing do not
-- fill PostgreSQL's connections; the patience of api.enter sees to the locks that have no name. Whoever does not come by
-- api.enter waits at once.
CREATE OR REPLACE FUNCTION api.wait() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('kiki.waits', 'on', true);
END $$;
CREATE OR REPLACE FUNCTION api.waits() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT api.context('waits') IS NOT NULL OR api.context('request_id') IS NULL
$$;
CREATE OR REPLACE FUNCTION api.busy(thing text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'KK503', MESSAGE = 'busy', DETAIL = json_build_object('code', thing)::text;
END $$;

-- Locks what has no row of its own, by its name, until the transaction ends.
CREATE OR REPLACE FUNCTION api.hold(thing text, shared boolean DEFAULT false) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    lock bigint := hashtextextended(thing, 0);
    free boolean;
BEGIN
    IF api.waits() THEN
        PERFORM CASE WHEN shared THEN pg_advisory_xact_lock_shared(lock) ELSE pg_advisory_xact_lock(lock) END;
        RETURN;
    END IF;
    free := CASE WHEN shared THEN pg_try_advisory_xact_lock_shared(lock) ELSE pg_try_advisory_xact_lock(lock) END;
    IF NOT free THEN
        PERFORM api.busy(thing);
    END IF;
END $$;

-- No row when it was forgotten since it was claimed.
CREATE OR REPLACE FUNCTION api.replay(key text, target text)
RETURNS TABLE (status int, version bigint, location text, body text, language text) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT kept.status, kept.version, kept.location, kept.body, coalesce(kept.language, 'ja') FROM idempotency_keys kept
     WHERE kept.caller = api.caller() AND kept.target = replay.target AND kept.key = replay.key
$$;

-- Whether a program that knows the migrations up to this one, and whose code has this checksum, works on the schema: all
-- of them and the code were run, and none that came later took away what it uses.
CREATE OR REPLACE FUNCTION api.schema_serves(program int, code text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT max(migration.number) >= program AND NOT coalesce(bool_or(migration.number > program
                                                                     AND migration.oldest_program > program), true)
           AND (max(migration.number) > program OR EXISTS (SELECT FROM code_states code_state WHERE code_state.checksum = code))
      FROM migrations migration
$$;

SELECT api.protect('kiki.audit_log');
CREATE POLICY readers ON kiki.audit_log FOR SELECT TO kiki_service
    USING ((SELECT api.may('general_manager', 'auditor') OR api.may('audit:read') AND api.sees_all()));
GRANT SELECT ON kiki.audit_log TO kiki_service;

SELECT api.protect('kiki.events');

SELECT api.let_execute('kiki_service', 'answer', 'busy', 'claim', 'emit', 'emit_if', 'hold', 'replay',
    'schema_serves', 'settle', 'wait', 'waits');
