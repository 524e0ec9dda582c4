/* A database of its own for a test program, in the cluster of KIKI_TEST_DATABASE (a connection string of its superuser,
   set by `make unit`). */
#pragma once

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "db/pool.h"
#include "db/transaction.h"
#include "problems.h"

#include <errno.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static PGconn *admin; /* connected to the database below, as superuser */
static char database[64];
static char conninfo[1024]; /* of the database */

/* The first value of the first row as text, "" when there is none; valid until the next call. */
static inline const char *sql(const char *statement) {
        static char value[256];
        PGresult *result = PQexec(admin, statement);
        ExecStatusType status = PQresultStatus(result);

        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
                fail_msg("%s: %s", statement, PQerrorMessage(admin));
        snprintf(value, sizeof(value), "%s", PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
        PQclear(result);
        return value;
}

static inline int database_create(const char *schema) {
        const char *cluster = getenv("KIKI_TEST_DATABASE");
        char statement[128];

        if (!cluster) {
                fputs("KIKI_TEST_DATABASE is not set: run this by `make unit`\n", stderr);
                return -1;
        }
        snprintf(database, sizeof(database), "kiki_test_%d_c", (int)getpid());
        admin = PQconnectdb(cluster);
        snprintf(statement, sizeof(statement), "CREATE DATABASE %s OWNER kiki_owner", database);
        sql(statement);
        PQfinish(admin);
        snprintf(conninfo, sizeof(conninfo), "%s dbname=%s", cluster, database);
        admin = PQconnectdb(conninfo);
        sql(schema);
        return 0;
}

static inline int database_drop(void **state) {
        char statement[128];

        (void)state;
        if (!admin)
                return -1;
        PQfinish(admin);
        admin = PQconnectdb(getenv("KIKI_TEST_DATABASE"));
        snprintf(statement, sizeof(statement), "DROP DATABASE %s WITH (FORCE)", database);
        sql(statement);
        PQfinish(admin);
        return 0;
}

static const char *schema_of_tests;

static inline int database_begin(void **state) {
        (void)state;
        return database_create(schema_of_tests);
}

/* Runs the tests on a database of their own that has this schema. */
#define RUN_ON(schema, tests) (schema_of_tests = (schema), cmocka_run_group_tests(tests, database_begin, database_drop))

static inline struct pool *pool_of(unsigned size, unsigned query_ms, unsigned wait_ms) {
        const struct pool_options options = {
                .conninfo = conninfo, .size = size, .wait_ms = wait_ms, .query_ms = query_ms};
        struct pool *pool = NULL;

        assert_int_equal(pool_open(&options, &pool), 0);
        return pool;
}

/* Closes a pool of which nobody has anything or waits for it. */
static inline void pool_put_away(struct pool *pool) {
        struct pool_numbers numbers;

        pool_count(pool, &numbers);
        assert_int_equal(numbers.busy, 0);
        assert_int_equal(numbers.waiting, 0);
        pool_close(pool);
}

/* Queues a text whose parameters are all text. It is a prepared statement like any other: kept, and known by address.
 */
static inline int queue(struct transaction *transaction, const char *text, const char *const *values, unsigned count) {
        static struct kept {
                struct statement statement;
                struct statement_line lines[2];
                char name[16];
                struct kept *next;
        } * all;
        static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
        static const unsigned types[] = {25, 25, 25, 25};
        static unsigned numbers;

        pthread_mutex_lock(&lock);
        struct kept *kept = all;
        while (kept && strcmp(kept->lines[0].text, text) != 0)
                kept = kept->next;
        if (!kept) {
                kept = calloc(1, sizeof(*kept));
                assert_non_null(kept);
                snprintf(kept->name, sizeof(kept->name), "test_%u", ++numbers);
                kept->lines[0].text = strdup(text);
                kept->statement = (struct statement){
                        .name = kept->name, .lines = kept->lines, .types = types, .parameters = count};
                kept->next = all;
                all = kept;
        }
        pthread_mutex_unlock(&lock);
        return transaction_queue(transaction, &kept->statement, NULL, values);
}

#define QUEUE(transaction, text, ...)                                                        \
        queue((transaction), (text), (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL}, \
              sizeof((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL}) / sizeof(char *) - 1)
