-- The roles of kiki, made once for a cluster by its administrator (CREATEROLE is enough), and again when this file
-- changes. Then, once:
--   \password kiki_migrator
--   \password kiki_service
--   \password kiki_worker
--   GRANT kiki_owner TO CURRENT_USER;   (an administrator who is not superuser, to give the database to it)
--   CREATE DATABASE kiki OWNER kiki_owner TEMPLATE template0 ENCODING 'UTF8';
--   REVOKE ALL ON DATABASE kiki FROM PUBLIC;
--   GRANT CONNECT ON DATABASE kiki TO kiki_migrator, kiki_service, kiki_worker;
-- Migrations grant the rest.

SET client_min_messages = warning;

-- kiki_owner owns everything and cannot log in; kiki_migrator becomes it by SET ROLE and has nothing of its own;
-- kiki_service serves requests; kiki_worker does what is done between them.
DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN SELECT * FROM (VALUES ('kiki_owner', 'NOLOGIN'), ('kiki_migrator', 'LOGIN NOINHERIT'),
                                        ('kiki_service', 'LOGIN'), ('kiki_worker', 'LOGIN')) AS w (name, attributes)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
            EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.attributes);
        END IF;
    END LOOP;
END $$;

GRANT kiki_owner TO kiki_migrator;

-- pg_temp last: a temporary table never stands in for one of ours.
ALTER ROLE kiki_service SET search_path = kiki, api, pg_temp;
ALTER ROLE kiki_worker SET search_path = kiki, api, pg_temp;

-- The service keeps a deadline of its own for every query (KIKI_QUERY_MS); these hold when it cannot.
ALTER ROLE kiki_service SET statement_timeout = '10s';
ALTER ROLE kiki_worker SET statement_timeout = '60s';
-- How long a twin under the same Idempotency-Key, or the second taker of a device, waits for the first.
ALTER ROLE kiki_service SET lock_timeout = '2s';
ALTER ROLE kiki_worker SET lock_timeout = '2s';
ALTER ROLE kiki_service SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE kiki_worker SET idle_in_transaction_session_timeout = '10s';
-- A query whose client has died ends, and lets go of its locks.
ALTER ROLE kiki_service SET client_connection_check_interval = '2s';
ALTER ROLE kiki_worker SET client_connection_check_interval = '2s';

-- Also for connections through a pooler, which takes no start-up options.
ALTER ROLE kiki_service SET timezone = 'Etc/GMT-9';
ALTER ROLE kiki_worker SET timezone = 'Etc/GMT-9';
ALTER ROLE kiki_service SET datestyle = 'ISO';
ALTER ROLE kiki_worker SET datestyle = 'ISO';

ALTER ROLE kiki_service SET default_transaction_isolation = 'read committed';
ALTER ROLE kiki_worker SET default_transaction_isolation = 'read committed';
-- Each statement is written for one plan: planning it anew costs more than running it.
ALTER ROLE kiki_service SET plan_cache_mode = force_generic_plan;
-- Short statements: compiling them costs more than running them.
ALTER ROLE kiki_service SET jit = off;
ALTER ROLE kiki_worker SET jit = off;
