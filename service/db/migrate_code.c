#include "db/migrate_code.h"

#include "core/log.h"
#include "db/migrator.h"

#include <errno.h>
#include <string.h>

/* Every function, view, trigger and policy there is, with a digest of what it says and the row of the catalogue that
   holds it. The digest depends on the search path, which is the migrator's. An expression that went through a dump has
   other parentheses and blanks. */
#define OBJECTS                                                                                                   \
        "SELECT o.type, o.identity, md5(CASE made.class WHEN 'pg_proc'::regclass THEN made.definition"            \
        " ELSE translate(made.definition, '() ' || chr(10), '') END) AS definition, made.written_by FROM ("       \
        "SELECT 'pg_proc'::regclass AS class, p.oid, p.xmin AS written_by, pg_get_functiondef(p.oid) ||"          \
        " coalesce((SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(p.proacl) a), '') AS definition" \
        " FROM pg_proc p WHERE p.pronamespace = 'api'::regnamespace AND p.prokind = 'f'"                          \
        " UNION ALL SELECT 'pg_class', c.oid, c.xmin, pg_get_viewdef(c.oid) FROM pg_class c"                      \
        " WHERE c.relkind = 'v' AND c.relnamespace IN ('api'::regnamespace, 'kiki'::regnamespace)"                \
        " UNION ALL SELECT 'pg_trigger', t.oid, t.xmin, concat(t.tgenabled, pg_get_triggerdef(t.oid))"            \
        " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"                                                 \
        " WHERE c.relnamespace = 'kiki'::regnamespace AND NOT t.tgisinternal"                                     \
        " UNION ALL SELECT 'pg_policy', p.oid, p.xmin, concat_ws(' ', p.polcmd, p.polpermissive, "                \
        "p.polroles::regrole[],"                                                                                  \
        " pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))"                           \
        " FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = 'kiki'::regnamespace"     \
        ") made, pg_identify_object(made.class, made.oid, 0) o"

int code_prepare(PGconn *pg) {
        return migrator_run(
                pg, "make the tables of the code",
                "CREATE SCHEMA IF NOT EXISTS api;"
                "CREATE TABLE IF NOT EXISTS kiki.code_files (name text PRIMARY KEY, checksum text NOT NULL);"
                "CREATE TABLE IF NOT EXISTS kiki.code_states ("
                " number int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, checksum text NOT NULL UNIQUE,"
                " server int NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());"
                "CREATE TABLE IF NOT EXISTS kiki.code_objects (type text, identity text, file text NOT NULL,"
                " run text NOT NULL, definition text, PRIMARY KEY (type, identity))");
}

/* What PostgreSQL makes of a definition may differ from one major version to the next, so it is compared within one. */
static int check_objects(PGconn *pg) {
        _cleanup_result_ PGresult *result = migrator_ask(
                pg, "compare the code",
                "SELECT k.type, k.identity FROM kiki.code_objects k LEFT JOIN (" OBJECTS ") o USING (type, identity)"
                " WHERE k.definition IS NOT NULL AND o.definition IS DISTINCT FROM k.definition"
                " AND (SELECT server FROM kiki.code_states ORDER BY number DESC LIMIT 1)"
                " = current_setting('server_version_num')::int / 10000",
                0, NULL);

        if (!result)
                return -EIO;
        for (int i = 0; i < PQntuples(result); i++)
                LOG(LOG_LEVEL_ERROR, "code-changed", LOG_TEXT("type", PQgetvalue(result, i, 0)),
                    LOG_TEXT("name", PQgetvalue(result, i, 1)),
                    LOG_TEXT("remedy", "see \"The code of the schema was changed\" in deploy/README.md"));
        return PQntuples(result) > 0 ? -EPROTO : 0;
}

/* True when this program's code was run here once and other code after it, or when a newer program migrated. */
static int ask_newer(PGconn *pg, const struct migrations *files, bool *ret_newer) {
        char newest[12];
        const char *const values[] = {files->code_checksum, newest};

        snprintf(newest, sizeof(newest), "%d", migrations_newest(files));
        _cleanup_result_ PGresult *result = migrator_ask(
                pg, "read kiki.code_states",
                "SELECT coalesce((SELECT s.number < (SELECT max(number) FROM kiki.code_states) FROM kiki.code_states s"
                " WHERE s.checksum = $1), (SELECT max(number) FROM kiki.migrations) > $2::int, false)",
                2, values);
        if (!result)
                return -EIO;
        *ret_newer = *PQgetvalue(result, 0, 0) == 't';
        return 0;
}

