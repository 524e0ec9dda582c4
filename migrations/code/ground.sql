-- before the tables
-- What tables and all other code stand on: identifiers, the clock, the caller's context, refusals, audit. Nothing here
-- names a table when it is made.

CREATE SCHEMA IF NOT EXISTS api;
GRANT USAGE ON SCHEMA kiki, api TO kiki_service, kiki_worker;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Lets a role execute functions of api by their names. Whoever is not named may not: each file names those of its own
-- that statements, policies and defaults call for that role.
CREATE OR REPLACE FUNCTION api.let_execute(role_name name, VARIADIC functions text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wanted text;
    found regprocedure;
BEGIN
    FOREACH wanted IN ARRAY functions LOOP
        IF NOT EXISTS (SELECT FROM pg_proc routine WHERE routine.pronamespace = 'api'::regnamespace AND routine.proname = wanted)
            THEN
            RAISE EXCEPTION 'there is no function api.%', wanted;
        END IF;
        FOR found IN SELECT routine.oid FROM pg_proc routine
            WHERE routine.pronamespace = 'api'::regnamespace AND routine.proname = wanted LOOP
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', found, role_name);
        END LOOP;
    END LOOP;
END $$;

-- UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits of a version 4 with the version set to 7.
CREATE OR REPLACE FUNCTION api.new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
               PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
               52, 1), 53, 1), 'hex')::uuid
$$;

-- The clock of the records: PostgreSQL's, moved by a start-up parameter that only tests set.
CREATE OR REPLACE FUNCTION api.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT now() + coalesce(nullif(current_setting('kiki.clock_offset', true), ''), '0')::interval
$$;

-- Days are those of +09:00, which POSIX counts the other way round. Asia/Tokyo is not: it had summer time until 1951.
CREATE OR REPLACE FUNCTION api.in_japan(at timestamptz) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT at AT TIME ZONE 'Etc/GMT-9'
$$;

