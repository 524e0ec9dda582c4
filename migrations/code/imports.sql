-- Imports (http/import.h): the rows of a file are put into a table, judged there and written from there. The tables live
-- as long as the transaction and belong to kiki_owner, as the service creates nothing.

-- Imports of one operation go one after the other, so that the later is judged on what the earlier has left. It waits for
-- that up to `milliseconds`, and for anything else as long as every other request. Plans that were made for single rows
-- would join many the slow way, so they are forgotten.
CREATE OR REPLACE FUNCTION api.begin_import(milliseconds int) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
DECLARE
    patience text := current_setting('lock_timeout');
BEGIN
    PERFORM set_config('lock_timeout', milliseconds::text, true);
    PERFORM pg_advisory_xact_lock(hashtextextended('import ' || api.context('operation'), 0));
    PERFORM set_config('lock_timeout', patience, true);
    DISCARD PLANS;
    CREATE TEMPORARY TABLE import_rows (line int PRIMARY KEY, cells jsonb NOT NULL) ON COMMIT DROP;
    CREATE TEMPORARY TABLE import_faults (line int NOT NULL, "column" text NOT NULL, code text NOT NULL) ON COMMIT DROP;
    CREATE TEMPORARY TABLE import_items (line int NOT NULL, action text NOT NULL) ON COMMIT DROP;
    GRANT SELECT, INSERT ON import_rows, import_faults, import_items TO kiki_service;
END $$;

-- Once the rows are there: how many they are decides how they are joined.
CREATE OR REPLACE FUNCTION api.weigh_import() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    ANALYZE import_rows;
END $$;

-- Ends an import: the report, with every row, is the answer; the event tells how many, if any. What is otherwise checked at
-- COMMIT is checked here, so that a dry run hears of it as well.
CREATE OR REPLACE FUNCTION api.answer_import(type text, subject text, dry_run boolean,
                                  OUT status int, OUT version bigint, OUT location text, OUT body text) RETURNS record
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SET CONSTRAINTS ALL IMMEDIATE;
    PERFORM api.emit_if(api.context('changed') IS NOT NULL, type, subject, NULL, (
        SELECT json_build_object('rows', count(*), 'created', count(*) FILTER (WHERE item.action = 'create'),
                                 'updated', count(*) FILTER (WHERE item.action = 'update'))
          FROM pg_temp.import_items item));
    SELECT answer.* INTO status, version, location, body
      FROM api.answer(200, NULL, NULL, (
          SELECT json_build_object('dry_run', dry_run, 'rows', count(*),
                                   'items', coalesce(json_agg(json_build_object('line', item.line, 'action', item.action)
                                                              ORDER BY item.line), '[]'))
            FROM pg_temp.import_items item)) answer;
END $$;

SELECT api.let_execute('kiki_service', 'answer_import', 'begin_import', 'weigh_import');