/* All files are run when one of those that the others stand on has changed. */
static int compare_files(PGconn *pg, struct code_plan *plan) {
        _cleanup_result_ PGresult *result =
                migrator_ask(pg, "read kiki.code_files", "SELECT name, checksum FROM kiki.code_files", 0, NULL);
        const struct code_file *files = plan->files->code;
        bool all = false;
        size_t count = 0;

        if (!result)
                return -EIO;
        for (; files[count].name; count++) {
                bool same = false;
                for (int i = 0; i < PQntuples(result); i++)
                        same |= strcmp(PQgetvalue(result, i, 0), files[count].name) == 0 &&
                                strcmp(PQgetvalue(result, i, 1), files[count].checksum) == 0;
                plan->run[count] = !same;
                plan->any |= !same;
                all |= !same && files[count].before_tables;
        }
        /* A file that is no more. */
        plan->any |= (size_t)PQntuples(result) > count;
        for (size_t i = 0; all && i < count; i++)
                plan->run[i] = true;
        return 0;
}

int code_compare(PGconn *pg, const struct migrations *files, struct code_plan *ret_plan) {
        struct code_plan plan = {.files = files};
        bool newer = false;

        int r = check_objects(pg);
        if (r == 0)
                r = ask_newer(pg, files, &newer);
        if (r == 0 && newer)
                LOG(LOG_LEVEL_INFO, "code-newer");
        if (r == 0 && !newer)
                r = compare_files(pg, &plan);
        if (r == 0)
                *ret_plan = plan;
        return r;
}

/* Runs each statement that the query makes. */
static int run_each(PGconn *pg, const char *doing, const char *query, const char *value) {
        const char *const values[] = {value};
        _cleanup_result_ PGresult *result = migrator_ask(pg, doing, query, value ? 1 : 0, values);
        int r = result ? 0 : -EIO;

        for (int i = 0; r == 0 && i < PQntuples(result); i++)
                r = migrator_run(pg, doing, PQgetvalue(result, i, 0));
        return r;
}

/* Triggers and policies are made anew; functions and views are replaced, as others stand on them, and lose their
   grants, which the file gives again. Within a savepoint, so that what only lost its grants does not look written by the
   transaction itself. */
static int take_away(PGconn *pg, const char *name) {
        int r = migrator_run(pg, name, "SAVEPOINT before");

        if (r == 0)
                r = run_each(pg, name,
                             "SELECT CASE WHEN type IN ('trigger', 'policy')"
                             " THEN format('DROP %s IF EXISTS %s', type, identity)"
                             " ELSE format('REVOKE ALL ON %s %s FROM kiki_service, kiki_worker',"
                             " CASE type WHEN 'view' THEN 'table' ELSE type END, identity) END"
                             " FROM kiki.code_objects WHERE file = $1",
                             name);
        return r == 0 ? migrator_run(pg, name, "RELEASE before") : r;
}

/* What this transaction has written to the catalogue since the file before is this file's. */
static int remember(PGconn *pg, const struct code_file *file) {
        const char *const values[] = {file->name, file->checksum};
        _cleanup_result_ PGresult *result =
                migrator_ask(pg, file->name,
                             "WITH made AS (INSERT INTO kiki.code_objects (type, identity, file, run)"
                             " SELECT o.type, o.identity, $1, pg_current_xact_id()::text FROM (" OBJECTS ") o"
                             " WHERE o.written_by = pg_current_xact_id()::xid"
                             " ON CONFLICT (type, identity) DO UPDATE SET file = excluded.file, run = excluded.run, "
                             "definition = NULL"
                             " WHERE code_objects.run <> excluded.run)"
                             " INSERT INTO kiki.code_files VALUES ($1, $2)"
                             " ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum",
                             2, values);
        return result ? 0 : -EIO;
}

