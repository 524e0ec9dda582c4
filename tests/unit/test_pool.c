#include "pool_fixture.h"

enum { THREADS = 8, TRANSACTIONS = 1000 };

static const char schema[] = "CREATE TABLE rows (id serial PRIMARY KEY, word text)";

#define INSERT "INSERT INTO rows (word) VALUES ($1)"

static int set_up(void **state) {
        sql("TRUNCATE rows");
        return pool_set_up(state, 2, 3000);
}

/* --- Connections ------------------------------------------------------------------------------------------------- */

static void connections_are_set_up(void **state) {
        struct fixture *f = *state;
        const struct pool_options options = {
                .conninfo = conninfo, .size = 1, .wait_ms = 250, .query_ms = 1000, .clock_offset_s = -86400};

        pool_close(f->pool);
        assert_int_equal(pool_open(&options, &f->pool), 0);
        struct transaction *t = open_one(f);
        QUEUE(t, "SELECT current_setting('TimeZone'), current_setting('application_name'),"
                 " now() + current_setting('kiki.clock_offset')::interval < now() - interval '23 hours'");
        assert_int_equal(transaction_commit(t), 0);
        assert_string_equal(transaction_value(t, 0, 0, 0), "Etc/GMT-9");
        assert_string_equal(transaction_value(t, 0, 0, 1), "kiki");
        assert_string_equal(transaction_value(t, 0, 0, 2), "t");
        transaction_end(t);
}

static void connections_are_used_again(void **state) {
        struct fixture *f = *state;
        char pid[16] = "";

        for (int i = 0; i < 5; i++) {
                struct transaction *t = open_one(f);
                QUEUE(t, "SELECT pg_backend_pid()");
                QUEUE(t, "SELECT count(*) FROM pg_prepared_statements");
                assert_int_equal(transaction_commit(t), 0);
                if (i > 0)
                        assert_string_equal(transaction_value(t, 1, 0, 0), pid);
                strcpy(pid, transaction_value(t, 1, 0, 0));
                assert_string_equal(transaction_value(t, 0, 0, 0), "2");
                transaction_end(t);
        }
}

