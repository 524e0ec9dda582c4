-- What every table stands on: identifiers, the clock, the caller's context, refusals, answers, audit and events.
-- Tables live in schema kiki, functions in schema api. Run as kiki_owner.

-- kiki itself was made by the runner, for its table kiki.migrations (number, name, checksum,
-- oldest_program, applied_at).
CREATE SCHEMA api;
GRANT USAGE ON SCHEMA kiki, api TO kiki_service, kiki_worker;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA api GRANT EXECUTE ON FUNCTIONS TO kiki_service, kiki_worker;
CREATE EXTENSION btree_gist SCHEMA kiki;

-- UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits of a version 4 with the version set to 7.
CREATE FUNCTION api.new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
               PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
               52, 1), 53, 1), 'hex')::uuid
$$;

-- The clock of the records: PostgreSQL's, moved by a start-up parameter that only tests set.
CREATE FUNCTION api.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT now() + coalesce(nullif(current_setting('kiki.clock_offset', true), ''), '0')::interval
$$;

CREATE FUNCTION api.day_of(at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (at AT TIME ZONE 'Asia/Tokyo')::date
$$;

CREATE FUNCTION api.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (api.now() AT TIME ZONE 'Asia/Tokyo')::date
$$;

-- Ends the transaction with a problem of the contract's catalogue. MESSAGE is its slug; DETAIL a JSON object with
-- pointer and code of the fault and further members. SQLSTATE KK000; KK200 is a replay (api.claim).
CREATE FUNCTION api.refuse(slug text, pointer text DEFAULT NULL, code text DEFAULT NULL, members jsonb DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'KK000', MESSAGE = slug,
        DETAIL = json_strip_nulls(json_build_object('pointer', pointer, 'code', code, 'members', members))::text;
END $$;

-- An id in a body that is missing or hidden: 422 with its pointer, the same for both.
-- Returns nothing; typed so that it stands where the id would: coalesce((SELECT id FROM … WHERE …), api.missing('/x_id')).
CREATE FUNCTION api.missing(pointer text) RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM api.refuse('reference-not-found', pointer, 'not_found');
END $$;

-- The caller's context, set by api.enter for the transaction. A setting reads back as '' after it.
CREATE FUNCTION api.context(name text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('kiki.' || name, true), '')
$$;
CREATE FUNCTION api.caller() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('kiki.caller', true), '')::uuid
$$;
-- The caller as a member of staff; NULL for an API client.
CREATE FUNCTION api.staff_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_setting('kiki.caller_kind', true) = 'staff' THEN api.caller() END
$$;
-- Departments (所属) whose records the caller may see: own and managed ones; of a client, those it is bound to.
CREATE FUNCTION api.departments() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('kiki.departments', true), ''), '{}')::uuid[]
$$;
-- Departments of which the caller is usage manager today.
CREATE FUNCTION api.managed_departments() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('kiki.managed_departments', true), ''), '{}')::uuid[]
$$;
CREATE FUNCTION api.sees_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT current_setting('kiki.sees_all', true) IS NOT DISTINCT FROM 'on'
$$;
-- True when the caller holds one of the roles, or is a client whose scope the operation asked for.
CREATE FUNCTION api.may(VARIADIC roles text[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('kiki.roles', true), ''), '{}')::text[] && roles
$$;

-- Audit: append-only, written by triggers alone; the service's role may only read.
CREATE TABLE kiki.audit_log (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    at timestamptz NOT NULL DEFAULT api.now(),
    actor_kind text NOT NULL CHECK (actor_kind IN ('staff', 'client', 'system')),
    actor_id uuid,
    acting_for_id uuid,
    operation text NOT NULL,
    request_id text,
    subject_type text NOT NULL,
    subject_id uuid NOT NULL,
    action text NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
    before jsonb,
    after jsonb
);
CREATE INDEX audit_log_at ON kiki.audit_log (at, id);
CREATE INDEX audit_log_subject ON kiki.audit_log (subject_id, at, id);
CREATE INDEX audit_log_actor ON kiki.audit_log (actor_id, at, id);
CREATE INDEX audit_log_acting_for ON kiki.audit_log (acting_for_id, at, id) WHERE acting_for_id IS NOT NULL;

-- Arguments: columns never written down (secrets).
CREATE FUNCTION api.record_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    operation text := nullif(current_setting('kiki.operation', true), '');
    secrets text[] := coalesce(TG_ARGV, ARRAY[]::text[]);
