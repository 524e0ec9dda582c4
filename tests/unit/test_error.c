/* What PostgreSQL refuses with, and the problem that becomes of it. The texts of rows are made up, and must not reach
   the log. */
#include "database.h"
#include "db/error.h"

#include <fcntl.h>

static const char schema[] =
        "CREATE TABLE devices (id int CONSTRAINT pk PRIMARY KEY, code text CONSTRAINT devices_code_unique UNIQUE,"
        " n int NOT NULL DEFAULT 0 CONSTRAINT small CHECK (n < 10), parent int REFERENCES devices);"
        "CREATE TABLE spans (during int4range, EXCLUDE USING gist (during WITH &&));"
        "INSERT INTO devices VALUES (1, 'taken'); INSERT INTO spans VALUES ('[1,5)');"
        "CREATE FUNCTION refuse(slug text, detail text) RETURNS void LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'KK000', MESSAGE = slug, DETAIL = detail; END $$;"
        "CREATE FUNCTION fail(state text) RETURNS void LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION USING ERRCODE = state, MESSAGE = 'geheim'; END $$;";

struct fixture {
        struct pool *pool;
        struct arena *arena;
        struct transaction *t;
        int stderr_kept;
        FILE *log;
};

/* The log goes to a file of the test's own. */
static int set_up(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));

        f->pool = pool_of(1, 1000, 250);
        f->arena = arena_new();
        assert_int_equal(transaction_open(f->pool, f->arena, NULL, &f->t), 0);
        f->log = tmpfile();
        f->stderr_kept = dup(STDERR_FILENO);
        dup2(fileno(f->log), STDERR_FILENO);
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        struct fixture *f = *state;

        dup2(f->stderr_kept, STDERR_FILENO);
        close(f->stderr_kept);
        fclose(f->log);
        transaction_end(f->t);
        pool_close(f->pool);
        arena_free(f->arena);
        free(f);
        return 0;
}

static const char *logged(struct fixture *f) {
        static char text[8192];
        rewind(f->log);
        size_t length = fread(text, 1, sizeof(text) - 1, f->log);

        text[length] = '\0';
        return text;
}

static const struct refusal *refused(struct fixture *f, const char *text, int problem) {
        transaction_rollback(f->t);
        assert_int_equal(QUEUE(f->t, text), 0);
        assert_int_equal(transaction_commit(f->t), problem);
        return transaction_refusal(f->t);
}

static void a_raised_problem_keeps_its_details(void **state) {
        struct fixture *f = *state;
        const struct refusal *refusal =
                refused(f,
                        "SELECT refuse('reference-not-found', '{\"pointer\":\"/a/0\",\"code\":\"not_found\","
                        "\"members\":{\"findings\":[1, {\"理由\":\"鍵\"}]}}')",
                        PROBLEM_REFERENCE_NOT_FOUND);

        assert_string_equal(refusal->sqlstate, "KK000");
        assert_string_equal(refusal->pointer, "/a/0");
        assert_string_equal(refusal->code, "not_found");
        assert_string_equal(refusal->members, "{\"findings\":[1,{\"理由\":\"鍵\"}]}");
        assert_false(refusal->retryable);
        assert_string_equal(logged(f), "");
}

static void a_raised_problem_may_have_none(void **state) {
        struct fixture *f = *state;
        const char *const details[] = {"{}", "", "no json", "[]", "{\"pointer\":7,\"code\":null,\"members\":[1]}"};

        for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
                const struct refusal *refusal = refused(
                        f, arena_printf(f->arena, "SELECT refuse('forbidden', '%s')", details[i]), PROBLEM_FORBIDDEN);
                assert_null(refusal->pointer);
                assert_null(refusal->code);
                assert_null(refusal->members);
        }
        assert_string_equal(logged(f), "");
}

static void an_unknown_problem_is_a_fault(void **state) {
        struct fixture *f = *state;

        refused(f, "SELECT refuse('no-such-problem', '{}')", PROBLEM_INTERNAL_ERROR);
        assert_non_null(strstr(logged(f), "unknown-problem-raised"));
        assert_non_null(strstr(logged(f), "no-such-problem"));
}

static void a_replay_is_told_by_its_state(void **state) {
        struct fixture *f = *state;

        assert_string_equal(refused(f, "SELECT fail('KK200')", PROBLEM_INTERNAL_ERROR)->sqlstate, "KK200");
        assert_string_equal(logged(f), "");
}

static void a_lock_that_was_not_free_tells_its_name(void **state) {
        struct fixture *f = *state;
        const struct refusal *refusal = refused(f,
                                                "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'KK503', MESSAGE = 'busy',"
                                                " DETAIL = '{\"code\":\"device 7\"}'; END $$",
                                                PROBLEM_BUSY);

        assert_string_equal(refusal->sqlstate, "KK503");
        assert_string_equal(refusal->code, "device 7");
        assert_string_equal(refusal->cause, "device 7");
        assert_non_null(strstr(refusal->en, "somebody else"));
        assert_string_equal(logged(f), "");
}

