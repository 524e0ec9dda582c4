#include "db/migrate.h"

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/log.h"
#include "db/backend.h"
#include "db/migrate_code.h"
#include "db/migrator.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Any number that nothing else in the database locks: "kiki". */
#define LOCK_KEY "1802070889"

enum { LOCK_PAUSE_MS = 200, LOCK_TRIES = 3000 };

static const char needed_roles[] = "{kiki_owner,kiki_migrator,kiki_service,kiki_worker}";

static void cleanup_pg(PGconn **pg) {
        PQfinish(*pg);
}

static void ignore_notice(void *context, const PGresult *result) {
        (void)context;
        (void)result;
}

static int connect_migrator(const struct migrate_options *options, PGconn **ret_pg) {
        _cleanup_free_ char *password = NULL;
        int r = backend_read_password(options->password_file, &password);

        if (r < 0) {
                LOG(LOG_LEVEL_ERROR, "password-file-unreadable", LOG_TEXT("path", options->password_file),
                    LOG_INT("errno", -r));
                return r;
        }
        const char *const names[] = {"application_name", "connect_timeout", "dbname",
                                     "password",         "client_encoding", NULL};
        const char *const values[] = {"kiki migrate", "10", options->conninfo, password, "UTF8", NULL};
        _cleanup_(cleanup_pg) PGconn *pg = PQconnectdbParams(names, values, 1);
        if (PQstatus(pg) != CONNECTION_OK) {
                LOG(LOG_LEVEL_ERROR, "database-unreachable", LOG_TEXT("message", PQerrorMessage(pg)));
                return -ECONNREFUSED;
        }
        PQsetNoticeReceiver(pg, ignore_notice, NULL);
        *ret_pg = TAKE_PTR(pg);
        return 0;
}

static int check_roles(PGconn *pg) {
        const char *const values[] = {needed_roles};
        _cleanup_result_ PGresult *result =
                migrator_ask(pg, "check roles",
                             "SELECT name FROM unnest($1::text[]) name"
                             " WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)",
                             1, values);

        if (!result)
                return -EIO;
        for (int i = 0; i < PQntuples(result); i++)
                LOG(LOG_LEVEL_ERROR, "role-missing", LOG_TEXT("role", PQgetvalue(result, i, 0)),
                    LOG_TEXT("remedy", "an administrator runs deploy/roles.sql once"));
        return PQntuples(result) > 0 ? -ENOENT : 0;
}

/* A second migrator waits for the first: by asking, as one that waited in the lock would hold a snapshot, which the
   first one's concurrent index waits for in turn. */
static int take_lock(PGconn *pg) {
        for (int tries = 0; tries < LOCK_TRIES; tries++) {
                _cleanup_result_ PGresult *result =
                        migrator_ask(pg, "take the lock", "SELECT pg_try_advisory_lock(" LOCK_KEY ")", 0, NULL);
                if (!result)
                        return -EIO;
                if (*PQgetvalue(result, 0, 0) == 't')
                        return 0;
                if (tries == 0)
                        LOG(LOG_LEVEL_INFO, "waiting-for-another-migrator");
                usleep(LOCK_PAUSE_MS * 1000);
        }
        LOG(LOG_LEVEL_ERROR, "another-migrator-does-not-end");
        return -EBUSY;
}

static int prepare_session(PGconn *pg) {
        int r = take_lock(pg);

        if (r == 0)
                r = migrator_run(pg, "become kiki_owner", "SET ROLE kiki_owner");
        if (r == 0)
                r = migrator_run(pg, "set up the session",
                                 "SET statement_timeout = 0; SET search_path = kiki, api, pg_temp;"
                                 "SET timezone = '" CLOCK_ZONE "'; SET check_function_bodies = on;"
                                 "SET kiki.operation = 'migrate'");
        if (r == 0)
                r = migrator_run(
                        pg, "make kiki.migrations",
                        "CREATE SCHEMA IF NOT EXISTS kiki;"
                        "CREATE TABLE IF NOT EXISTS kiki.migrations (number int PRIMARY KEY, name text NOT NULL,"
                        " checksum text NOT NULL, oldest_program int NOT NULL DEFAULT 0,"
                        " applied_at timestamptz NOT NULL DEFAULT now())");
        return r == 0 ? code_prepare(pg) : r;
}

/* A newer release has been here. Its migrations are fine as long as they take nothing away from this one. */
static int check_newer(const PGresult *result, int newest) {
        int count = PQntuples(result);

        for (int i = newest; i < count; i++)
                if (atoi(PQgetvalue(result, i, 3)) > newest) {
                        LOG(LOG_LEVEL_ERROR, "database-newer", LOG_TEXT("name", PQgetvalue(result, i, 1)),
                            LOG_TEXT("oldest_program", PQgetvalue(result, i, 3)), LOG_INT("program", newest));
                        return -EPROTO;
                }
        LOG(LOG_LEVEL_INFO, "schema-newer", LOG_INT("database", count), LOG_INT("program", newest));
        return 0;
}

