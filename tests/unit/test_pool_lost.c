/* Connections that are lost: what is known of the transaction that was on them. */
#include "pool_fixture.h"

static const char schema[] = "CREATE TABLE rows (id serial PRIMARY KEY, word text);"
                             "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS"
                             " $$ BEGIN PERFORM pg_sleep(NEW.word::float); RETURN NULL; END $$;"
                             "CREATE TABLE late (word text);"
                             "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED"
                             " FOR EACH ROW EXECUTE FUNCTION slowly();";

#define INSERT "INSERT INTO rows (word) VALUES ($1)"

static int set_up(void **state) {
        sql("TRUNCATE rows, late");
        return pool_set_up(state, 2, 3000);
}

static void a_killed_backend_is_no_outcome_for_a_read(void **state) {
        struct fixture *f = *state;
        struct transaction *t = open_reader(f);
        struct later later;

        QUEUE(t, "SELECT pg_sleep(2)");
        start_later(&later, 100, kill_backends, NULL);
        assert_int_equal(transaction_commit(t), PROBLEM_DATABASE_UNAVAILABLE);
        assert_true(transaction_refusal(t)->retryable);
        assert_int_equal(transaction_rollback(t), PROBLEM_DATABASE_UNAVAILABLE);
        assert_int_equal(transaction_commit(t), PROBLEM_DATABASE_UNAVAILABLE);
        pthread_join(later.thread, NULL);
        transaction_end(t);
        t = open_one(f);
        QUEUE(t, "SELECT 1");
        assert_int_equal(transaction_commit(t), 0);
        transaction_end(t);
}

static void a_backend_that_says_goodbye_in_a_statement_has_not_committed(void **state) {
        struct fixture *f = *state;
        struct transaction *t = open_one(f);
        struct later later;

        QUEUE(t, INSERT, "undone");
        QUEUE(t, "SELECT pg_sleep(2)");
        start_later(&later, 100, kill_backends, NULL);
        assert_int_equal(transaction_commit(t), PROBLEM_DATABASE_UNAVAILABLE);
        assert_string_equal(transaction_refusal(t)->sqlstate, "57P01");
        assert_true(transaction_refusal(t)->retryable);
        pthread_join(later.thread, NULL);
        transaction_end(t);
        assert_string_equal(sql("SELECT count(*) FROM rows"), "0");
}

static void a_backend_killed_while_committing_leaves_the_outcome_unknown(void **state) {
        struct fixture *f = *state;

        for (int with_begin = 0; with_begin < 2; with_begin++) {
                struct transaction *t = open_one(f);
                struct later later;
                if (with_begin)
                        transaction_explicit(t);
                QUEUE(t, "INSERT INTO late VALUES ($1)", "2");
                start_later(&later, 100, kill_backends, NULL);
                assert_int_equal(transaction_commit(t), PROBLEM_OUTCOME_UNKNOWN);
                assert_false(transaction_refusal(t)->retryable);
                pthread_join(later.thread, NULL);
                transaction_end(t);
        }
}

static void a_lost_answer_leaves_the_outcome_unknown(void **state) {
        struct fixture *f = *state;

        wire_up(f, 2, 3000);
        for (int with_begin = 0; with_begin < 2; with_begin++) {
                struct transaction *t = open_one(f);
                struct later later;
                if (with_begin)
                        transaction_explicit(t);
                QUEUE(t, INSERT, "done");
                atomic_store(&f->wire.deaf, true);
                start_later(&later, 200, cut, &f->wire);
                assert_int_equal(transaction_commit(t), PROBLEM_OUTCOME_UNKNOWN);
                pthread_join(later.thread, NULL);
                transaction_end(t);
                atomic_store(&f->wire.deaf, false);
                atomic_store(&f->wire.cut, false);
        }
        /* It was committed, which only PostgreSQL knows. */
        assert_string_equal(sql("SELECT count(*) FROM rows"), "2");
}

static void a_connection_lost_before_commit_is_no_outcome(void **state) {
        struct fixture *f = *state;
        struct later later;

        wire_up(f, 1, 3000);
        struct transaction *t = open_one(f);
        transaction_explicit(t);
        QUEUE(t, INSERT, "undone");
        QUEUE(t, "SELECT pg_sleep(0.5)");
        start_later(&later, 100, cut, &f->wire);
        assert_int_equal(transaction_flush(t), PROBLEM_DATABASE_UNAVAILABLE);
        assert_true(transaction_refusal(t)->retryable);
        pthread_join(later.thread, NULL);
        transaction_end(t);
        usleep(500000);
        assert_string_equal(sql("SELECT count(*) FROM rows"), "0");
}

static void a_silent_server_is_given_up(void **state) {
        struct fixture *f = *state;

        wire_up(f, 1, 100);
        struct transaction *t = open_reader(f);
        atomic_store(&f->wire.deaf, true);
        QUEUE(t, "SELECT 1");
        int64_t began = clock_monotonic_ms();
        assert_int_equal(transaction_commit(t), PROBLEM_BUSY);
        assert_in_range(clock_monotonic_ms() - began, 4000, 9000);
        transaction_end(t);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(a_killed_backend_is_no_outcome_for_a_read),
                TEST(a_backend_that_says_goodbye_in_a_statement_has_not_committed),
                TEST(a_backend_killed_while_committing_leaves_the_outcome_unknown),
                TEST(a_lost_answer_leaves_the_outcome_unknown),
                TEST(a_connection_lost_before_commit_is_no_outcome),
                TEST(a_silent_server_is_given_up),
        };

        return RUN_ON(schema, tests);
}
