#include "wire.h"

enum { THREADS = 8, TRANSACTIONS = 1000 };

static const char schema[] = "CREATE TABLE rows (id serial PRIMARY KEY, word text);"
                             "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS"
                             " $$ BEGIN PERFORM pg_sleep(NEW.word::float); RETURN NULL; END $$;"
                             "CREATE TABLE late (word text);"
                             "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED"
                             " FOR EACH ROW EXECUTE FUNCTION slowly();";

#define INSERT "INSERT INTO rows (word) VALUES ($1)"

struct fixture {
        struct pool *pool;
        struct arena *arena;
        struct wire wire;
};

static int set_up(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));

        sql("TRUNCATE rows, late");
        f->pool = pool_of(2, 3000, 250);
        f->arena = arena_new();
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        struct fixture *f = *state;
        struct pool_numbers numbers;

        pool_count(f->pool, &numbers);
        assert_int_equal(numbers.busy, 0);
        assert_int_equal(numbers.waiting, 0);
        pool_close(f->pool);
        arena_free(f->arena);
        if (f->wire.listener)
                wire_stop(&f->wire);
        free(f);
        return 0;
}

/* Lets requests wait as long as a slow machine needs. */
static void be_patient(struct fixture *f) {
        pool_close(f->pool);
        f->pool = pool_of(2, 10000, 20000);
}

/* Puts a wire between pool and PostgreSQL. */
static void wire_up(struct fixture *f, unsigned size, unsigned query_ms) {
        wire_start(&f->wire);
        const struct pool_options options = {
                .conninfo = f->wire.conninfo, .size = size, .wait_ms = 250, .query_ms = query_ms};
        pool_close(f->pool);
        assert_int_equal(pool_open(&options, &f->pool), 0);
}

static struct transaction *open_one(struct fixture *f) {
        struct transaction *t = NULL;

        assert_int_equal(transaction_open(f->pool, f->arena, NULL, &t), 0);
        return t;
}

static struct transaction *open_reader(struct fixture *f) {
        struct errand errand = {.read_only = true};
        struct transaction *t = NULL;

        assert_int_equal(transaction_open(f->pool, f->arena, &errand, &t), 0);
        return t;
}

static int reader_fails(struct fixture *f) {
        struct errand errand = {.read_only = true};
        struct transaction *t = NULL;

        return transaction_open(f->pool, f->arena, &errand, &t);
}

static int open_fails(struct fixture *f) {
        struct transaction *t = NULL;

        return transaction_open(f->pool, f->arena, NULL, &t);
}

/* Something that another thread does a little later. */
struct later {
        pthread_t thread;
        unsigned ms;
        void (*act)(void *);
        void *argument;
};

static void *wait_and_act(void *argument) {
        struct later *later = argument;

        usleep(later->ms * 1000);
        later->act(later->argument);
        return NULL;
}

static void start_later(struct later *later, unsigned ms, void (*act)(void *), void *argument) {
        *later = (struct later){.ms = ms, .act = act, .argument = argument};
        assert_int_equal(pthread_create(&later->thread, NULL, wait_and_act, later), 0);
}

static void kill_backends(void *argument) {
        (void)argument;
        sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

static void cut(void *argument) {
        atomic_store(&((struct wire *)argument)->cut, true);
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
        assert_string_equal(transaction_value(t, 0, 0, 0), "Asia/Tokyo");
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
        assert_int_equal(open_fails(f), PROBLEM_DATABASE_UNAVAILABLE);
        sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Tokyo''', current_database()); END "
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
        assert_int_equal(open_fails(f), PROBLEM_DATABASE_UNAVAILABLE);
}

static void an_absent_database_is_told_at_once_and_found_again(void **state) {
        struct fixture *f = *state;

        wire_up(f, 2, 1000);
        cut(&f->wire);
        int64_t began = clock_monotonic_ms();
        for (int i = 0; i < 200; i++)
                assert_int_equal(open_fails(f), PROBLEM_DATABASE_UNAVAILABLE);
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

/* --- Connections that are lost ----------------------------------------------------------------------------------- */

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

/* --- Waiting ----------------------------------------------------------------------------------------------------- */

static void waiting_has_an_end(void **state) {
        struct fixture *f = *state;
        struct transaction *a = open_reader(f), *b = open_reader(f);
        struct pool_numbers numbers;

        int64_t began = clock_monotonic_ms();
        assert_int_equal(reader_fails(f), PROBLEM_BUSY);
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

        be_patient(f);
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
        assert_int_equal(reader_fails(f), PROBLEM_BUSY);
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

        be_patient(f);
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

static int begin(void **state) {
        (void)state;
        return database_create(schema);
}

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
                TEST(a_killed_backend_is_no_outcome_for_a_read),
                TEST(a_backend_that_says_goodbye_in_a_statement_has_not_committed),
                TEST(a_backend_killed_while_committing_leaves_the_outcome_unknown),
                TEST(a_lost_answer_leaves_the_outcome_unknown),
                TEST(a_connection_lost_before_commit_is_no_outcome),
                TEST(a_silent_server_is_given_up),
                TEST(waiting_has_an_end),
                TEST(first_come_is_first_served_and_too_many_are_refused),
                TEST(a_thousand_transactions_on_eight_threads),
        };

        return cmocka_run_group_tests(tests, begin, database_drop);
}