/* Compares what was run with what is here. *ret_done is how many of these were run. */
static int check_history(PGconn *pg, const struct migrations *files, int *ret_done) {
        const struct migration *migrations = files->numbered;
        _cleanup_result_ PGresult *result = migrator_ask(
                pg, "read kiki.migrations",
                "SELECT number, name, checksum, oldest_program FROM kiki.migrations ORDER BY number", 0, NULL);

        if (!result)
                return -EIO;
        int done = PQntuples(result), newest = migrations_newest(files);
        if (done > newest) {
                int r = check_newer(result, newest);
                if (r != 0)
                        return r;
                done = newest;
        }
        for (int i = 0; i < done; i++) {
                bool same = atoi(PQgetvalue(result, i, 0)) == migrations[i].number &&
                            strcmp(PQgetvalue(result, i, 2), migrations[i].checksum) == 0;
                if (same)
                        continue;
                LOG(LOG_LEVEL_ERROR, "migration-changed", LOG_INT("number", migrations[i].number),
                    LOG_TEXT("name", migrations[i].name), LOG_TEXT("was", PQgetvalue(result, i, 1)));
                return -EPROTO;
        }
        *ret_done = done;
        return 0;
}

static int record(PGconn *pg, const struct migration *migration) {
        char number[12];

        snprintf(number, sizeof(number), "%d", migration->number);
        const char *const values[] = {number, migration->name, migration->checksum, migration->text};
        _cleanup_result_ PGresult *result =
                migrator_ask(pg, "record",
                             "INSERT INTO kiki.migrations (number, name, checksum, oldest_program) VALUES ($1, $2, $3,"
                             " coalesce(substring($4 FROM '(?n)^-- oldest-program: (\\d+)$')::int, 0))",
                             4, values);
        return result ? 0 : -EIO;
}

static int run_whole(PGconn *pg, const struct migration *migration) {
        int r = migrator_run(pg, migration->name, migration->text);

        if (r == 0 && PQtransactionStatus(pg) != PQTRANS_INTRANS) {
                LOG(LOG_LEVEL_ERROR, "migration-ends-its-transaction", LOG_TEXT("name", migration->name));
                return -EPROTO;
        }
        return r == 0 ? record(pg, migration) : r;
}

static int run_statements(PGconn *pg, const struct migration *migration) {
        const char *text = migration->text;
        int r = migrator_run(pg, migration->name, "SET lock_timeout = '1min'");

        while (r == 0 && *text) {
                const char *end = strstr(text, ";\n");
                size_t length = end ? (size_t)(end - text) + 2 : strlen(text);
                _cleanup_free_ char *statement = strndup(text, length);
                if (!statement)
                        return -ENOMEM;
                r = migrator_run(pg, migration->name, statement);
                text += length;
        }
        return r == 0 ? record(pg, migration) : r;
}

/* What waits for a lock on a table makes everybody behind it wait. */
static int begin(PGconn *pg) {
        return migrator_run(pg, "begin", "SET lock_timeout = '5s'; BEGIN");
}

/* One that runs by itself stands between two transactions. */
static int run_one(PGconn *pg, const struct migration *migration) {
        static const char mark[] = "-- no-transaction\n";
        bool whole = strncmp(migration->text, mark, sizeof(mark) - 1) != 0;
        int r = whole ? run_whole(pg, migration) : migrator_run(pg, "commit", "COMMIT");

        if (r == 0 && !whole)
                r = run_statements(pg, migration);
        if (r == 0 && !whole)
                r = begin(pg);
        if (r == 0)
                LOG(LOG_LEVEL_INFO, "migrated", LOG_INT("number", migration->number),
                    LOG_TEXT("name", migration->name));
        return r;
}

static int run_missing(PGconn *pg, const struct migration *missing, const struct code_plan *plan) {
        int r = begin(pg);

        if (r == 0)
                r = code_run_before(pg, plan);
        for (const struct migration *m = missing; r == 0 && m->name; m++)
                r = run_one(pg, m);
        if (r == 0 && plan->any)
                r = code_run_after(pg, plan);
        return r == 0 ? migrator_run(pg, "commit", "COMMIT") : r;
}

int migrate_run(const struct migrate_options *options) {
        _cleanup_(cleanup_pg) PGconn *pg = NULL;
        const struct migrations *files = options->files;
        struct code_plan plan;
        int done = 0;

        int r = connect_migrator(options, &pg);
        if (r == 0)
                r = check_roles(pg);
        if (r == 0)
                r = prepare_session(pg);
        if (r == 0)
                r = check_history(pg, files, &done);
        if (r == 0)
                r = code_compare(pg, files, &plan);
        if (r == 0 && (plan.any || files->numbered[done].name))
                r = run_missing(pg, files->numbered + done, &plan);
        if (r == 0)
                LOG(LOG_LEVEL_INFO, "schema-current", LOG_INT("number", migrations_newest(files)));
        return r;
}