static int run_file(PGconn *pg, const struct code_file *file) {
        int r = take_away(pg, file->name);

        if (r == 0)
                r = migrator_run(pg, file->name, file->text);
        if (r == 0 && PQtransactionStatus(pg) != PQTRANS_INTRANS) {
                LOG(LOG_LEVEL_ERROR, "migration-ends-its-transaction", LOG_TEXT("name", file->name));
                return -EPROTO;
        }
        if (r == 0)
                r = remember(pg, file);
        if (r == 0)
                LOG(LOG_LEVEL_INFO, "code-run", LOG_TEXT("name", file->name));
        return r;
}

static int run_files(PGconn *pg, const struct code_plan *plan, bool before_tables) {
        /* Files name each other's functions in any order; their bodies are checked at the end. */
        int r = migrator_run(pg, "run the code", "SET LOCAL check_function_bodies = off");

        for (size_t i = 0; r == 0 && plan->files->code[i].name; i++)
                if (plan->run[i] && plan->files->code[i].before_tables == before_tables)
                        r = run_file(pg, &plan->files->code[i]);
        return r;
}

/* Names of the files there are, as a PostgreSQL array. */
static int forget_files_that_are_no_more(PGconn *pg, const struct migrations *files) {
        char names[CODE_FILES_MAX * 64] = "{";
        const char *const values[] = {names};

        for (size_t i = 0; files->code[i].name; i++)
                snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i > 0 ? "," : "",
                         files->code[i].name);
        strncat(names, "}", sizeof(names) - strlen(names) - 1);
        _cleanup_result_ PGresult *result = migrator_ask(
                pg, "forget files", "DELETE FROM kiki.code_files WHERE name <> ALL ($1::text[])", 1, values);
        return result ? 0 : -EIO;
}

/* What a file that was run, or is no more, made before and did not make now. */
static int drop_leftovers(PGconn *pg, const struct migrations *files) {
#define LEFT                                                                                             \
        "run <> pg_current_xact_id()::text AND (file IN (SELECT file FROM kiki.code_objects WHERE run =" \
        " pg_current_xact_id()::text) OR file NOT IN (SELECT name FROM kiki.code_files))"
        int r = forget_files_that_are_no_more(pg, files);

        if (r == 0)
                r = run_each(pg, "drop what is no more",
                             "SELECT format('DROP %s IF EXISTS %s', type, identity) FROM kiki.code_objects WHERE " LEFT
                             " ORDER BY type IN ('trigger', 'policy') DESC, type = 'view' DESC",
                             NULL);
        return r == 0 ? migrator_run(pg, "forget what is no more", "DELETE FROM kiki.code_objects WHERE " LEFT) : r;
#undef LEFT
}

static int check_bodies(PGconn *pg) {
        return migrator_run(pg, "check the functions",
                            "SET LOCAL check_function_bodies = on;"
                            "SELECT fmgr_sql_validator(p.oid) FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang"
                            " WHERE p.pronamespace = 'api'::regnamespace AND l.lanname = 'sql';"
                            "SELECT plpgsql_validator(p.oid) FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang"
                            " WHERE p.pronamespace = 'api'::regnamespace AND l.lanname = 'plpgsql'");
}

static int keep_state(PGconn *pg, const struct migrations *files) {
        const char *const values[] = {files->code_checksum};
        _cleanup_result_ PGresult *result = migrator_ask(
                pg, "keep the state of the code",
                "WITH seen AS (UPDATE kiki.code_objects k SET definition = o.definition FROM (" OBJECTS ") o"
                " WHERE k.type = o.type AND k.identity = o.identity)"
                " INSERT INTO kiki.code_states (checksum, server)"
                " VALUES ($1, current_setting('server_version_num')::int / 10000)"
                " ON CONFLICT (checksum) DO UPDATE SET server = excluded.server",
                1, values);
        return result ? 0 : -EIO;
}

int code_run_before(PGconn *pg, const struct code_plan *plan) {
        return run_files(pg, plan, true);
}

int code_run_after(PGconn *pg, const struct code_plan *plan) {
        int r = run_files(pg, plan, false);

        if (r == 0)
                r = drop_leftovers(pg, plan->files);
        if (r == 0)
                r = check_bodies(pg);
        return r == 0 ? keep_state(pg, plan->files) : r;
}