/* The sentence tells what happened, and the cause is there for whoever logs the answer. */
static void a_busy_record_is_told_from_a_slow_one(void **state) {
        struct fixture *f = *state;

        sql("BEGIN; SELECT during FROM spans FOR UPDATE");
        const struct refusal *refusal = refused(f, "SELECT during FROM spans FOR UPDATE NOWAIT", PROBLEM_BUSY);
        sql("ROLLBACK");
        assert_non_null(strstr(refusal->en, "somebody else"));
        assert_non_null(strstr(refusal->cause, "could not obtain lock"));
        transaction_rollback(f->t);
        refusal = refused(f, "SELECT pg_sleep(2)", PROBLEM_BUSY);
        assert_non_null(strstr(refusal->en, "not done in time"));
        assert_non_null(strstr(refusal->cause, "canceling statement"));
}

static void constraints_are_known_by_name(void **state) {
        struct fixture *f = *state;
        const struct refusal *refusal =
                refused(f, "INSERT INTO devices VALUES (2, 'taken')", PROBLEM_DEVICE_CODE_TAKEN);

        assert_string_equal(refusal->pointer, "/code");
        assert_string_equal(refusal->code, "taken");
        assert_string_equal(refusal->sqlstate, "23505");
}

static void states_stand_for_problems(void **state) {
        struct fixture *f = *state;
        static const struct {
                const char *text;
                int problem;
                const char *sqlstate;
                bool retryable;
                const char *event; /* in the log, or NULL */
        } cases[] = {
                {"INSERT INTO devices VALUES (1, 'geheim')", PROBLEM_CONFLICT, "23505", false, NULL},
                {"INSERT INTO spans VALUES ('[4,9)')", PROBLEM_CONFLICT, "23P01", false, NULL},
                {"INSERT INTO devices VALUES (3, 'geheim', 1, 99)", PROBLEM_REFERENCE_NOT_FOUND, "23503", false, NULL},
                {"INSERT INTO devices VALUES (3, 'geheim', 77)", PROBLEM_VALIDATION_FAILED, "23514", false, "small"},
                {"INSERT INTO devices VALUES (3, 'geheim', NULL)", PROBLEM_VALIDATION_FAILED, "23502", false,
                 "missing-check"},
                {"SELECT 'geheim'::int", PROBLEM_VALUE_NOT_ACCEPTED, "22P02", false, "missing-check"},
                {"SELECT '2026-02-30'::date", PROBLEM_VALUE_NOT_ACCEPTED, "22008", false, "missing-check"},
                {"SELECT fail('40001')", PROBLEM_BUSY, "40001", true, NULL},
                {"SELECT fail('40P01')", PROBLEM_BUSY, "40P01", true, NULL},
                {"SELECT fail('57014')", PROBLEM_BUSY, "57014", false, NULL},
                {"SELECT fail('55P03')", PROBLEM_BUSY, "55P03", false, NULL},
                {"SELECT fail('25P03')", PROBLEM_BUSY, "25P03", false, NULL},
                {"SELECT fail('53100')", PROBLEM_STORAGE_FULL, "53100", false, NULL},
                {"SELECT fail('53200')", PROBLEM_DATABASE_UNAVAILABLE, "53200", false, NULL},
                {"SELECT fail('08006')", PROBLEM_DATABASE_UNAVAILABLE, "08006", false, NULL},
                {"SELECT fail('57P03')", PROBLEM_DATABASE_UNAVAILABLE, "57P03", true, NULL},
                {"DO $$ BEGIN SET LOCAL ROLE pg_monitor; INSERT INTO devices VALUES (9, 'geheim'); END $$",
                 PROBLEM_FORBIDDEN, "42501", false, "missing-check"},
                {"SELECT nothing FROM devices", PROBLEM_INTERNAL_ERROR, "42703", false,
                 "\\\"nothing\\\" does not exist"},
                {"SELECT fail('58030')", PROBLEM_INTERNAL_ERROR, "58030", false, "database-fault"},
                {"DO $$ BEGIN RAISE 'outside any operation'; END $$", PROBLEM_INTERNAL_ERROR, "P0001", false,
                 "outside any operation"},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(ftruncate(fileno(f->log), 0), 0);
                rewind(f->log);
                lseek(STDERR_FILENO, 0, SEEK_SET);
                const struct refusal *refusal = refused(f, cases[i].text, cases[i].problem);
                assert_string_equal(refusal->sqlstate, cases[i].sqlstate);
                assert_int_equal(refusal->retryable, cases[i].retryable);
                assert_null(refusal->members);
                if (cases[i].event)
                        assert_non_null(strstr(logged(f), cases[i].event));
                else
                        assert_string_equal(logged(f), "");
                assert_null(strstr(logged(f), "geheim"));
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(a_raised_problem_keeps_its_details), TEST(a_raised_problem_may_have_none),
                TEST(an_unknown_problem_is_a_fault),      TEST(a_replay_is_told_by_its_state),
                TEST(constraints_are_known_by_name),      TEST(a_lock_that_was_not_free_tells_its_name),
                TEST(states_stand_for_problems),          TEST(a_busy_record_is_told_from_a_slow_one),
        };

        return RUN_ON(schema, tests);
}