BEGIN
    IF operation IS NULL THEN
        RAISE EXCEPTION 'a change of % outside any operation', TG_TABLE_NAME;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit_log (actor_kind, actor_id, acting_for_id, operation, request_id, subject_type, subject_id, action, after)
        SELECT coalesce(api.context('caller_kind'), 'system'), api.caller(), api.context('acting_for')::uuid, operation,
               api.context('request_id'), TG_TABLE_NAME, n.id, 'insert', to_jsonb(n) - secrets
          FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO audit_log (actor_kind, actor_id, acting_for_id, operation, request_id, subject_type, subject_id, action, before, after)
        SELECT coalesce(api.context('caller_kind'), 'system'), api.caller(), api.context('acting_for')::uuid, operation,
               api.context('request_id'), TG_TABLE_NAME, n.id, 'update', to_jsonb(o) - secrets, to_jsonb(n) - secrets
          FROM new_rows n JOIN old_rows o USING (id);
    ELSE
        INSERT INTO audit_log (actor_kind, actor_id, acting_for_id, operation, request_id, subject_type, subject_id, action, before)
        SELECT coalesce(api.context('caller_kind'), 'system'), api.caller(), api.context('acting_for')::uuid, operation,
               api.context('request_id'), TG_TABLE_NAME, o.id, 'delete', to_jsonb(o) - secrets
          FROM old_rows o;
    END IF;
    RETURN NULL;
END $$;

-- The version behind the ETag.
CREATE FUNCTION api.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.updated_at := api.now();
    RETURN NEW;
END $$;

-- Puts a table under the common rules: row-level security that binds the owner as well (with the owner's own policy),
-- the audit triggers, and the version trigger where the table has a version. A tracked table has a column id.
CREATE FUNCTION api.track(tracked regclass, VARIADIC secret_columns text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    secrets text := (SELECT coalesce(string_agg(quote_literal(c), ', '), '') FROM unnest(secret_columns) c);
    short text := (SELECT relname FROM pg_class WHERE oid = tracked);
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tracked);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tracked);
    EXECUTE format('CREATE POLICY owner ON %s TO kiki_owner USING (true) WITH CHECK (true)', tracked);
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION api.record_change(%s)', short || '_audit_insert', tracked, secrets);
    EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION api.record_change(%s)', short || '_audit_update', tracked, secrets);
    EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION api.record_change(%s)', short || '_audit_delete', tracked, secrets);
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = tracked AND attname = 'version' AND NOT attisdropped) THEN
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION api.touch()', short || '_touch', tracked);
    END IF;
END $$;

-- Events that other systems receive. `position` is given by the worker once the row is committed; readers see numbered
-- rows only.
CREATE TABLE kiki.events (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    position bigint UNIQUE,
    at timestamptz NOT NULL DEFAULT api.now(),
    type text NOT NULL,
    subject text NOT NULL,
    department_id uuid,
    data jsonb NOT NULL,
    request_id text
);
CREATE INDEX events_unnumbered ON kiki.events (id) WHERE position IS NULL;

-- In plpgsql, as is all that every write calls: a function in SQL that cannot be inlined is planned at each call.
CREATE FUNCTION api.emit(type text, subject text, department_id uuid, data json) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    INSERT INTO events (type, subject, department_id, data, request_id)
    VALUES (emit.type, emit.subject, emit.department_id, emit.data::jsonb, api.context('request_id'));
    RETURN true;
END $$;

-- Idempotency-Key (IETF draft), kept 24 hours for each caller and target. An answer commits together with the write it
-- answers, so the effect happens at most once, also across a crash.
CREATE TABLE kiki.idempotency_keys (
    caller uuid NOT NULL,
    target text NOT NULL,
    key text NOT NULL,
    hash text NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT api.now(),
    status int NOT NULL,
    version bigint,
    location text,
    body text,
    language text, -- of a refusal's sentences
    PRIMARY KEY (caller, target, key)
);
CREATE INDEX idempotency_keys_age ON kiki.idempotency_keys (answered_at);

-- `target` is operation and path, `hash` covers query, media type and body. A twin at work, or one whose client lost it
-- during COMMIT, holds the lock until it ends; whoever waited then sees its answer, as each statement of a volatile
-- function has a snapshot of its own. KK200: answered before, ask api.replay.
CREATE FUNCTION api.claim(key text, target text, hash text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
DECLARE
    known text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws(' ', api.caller(), claim.target, claim.key), 0));
    SELECT k.hash INTO known FROM idempotency_keys k
     WHERE k.caller = api.caller() AND k.target = claim.target AND k.key = claim.key
       AND k.answered_at > api.now() - interval '24 hours';
    IF NOT FOUND THEN
        PERFORM set_config('kiki.claim_key', claim.key, true), set_config('kiki.claim_target', claim.target, true),
                set_config('kiki.claim_hash', claim.hash, true);
    ELSIF known <> claim.hash THEN
        PERFORM api.refuse('idempotency-key-reused');
    ELSE
        RAISE EXCEPTION USING ERRCODE = 'KK200', MESSAGE = 'replay';
    END IF;