static void nothing_is_prepared_for_a_pooler(void **state) {
        struct fixture *f = *state;
        const struct pool_options options = {
                .conninfo = conninfo, .size = 1, .wait_ms = 250, .query_ms = 1000, .unnamed_statements = true};

        /* Without start-up options the database's own settings must be right. */
        pool_close(f->pool);
        assert_int_equal(pool_open(&options, &f->pool), 0);
        sql("SET timezone = 'UTC'; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''UTC''',"
            " current_database()); END $$");
        assert_int_equal(open_fails(f, false), PROBLEM_DATABASE_UNAVAILABLE);
        sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Etc/GMT-9''', current_database()); END "
            "$$");
        usleep(150000);
        struct transaction *t = open_one(f);
        transaction_explicit(t);
        QUEUE(t, INSERT, "one");
        assert_int_equal(transaction_flush(t), 0);
        QUEUE(t, "SELECT count(*) FROM pg_prepared_statements");
        assert_int_equal(transaction_commit(t), 0);
        assert_string_equal(transaction_value(t, 0, 0, 0), "0");
        transaction_end(t);
}

static void an_old_connection_is_replaced_when_it_comes_back(void **state) {
        struct fixture *f = *state;
        const struct pool_options options = {
                .conninfo = conninfo, .size = 1, .wait_ms = 1000, .query_ms = 5000, .age_s = 1};
        int64_t began = clock_monotonic_ms();
        int pid = 0, changes = 0;

        pool_close(f->pool);
        assert_int_equal(pool_open(&options, &f->pool), 0);
        while (clock_monotonic_ms() - began < 2500) {
                struct transaction *t = open_one(f);
                QUEUE(t, "SELECT pg_backend_pid()");
                assert_int_equal(transaction_commit(t), 0);
                changes += atoi(transaction_value(t, 0, 0, 0)) != pid;
                pid = atoi(transaction_value(t, 0, 0, 0));
                transaction_end(t);
                usleep(20000);
        }
        assert_in_range(changes, 2, 4);
        assert_string_equal(sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                " AND application_name = 'kiki'"),
                            "1");
}

static void idle_connections_that_died_are_replaced(void **state) {
        struct fixture *f = *state;
        struct transaction *a = open_reader(f), *b = open_reader(f);

        transaction_end(a);
        transaction_end(b);
        kill_backends(NULL);
        usleep(50000);
        for (int i = 0; i < 4; i++) {
                a = open_one(f);
                QUEUE(a, INSERT, "word");
                assert_int_equal(transaction_commit(a), 0);
                transaction_end(a);
        }
}

static void a_malformed_connection_string_is_refused(void **state) {
        const struct pool_options options = {.conninfo = "no such thing", .size = 1};
        struct pool *pool = NULL;

        (void)state;
        assert_int_equal(pool_open(&options, &pool), -EINVAL);
        assert_null(pool);
}

static void an_unreadable_password_file_is_no_database(void **state) {
        struct fixture *f = *state;
        const struct pool_options options = {.conninfo = conninfo, .password_file = "/nonexistent", .size = 1};

        pool_close(f->pool);
        assert_int_equal(pool_open(&options, &f->pool), 0);
        assert_int_equal(open_fails(f, false), PROBLEM_DATABASE_UNAVAILABLE);
}

static void an_absent_database_is_told_at_once_and_found_again(void **state) {
        struct fixture *f = *state;

        wire_up(f, 2, 1000);
        cut(&f->wire);
        int64_t began = clock_monotonic_ms();
        for (int i = 0; i < 200; i++)
                assert_int_equal(open_fails(f, false), PROBLEM_DATABASE_UNAVAILABLE);
        assert_in_range(clock_monotonic_ms() - began, 0, 2000);
        /* Attempts are spaced, whatever the requests. */
        assert_in_range(atomic_load(&f->wire.accepted), 1, 6);
        atomic_store(&f->wire.cut, false);
        struct transaction *t;
        int r = PROBLEM_DATABASE_UNAVAILABLE;
        for (int i = 0; i < 100 && r != 0; i++) {
                usleep(30000);
                r = transaction_open(f->pool, f->arena, NULL, &t);
        }
        assert_int_equal(r, 0);
        transaction_end(t);
}

/* --- Waiting ----------------------------------------------------------------------------------------------------- */

static void waiting_has_an_end(void **state) {
        struct fixture *f = *state;
        struct transaction *a = open_reader(f), *b = open_reader(f);
        struct pool_numbers numbers;

        int64_t began = clock_monotonic_ms();
        assert_int_equal(open_fails(f, true), PROBLEM_BUSY);
        assert_in_range(clock_monotonic_ms() - began, 240, 1000);
        pool_count(f->pool, &numbers);
        assert_int_equal(numbers.open, 2);
        assert_int_equal(numbers.busy, 2);
        assert_int_equal(numbers.refused, 1);
        transaction_end(a);
        transaction_end(b);
}

struct visitor {
        struct fixture *fixture;
        pthread_t thread;
        atomic_int result;
        atomic_int place; /* in which order they were served */
};

static atomic_int served;

static void *visit(void *argument) {
        struct visitor *visitor = argument;
        struct arena *arena = arena_new();
        struct errand errand = {.read_only = true};
        struct transaction *t;
        int r = transaction_open(visitor->fixture->pool, arena, &errand, &t);

        if (r == 0) {
                atomic_store(&visitor->place, atomic_fetch_add(&served, 1));
                QUEUE(t, "SELECT pg_sleep(0.02)");
                r = transaction_commit(t);
                transaction_end(t);
        }
        atomic_store(&visitor->result, r);
        arena_free(arena);
        return NULL;
}

static unsigned waiting(struct fixture *f) {
        struct pool_numbers numbers;

        pool_count(f->pool, &numbers);
        return numbers.waiting;
}

static void first_come_is_first_served_and_too_many_are_refused(void **state) {
        struct fixture *f = *state;
        struct visitor visitors[9];

        resize(f, 2, 20000);
        struct transaction *a = open_reader(f), *b = open_reader(f);
        atomic_store(&served, 0);
        for (unsigned i = 0; i < 9; i++) {
                visitors[i].fixture = f;
                atomic_init(&visitors[i].result, -1);
                assert_int_equal(pthread_create(&visitors[i].thread, NULL, visit, &visitors[i]), 0);
                while (waiting(f) < i + 1)
                        usleep(200);
        }
        /* Four times two wait, and one more than that: the next is turned away at once. */
        int64_t began = clock_monotonic_ms();
        assert_int_equal(open_fails(f, true), PROBLEM_BUSY);
        assert_in_range(clock_monotonic_ms() - began, 0, 100);
        transaction_end(a);
        for (unsigned i = 0; i < 9; i++) {
                pthread_join(visitors[i].thread, NULL);
                assert_int_equal(atomic_load(&visitors[i].result), 0);
                assert_int_equal(atomic_load(&visitors[i].place), i);
        }
        transaction_end(b);
}

/* --- Many threads ------------------------------------------------------------------------------------------------ */

struct crowd {
        struct pool *pool;
        atomic_int next, done, others;
};

static void *work(void *argument) {
        struct crowd *crowd = argument;

        for (int n; (n = atomic_fetch_add(&crowd->next, 1)) < TRANSACTIONS;) {
                struct arena *arena = arena_new();
                struct transaction *t;
                char word[16];
                snprintf(word, sizeof(word), "%d", n);
                int r = transaction_open(crowd->pool, arena, NULL, &t);
                if (r == 0) {
                        if (n % 2)
                                transaction_explicit(t);
                        r = QUEUE(t, INSERT, word);
                        if (r == 0 && n % 50 == 0)
                                r = QUEUE(t, "SELECT 1/0");
                        if (r == 0)
                                r = transaction_commit(t);
                        transaction_end(t);
                }
                if (r == 0)
                        atomic_fetch_add(&crowd->done, 1);
                else if (r != PROBLEM_VALUE_NOT_ACCEPTED || n % 50 != 0)
                        atomic_fetch_add(&crowd->others, 1);
                arena_free(arena);
        }
        return NULL;
}

static void a_thousand_transactions_on_eight_threads(void **state) {
        struct fixture *f = *state;
        pthread_t threads[THREADS];

        resize(f, 2, 20000);
        struct crowd crowd = {.pool = f->pool};
        for (int i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, work, &crowd), 0);
        for (int i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
        assert_int_equal(atomic_load(&crowd.others), 0);
        assert_int_equal(atomic_load(&crowd.done), TRANSACTIONS - TRANSACTIONS / 50);
        assert_string_equal(sql("SELECT count(*) FROM rows"), "980");
        assert_string_equal(sql("SELECT count(DISTINCT word) FROM rows"), "980");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(connections_are_set_up),
                TEST(connections_are_used_again),
                TEST(nothing_is_prepared_for_a_pooler),
                TEST(an_old_connection_is_replaced_when_it_comes_back),
                TEST(idle_connections_that_died_are_replaced),
                TEST(a_malformed_connection_string_is_refused),
                TEST(an_unreadable_password_file_is_no_database),
                TEST(an_absent_database_is_told_at_once_and_found_again),
                TEST(waiting_has_an_end),
                TEST(first_come_is_first_served_and_too_many_are_refused),
                TEST(a_thousand_transactions_on_eight_threads),
        };

        return RUN_ON(schema, tests);
}
