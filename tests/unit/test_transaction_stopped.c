/* What ends a transaction from outside: time, a client who has gone, what others did meanwhile. */
#include "transaction_fixture.h"

static void a_slow_statement_is_cancelled(void **state) {
        struct fixture *f = *state;
        struct transaction *t = f->t;
        int64_t began = clock_monotonic_ms();

        QUEUE(t, "SELECT pg_backend_pid()");
        assert_int_equal(transaction_commit(t), 0);
        const char *pid = arena_strdup(f->arena, transaction_value(t, 0, 0, 0));
        QUEUE(t, INSERT, "undone");
        QUEUE(t, "SELECT pg_sleep(20)");
        assert_int_equal(transaction_commit(t), PROBLEM_BUSY);
        assert_in_range(clock_monotonic_ms() - began, 900, 6000);
        assert_string_equal(transaction_refusal(t)->sqlstate, "57014");
        assert_int_equal(transaction_refusal(t)->step, 1);
        assert_false(transaction_refusal(t)->retryable);
        assert_int_equal(transaction_rollback(t), 0);
        /* The connection has come through it. */
        open_anew(f, false);
        QUEUE(f->t, "SELECT pg_backend_pid(), count(*) FROM rows");
        assert_int_equal(transaction_commit(f->t), 0);
        assert_string_equal(transaction_value(f->t, 0, 0, 0), pid);
        assert_string_equal(transaction_value(f->t, 0, 0, 1), "0");
}

/* Neither many short flushes nor another attempt get more than the time of the request. */
static void the_time_is_that_of_the_request(void **state) {
        struct fixture *f = *state;
        int64_t began = clock_monotonic_ms();
        int flushes = 0, r = 0;

        while (r == 0 && flushes < 20) {
                transaction_explicit(f->t);
                QUEUE(f->t, "SELECT pg_sleep(0.3)");
                r = transaction_flush(f->t);
                flushes++;
        }
        assert_int_equal(r, PROBLEM_BUSY);
        assert_in_range(flushes, 2, 10);
        assert_string_equal(transaction_refusal(f->t)->sqlstate, "57014");
        transaction_end(f->t);
        assert_int_equal(transaction_open(f->pool, f->arena, &f->errand, &f->t), 0);
        QUEUE(f->t, "SELECT pg_sleep(5)");
        assert_int_equal(transaction_commit(f->t), PROBLEM_BUSY);
        assert_in_range(clock_monotonic_ms() - began, 900, 4500);
        assert_int_equal(transaction_rollback(f->t), 0);
}

/* C thought for longer than PostgreSQL lets a transaction stand still. */
static void a_transaction_that_stood_still_says_so(void **state) {
        struct fixture *f = *state;

        transaction_explicit(f->t);
        QUEUE(f->t, "SET LOCAL idle_in_transaction_session_timeout = '50ms'");
        QUEUE(f->t, INSERT, "undone");
        assert_int_equal(transaction_flush(f->t), 0);
        usleep(300000);
        QUEUE(f->t, INSERT, "undone");
        assert_int_equal(transaction_commit(f->t), PROBLEM_BUSY);
        assert_string_equal(transaction_refusal(f->t)->sqlstate, "25P03");
        assert_non_null(transaction_refusal(f->t)->cause);
        open_anew(f, false);
        QUEUE(f->t, "SELECT count(*) FROM rows");
        assert_int_equal(transaction_commit(f->t), 0);
        assert_string_equal(transaction_value(f->t, 0, 0, 0), "0");
}

static void a_client_that_goes_stops_a_read(void **state) {
        struct fixture *f = *state;
        int64_t began = clock_monotonic_ms();

        f->gone = true;
        open_anew(f, true);
        QUEUE(f->t, "SELECT pg_sleep(0.9)");
        assert_int_equal(transaction_commit(f->t), PROBLEM_BUSY);
        assert_in_range(clock_monotonic_ms() - began, 50, 850);
}

static void a_client_that_goes_does_not_stop_a_write(void **state) {
        struct fixture *f = *state;

        f->gone = true;
        QUEUE(f->t, INSERT, "done");
        QUEUE(f->t, "SELECT pg_sleep(0.4)");
        assert_int_equal(transaction_commit(f->t), 0);
        assert_string_equal(sql("SELECT word FROM rows"), "done");
}

static void a_client_that_goes_stops_a_write_before_its_commit(void **state) {
        struct fixture *f = *state;

        f->gone = true;
        transaction_explicit(f->t);
        QUEUE(f->t, INSERT, "undone");
        QUEUE(f->t, "SELECT pg_sleep(0.9)");
        assert_int_equal(transaction_flush(f->t), PROBLEM_BUSY);
        assert_int_equal(transaction_commit(f->t), PROBLEM_BUSY);
        transaction_end(f->t);
        assert_string_equal(sql("SELECT count(*) FROM rows"), "0");
}

static void a_serialisation_failure_may_be_retried(void **state) {
        struct fixture *f = *state;
        struct transaction *other;

        assert_int_equal(transaction_open(f->pool, f->arena, NULL, &other), 0);
        struct transaction *both[] = {f->t, other};
        for (int i = 0; i < 2; i++) {
                transaction_explicit(both[i]);
                QUEUE(both[i], "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
                QUEUE(both[i], "SELECT n FROM counters WHERE id = 1");
                assert_int_equal(transaction_flush(both[i]), 0);
        }
        QUEUE(other, "UPDATE counters SET n = n + 1 WHERE id = 1");
        assert_int_equal(transaction_commit(other), 0);
        QUEUE(f->t, "UPDATE counters SET n = n + 1 WHERE id = 1");
        assert_int_equal(transaction_commit(f->t), PROBLEM_BUSY);
        assert_string_equal(transaction_refusal(f->t)->sqlstate, "40001");
        assert_true(transaction_refusal(f->t)->retryable);
        assert_int_equal(transaction_rollback(f->t), 0);
        QUEUE(f->t, "UPDATE counters SET n = n + 1 WHERE id = 1");
        assert_int_equal(transaction_commit(f->t), 0);
        transaction_end(other);
}

static void a_changed_table_spoils_the_connection_only(void **state) {
        struct fixture *f = *state;

        QUEUE(f->t, "SELECT * FROM rows");
        assert_int_equal(transaction_commit(f->t), 0);
        sql("ALTER TABLE rows ADD extra int");
        QUEUE(f->t, "SELECT * FROM rows");
        assert_int_equal(transaction_commit(f->t), PROBLEM_DATABASE_UNAVAILABLE);
        assert_string_equal(transaction_refusal(f->t)->sqlstate, "0A000");
        assert_true(transaction_refusal(f->t)->retryable);
        transaction_end(f->t);
        assert_int_equal(transaction_open(f->pool, f->arena, NULL, &f->t), 0);
        QUEUE(f->t, "SELECT * FROM rows");
        assert_int_equal(transaction_commit(f->t), 0);
        sql("ALTER TABLE rows DROP extra");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(a_slow_statement_is_cancelled),
                TEST(the_time_is_that_of_the_request),
                TEST(a_transaction_that_stood_still_says_so),
                TEST(a_client_that_goes_stops_a_read),
                TEST(a_client_that_goes_does_not_stop_a_write),
                TEST(a_client_that_goes_stops_a_write_before_its_commit),
                TEST(a_serialisation_failure_may_be_retried),
                TEST(a_changed_table_spoils_the_connection_only),
        };

        return RUN_ON(schema, tests);
}