END $$;

-- The answer of a write, kept under the claimed key, so that what is sent now and what is replayed are the same text.
CREATE FUNCTION api.answer(INOUT status int, INOUT version bigint, INOUT location text, INOUT body text) RETURNS record
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF nullif(current_setting('kiki.claim_key', true), '') IS NOT NULL THEN
        INSERT INTO idempotency_keys VALUES (api.caller(), current_setting('kiki.claim_target'),
               current_setting('kiki.claim_key'), current_setting('kiki.claim_hash'), api.now(), answer.status, answer.version,
               answer.location, CASE WHEN api.context('secret_response') IS NULL THEN answer.body END)
            ON CONFLICT ON CONSTRAINT idempotency_keys_pkey
            DO UPDATE SET hash = excluded.hash, answered_at = excluded.answered_at, status = excluded.status,
                          version = excluded.version, location = excluded.location, body = excluded.body;
        -- Each answer forgets two that are past their day, so that no job has to. Looking first is much the cheaper.
        PERFORM FROM idempotency_keys o WHERE o.answered_at <= api.now() - interval '24 hours' ORDER BY o.answered_at LIMIT 1;
        IF FOUND THEN
            DELETE FROM idempotency_keys k
             WHERE k.ctid = ANY (ARRAY(SELECT o.ctid FROM idempotency_keys o WHERE o.answered_at <= api.now() - interval '24 hours'
                                        ORDER BY o.answered_at LIMIT 2 FOR UPDATE SKIP LOCKED));
        END IF;
    END IF;
END $$;
CREATE FUNCTION api.answer(int, bigint, text, json,
                           OUT status int, OUT version bigint, OUT location text, OUT body text) RETURNS record
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT a.* INTO status, version, location, body FROM api.answer($1, $2, $3, $4::text) a;
END $$;

-- A refusal is an answer too. It is kept by a transaction of its own, as the one it came from was rolled back.
CREATE FUNCTION api.keep_refusal(status int, body text, language text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.answer(keep_refusal.status, NULL::bigint, NULL::text, keep_refusal.body);
    UPDATE idempotency_keys k SET language = keep_refusal.language
     WHERE k.caller = api.caller() AND k.target = current_setting('kiki.claim_target') AND k.key = current_setting('kiki.claim_key');
END $$;

-- Ends an import (http/import.h): the report, with every row, is the answer; the event tells how many.
CREATE FUNCTION api.answer_import(type text, subject text, report text,
                                  OUT status int, OUT version bigint, OUT location text, OUT body text) RETURNS record
LANGUAGE sql VOLATILE AS $$
    SELECT answer.* FROM api.emit(type, subject, NULL, (
        SELECT json_build_object('rows', count(*), 'created', count(*) FILTER (WHERE item ->> 'action' = 'create'),
                                 'updated', count(*) FILTER (WHERE item ->> 'action' = 'update'))
          FROM json_array_elements(report::json -> 'items') item))
     CROSS JOIN api.answer(200, NULL, NULL, report) answer
$$;

CREATE FUNCTION api.replay(key text, target text, OUT status int, OUT version bigint, OUT location text, OUT body text,
                           OUT language text)
RETURNS record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
    SELECT k.status, k.version, k.location, k.body, k.language FROM idempotency_keys k
     WHERE k.caller = api.caller() AND k.target = replay.target AND k.key = replay.key
$$;

-- If-Match: `expected` are the versions the caller named, NULL for *. Refuses a stale one.
CREATE FUNCTION api.match(version bigint, expected bigint[]) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN expected IS NULL OR version = ANY (expected) THEN true ELSE api.refuse('precondition-failed') END
$$;

-- %, _ and \ of a search text stand for themselves.
CREATE FUNCTION api.containing(q text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '%' || replace(replace(replace(q, '\', '\\'), '%', '\%'), '_', '\_') || '%'
$$;

-- Whether a program that knows the migrations up to this one works on the schema: all of them were run, and none that
-- came later took away what it uses.
CREATE FUNCTION api.schema_serves(program int) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT max(number) >= program AND NOT coalesce(bool_or(number > program AND oldest_program > program), true)
      FROM migrations
$$;

ALTER TABLE kiki.audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE kiki.audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON kiki.audit_log TO kiki_owner USING (true) WITH CHECK (true);
CREATE POLICY readers ON kiki.audit_log FOR SELECT TO kiki_service
    USING ((SELECT api.may('general_manager', 'auditor') OR api.may('audit:read') AND api.sees_all()));
GRANT SELECT ON kiki.audit_log TO kiki_service;
ALTER TABLE kiki.events ENABLE ROW LEVEL SECURITY;
ALTER TABLE kiki.events FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON kiki.events TO kiki_owner USING (true) WITH CHECK (true);