CREATE OR REPLACE FUNCTION api.day_of(at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT api.in_japan(at)::date
$$;

CREATE OR REPLACE FUNCTION api.day_begins(day date) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT day::timestamp AT TIME ZONE 'Etc/GMT-9'
$$;

-- The last day of which a time has some; infinity of one without an end.
CREATE OR REPLACE FUNCTION api.last_day_of(during tstzrange) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN upper_inf(during) THEN 'infinity' ELSE api.day_of(upper(during) - interval '1 microsecond') END
$$;

CREATE OR REPLACE FUNCTION api.today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT api.day_of(api.now())
$$;

-- Whether something serves on a day: from the day on which it was established until it is abolished, which is the first day
-- on which it is no more. Either may lie ahead. Nothing else compares such a day (tests/lint/sql.py).
CREATE OR REPLACE FUNCTION api.serves_on(abolished_on date, day date, established_on date DEFAULT NULL) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (abolished_on IS NULL OR abolished_on > day) AND (established_on IS NULL OR established_on <= day)
$$;

-- The days on which it serves.
CREATE OR REPLACE FUNCTION api.there(established_on date, abolished_on date) RETURNS daterange
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abolished_on <= established_on THEN 'empty' ELSE daterange(established_on, abolished_on) END
$$;

-- Ends the transaction with a problem of the contract's catalogue. MESSAGE is its slug; DETAIL a JSON object with
-- pointer and code of the fault and further members. SQLSTATE KK000; KK200 is a replay (api.claim), KK503 a lock
-- that was not free (api.busy).
CREATE OR REPLACE FUNCTION api.refuse(slug text, pointer text DEFAULT NULL, code text DEFAULT NULL, members jsonb DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'KK000', MESSAGE = slug,
        DETAIL = json_strip_nulls(json_build_object('pointer', pointer, 'code', code, 'members', members))::text;
END $$;

-- An id in a body that is missing or hidden: 422 with its pointer, the same for both.
-- Returns nothing; typed so that it stands where the id would: coalesce((SELECT id FROM … WHERE …), api.missing('/x_id')).
CREATE OR REPLACE FUNCTION api.missing(pointer text) RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM api.refuse('reference-not-found', pointer, 'not_found');
END $$;

-- The caller's context, set by api.enter for the transaction. A setting reads back as '' after it.
CREATE OR REPLACE FUNCTION api.context(name text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('kiki.' || name, true), '')
$$;
CREATE OR REPLACE FUNCTION api.caller() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('kiki.caller', true), '')::uuid
$$;
-- The caller as a member of staff; NULL for an API client.
CREATE OR REPLACE FUNCTION api.staff_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_setting('kiki.caller_kind', true) = 'staff' THEN api.caller() END
$$;
-- Departments (所属) whose records the caller may see: own and managed ones; of a client, those it is bound to.
CREATE OR REPLACE FUNCTION api.departments() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('kiki.departments', true), ''), '{}')::uuid[]
$$;
-- Departments of which the caller is usage manager today.
CREATE OR REPLACE FUNCTION api.managed_departments() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('kiki.managed_departments', true), ''), '{}')::uuid[]
$$;
CREATE OR REPLACE FUNCTION api.sees_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT current_setting('kiki.sees_all', true) IS NOT DISTINCT FROM 'on'
$$;
-- Whether the caller sees the records of a department; those of none are seen only by who sees all.
CREATE OR REPLACE FUNCTION api.sees(department uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT api.sees_all() OR coalesce(department = ANY (api.departments()), false)
$$;
-- True when the caller holds one of the roles, or is a client whose scope the operation asked for.
CREATE OR REPLACE FUNCTION api.may(VARIADIC roles text[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('kiki.roles', true), ''), '{}')::text[] && roles
$$;

-- Who does something, as records and papers show it for ever: {kind, id, name, title, acting}, with the names of today.
CREATE OR REPLACE FUNCTION api.actor(department uuid DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    -- An import asks for each of its rows: what was answered last is kept for the transaction. It depends on the roles by
    -- which something is done.
    asked text := concat_ws(' ', coalesce(department::text, 'none'), current_setting('kiki.caller', true),
                            current_setting('kiki.opened_by', true));
    answer jsonb;
    told text;
BEGIN
    IF current_setting('kiki.actor_asked', true) = asked THEN
        RETURN current_setting('kiki.actor')::jsonb;
    END IF;
    answer := CASE coalesce(api.context('caller_kind'), 'system')
        WHEN 'staff' THEN (
            SELECT jsonb_build_object('kind', 'staff', 'id', api.caller(), 'name', called.name, 'title', called.title,
                                      'acting', api.acting_as(department))
              FROM api.known_as(api.caller(), api.today()) called)
        WHEN 'client' THEN (
            SELECT jsonb_build_object('kind', 'client', 'id', program.id, 'name', program.name, 'title', NULL, 'acting', NULL)
              FROM api_clients program WHERE program.id = api.caller())
        ELSE jsonb_build_object('kind', 'system', 'id', NULL, 'name', 'kiki', 'title', NULL, 'acting', NULL) END;
    told := set_config('kiki.actor', answer::text, true);
    told := set_config('kiki.actor_asked', asked, true);
    RETURN answer;
END $$;

-- A secret that is made known once, in an answer: whoever makes one says so by this, and the transaction fails where it would
-- be written down. Its form is such that no quoting changes it.
CREATE OR REPLACE FUNCTION api.secret(value text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF value !~ '^[A-Za-z0-9_-]{16,200}$' THEN
        RAISE EXCEPTION 'a secret has 16 to 200 letters and digits of base64url';
    END IF;
    PERFORM set_config('kiki.secrets', concat_ws(' ', api.context('secrets'), value), true);
    RETURN value;
END $$;
CREATE OR REPLACE FUNCTION api.keep_secrets(kept text, place text) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF EXISTS (SELECT FROM unnest(string_to_array(api.context('secrets'), ' ')) element WHERE position(element IN kept) > 0) THEN
        RAISE EXCEPTION 'a secret would be kept in %', place;
    END IF;
END $$;

-- Columns that PostgreSQL makes of others, so that rows are found by them.
CREATE OR REPLACE FUNCTION api.derived() RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '{sought,folded_code,folded_number}'::text[]
$$;

-- The version behind the ETag. It stays where nothing changed, so that audit, history and event tell of nothing either
-- (api.emit_if). Arguments: generated columns, which are not made yet.
CREATE OR REPLACE FUNCTION api.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - coalesce(TG_ARGV, '{}') = to_jsonb(OLD) - coalesce(TG_ARGV, '{}') THEN
        RETURN OLD;
    END IF;
    NEW.version := OLD.version + 1;
    NEW.updated_at := api.now();
    RETURN NEW;
END $$;

-- Row-level security that binds the owner as well, who has a policy of its own, and no rights of anybody else but those
-- granted after it.
CREATE OR REPLACE FUNCTION api.protect(protected regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('REVOKE ALL ON %s FROM kiki_service, kiki_worker', protected);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', protected);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', protected);
    EXECUTE format('CREATE POLICY owner ON %s TO kiki_owner USING (true) WITH CHECK (true)', protected);
END $$;

-- Puts a table under the common rules: protection, the audit triggers, and the version trigger where the table has a
-- version. A tracked table has a column id.
CREATE OR REPLACE FUNCTION api.track(tracked regclass, VARIADIC secret_columns text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    secrets text := (SELECT coalesce(string_agg(quote_literal(element), ', '), '') FROM unnest(secret_columns) element);
    short text := (SELECT relname FROM pg_class WHERE oid = tracked);
BEGIN
    PERFORM api.protect(tracked);
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION api.record_change(%s)', short || '_audit_insert', tracked, secrets);
    EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION api.record_change(%s)', short || '_audit_update', tracked, secrets);
    EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION api.record_change(%s)', short || '_audit_delete', tracked, secrets);
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = tracked AND attname = 'version' AND NOT attisdropped) THEN
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION api.touch(%s)', short || '_touch',
                       tracked,
                       (SELECT string_agg(quote_literal(attname), ', ') FROM pg_attribute WHERE attrelid = tracked
                        AND attgenerated <> ''));
    END IF;
END $$;

-- Of each member that is not the same what it was and what it became; {} when they all are.
CREATE OR REPLACE FUNCTION api.changes(before jsonb, after jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(element.key, jsonb_build_array(before -> element.key, element.value)), '{}')
      FROM jsonb_each(after) element
     WHERE element.key <> ALL ('{version,updated_at}'::text[] || api.derived())
       AND before -> element.key IS DISTINCT FROM element.value
$$;

-- Lets the service read the rows of which `readers` is true, and add and change those of which `writers` is: the second lock,
-- beside the contract's roles.
CREATE OR REPLACE FUNCTION api.admit(protected regclass, readers text, writers text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO kiki_service', protected);
    EXECUTE format('CREATE POLICY readers ON %s FOR SELECT TO kiki_service USING (%s)', protected, readers);
    EXECUTE format('CREATE POLICY writers_insert ON %s FOR INSERT TO kiki_service WITH CHECK (%s)', protected, writers);
    EXECUTE format('CREATE POLICY writers_update ON %s FOR UPDATE TO kiki_service USING (%s)', protected, writers);
END $$;

-- If-Match: `expected` are the versions the caller named, NULL for *.
CREATE OR REPLACE FUNCTION api.match(version bigint, expected bigint[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT expected IS NULL OR version = ANY (expected)
$$;

-- Texts as they are compared, searched and told apart: width, kana, case, blanks, dashes, and characters without a shape of
-- their own (variation selectors, joiners) make no difference. Of letters that have a case: those of ASCII, Latin-1, Greek
-- and Cyrillic, so that no locale decides. Long lists are gone through only for texts that have something of them. Indexes
-- and columns are made of it: who changes what it gives makes them anew, in a numbered migration.
CREATE OR REPLACE FUNCTION api.folded(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded text := name;
BEGIN
    IF octet_length(name) = length(name) THEN
        RETURN lower(translate(name, E' \t\n\x0b\f\r', '') COLLATE "C");
    END IF;
    folded := normalize(regexp_replace(name,
        U&'[\00AD\034F\061C\115F\1160\17B4\17B5\180B-\180F\200B-\200F\202A-\202E\2060-\206F\3164\FE00-\FE0F\FEFF\FFA0\FFF0-\FFF8'
        '\+01BCA0-\+01BCA3\+01D173-\+01D17A\+0E0000-\+0E0FFF]', '', 'g'), NFKC);
    folded := translate(lower(folded COLLATE "C"),
        U&'\2010\2012\2013\2014\2015\2212\301C\2016' || E' \t\n\x0b\f\r\u0085\u1680\u2028\u2029', '------~' || U&'\2225');
    IF folded ~ '[ぁ-ゞ]' THEN
        folded := translate(folded,
            'ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬ'
            'ねのはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろゎわゐゑをんゔゕゖゝゞ',
            'ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌ'
            'ネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶヽヾ');
    END IF;
    IF folded ~ '[À-ÞΑ-ΩЁ-Я]' THEN
        folded := translate(folded,
            'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩЁАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ',
            'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþαβγδεζηθικλμνξοπρστυφχψωёабвгдежзийклмнопрстуфхцчшщъыьэюя');
    END IF;
    RETURN normalize(folded, NFC);
END $$;

CREATE OR REPLACE FUNCTION api.all_folded(names text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY(SELECT api.folded(name) FROM unnest(names) name)
$$;

-- What is found in a column `sought`, where each text of a row stands folded; %, _ and \ stand for themselves.
CREATE OR REPLACE FUNCTION api.containing(q text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '%' || replace(replace(replace(api.folded(q), '\', '\\'), '%', '\%'), '_', '\_') || '%'
$$;
-- The usage ledger (使用管理簿; art5.1.3, annex1). An entry and what is added to it are never changed or deleted. What
-- holds now (usage_states, device_occupations) follows from them and is kept by triggers alone.

-- First day of the month in Japan.
CREATE OR REPLACE FUNCTION api.month_of(at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT date_trunc('month', api.in_japan(at))::date
$$;
CREATE OR REPLACE FUNCTION api.month_begins(month date) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT api.day_begins(month)
$$;

-- The clock itself. api.now() stands still within a transaction, which may have waited for a device.
CREATE OR REPLACE FUNCTION api.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT clock_timestamp() + (api.now() - now())
$$;

CREATE OR REPLACE FUNCTION api.plan_devices(plan jsonb) RETURNS uuid[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY(SELECT (element ->> 'device_id')::uuid FROM jsonb_array_elements(plan -> 'terminals') element
                 WHERE element ->> 'device_id' IS NOT NULL)
$$;

SELECT api.let_execute('kiki_service', 'actor', 'all_folded', 'caller', 'changes', 'clock', 'containing', 'context', 'day_begins',
    'day_of', 'departments', 'derived', 'folded', 'in_japan', 'managed_departments', 'match', 'may', 'missing', 'month_begins',
    'month_of', 'new_id', 'now', 'plan_devices', 'refuse', 'sees', 'sees_all', 'serves_on',
    'staff_id', 'there', 'today');
