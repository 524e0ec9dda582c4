/* Who gets a connection when there are not enough: reads beside writes, and writers of one thing beside all others. */
#include "pool_fixture.h"

static const char schema[] = "CREATE TABLE rows (id int PRIMARY KEY, n int NOT NULL);"
                             "INSERT INTO rows SELECT n, 0 FROM generate_series(1, 20) n;";

#define UPDATE "UPDATE rows SET n = n + 1 WHERE id = $1::text::int"

static int set_up(void **state) {
        return pool_set_up(state, 4, 10000);
}

/* A client on a thread of its own: opens, runs a statement, and ends. */
struct client {
        struct fixture *f;
        struct errand errand;
        const char *text, *value;
        const char *things[2];
        pthread_t thread;
        atomic_int opened, result;
};

enum { NOT_YET = -1000 };

static void *serve(void *argument) {
        struct client *client = argument;
        struct arena *arena = arena_new();
        struct transaction *t;
        int r = transaction_open(client->f->pool, arena, &client->errand, &t);

        atomic_store(&client->opened, r);
        if (r == 0) {
                QUEUE(t, client->text, client->value);
                r = transaction_commit(t);
                transaction_end(t);
        }
        atomic_store(&client->result, r);
        arena_free(arena);
        return NULL;
}

static void start(struct fixture *f, struct client *client, const char *text, const char *value) {
        client->f = f;
        client->text = text;
        client->value = value;
        client->errand.things = client->things;
        atomic_init(&client->opened, NOT_YET);
        atomic_init(&client->result, NOT_YET);
        assert_int_equal(pthread_create(&client->thread, NULL, serve, client), 0);
}

static int finish(struct client *client) {
        pthread_join(client->thread, NULL);
        return atomic_load(&client->result);
}

static void until(bool (*met)(void *), void *argument) {
        int64_t deadline = clock_monotonic_ms() + 10000;

        while (!met(argument)) {
                assert_true(clock_monotonic_ms() < deadline);
                usleep(500);
        }
}

static bool somebody_waits(void *argument) {
        struct pool_numbers numbers;

        pool_count(((struct fixture *)argument)->pool, &numbers);
        return numbers.waiting > 0;
}

static bool has_opened(void *argument) {
        return atomic_load(&((struct client *)argument)->opened) != NOT_YET;
}

static void writes_leave_a_connection_to_reads(void **state) {
        struct fixture *f = *state;
        struct transaction *writes[3], *reads[4];

        for (int i = 0; i < 3; i++)
                assert_non_null(writes[i] = open_as(f, false));
        assert_null(open_as(f, false));
        assert_non_null(reads[0] = open_as(f, true));
        assert_null(open_as(f, true));
        transaction_end(reads[0]);
        for (int i = 0; i < 3; i++)
                transaction_end(writes[i]);
        /* Reads may have them all. */
        for (int i = 0; i < 4; i++)
                assert_non_null(reads[i] = open_as(f, true));
        assert_null(open_as(f, false));
        for (int i = 0; i < 4; i++)
                transaction_end(reads[i]);
}

static void the_only_connection_is_for_both(void **state) {
        struct fixture *f = *state;

        resize(f, 1, 50);
        for (int i = 0; i < 2; i++) {
                struct transaction *t = open_as(f, i == 0);
                assert_non_null(t);
                transaction_end(t);
        }
}

static void a_write_that_waits_stops_no_read(void **state) {
        struct fixture *f = *state;
        struct transaction *writes[3];
        struct client client = {0};

        resize(f, 4, 5000);
        for (int i = 0; i < 3; i++)
                writes[i] = open_as(f, false);
        start(f, &client, UPDATE, "1");
        until(somebody_waits, f);
        struct transaction *read = open_as(f, true);
        assert_non_null(read);
        transaction_end(read);
        /* What the read gave back is not for the write. */
        assert_int_equal(atomic_load(&client.opened), NOT_YET);
        transaction_end(writes[0]);
        assert_int_equal(finish(&client), 0);
        transaction_end(writes[1]);
        transaction_end(writes[2]);
}

static void a_third_at_one_thing_waits_without_a_connection(void **state) {
        struct fixture *f = *state;
        struct client clients[3] = {0};
        struct pool_numbers numbers;

        sql("BEGIN; SELECT id FROM rows WHERE id = 1 FOR UPDATE");
        for (int i = 0; i < 3; i++) {
                clients[i].things[0] = "one";
                clients[i].errand.things_count = 1;
                start(f, &clients[i], UPDATE, "1");
                if (i < 2)
                        until(has_opened, &clients[i]);
        }
        usleep(100000);
        pool_count(f->pool, &numbers);
        assert_int_equal(numbers.busy, 2);
        assert_int_equal(numbers.waiting, 0);
        assert_int_equal(atomic_load(&clients[2].opened), NOT_YET);
        sql("COMMIT");
        for (int i = 0; i < 3; i++)
                assert_int_equal(finish(&clients[i]), 0);
}

static void waiting_for_a_place_has_an_end_and_a_reason(void **state) {
        struct fixture *f = *state;
        const char *const things[] = {"free", "taken"};
        struct errand errand = {.things = things + 1, .things_count = 1};
        struct transaction *holding[2], *t = NULL;

        for (int i = 0; i < 2; i++)
                assert_int_equal(transaction_open(f->pool, f->arena, &errand, &holding[i]), 0);
        errand = (struct errand){.things = things, .things_count = 2};
        int64_t began = clock_monotonic_ms();
        assert_int_equal(transaction_open(f->pool, f->arena, &errand, &t), PROBLEM_BUSY);
        assert_in_range(clock_monotonic_ms() - began, 1900, 4000);
        assert_int_equal(errand.missing, 1);
        assert_int_equal(errand.refusal.problem, PROBLEM_BUSY);
        assert_non_null(errand.refusal.en);
        for (int i = 0; i < 2; i++)
                transaction_end(holding[i]);
        assert_int_equal(transaction_open(f->pool, f->arena, &errand, &t), 0);
        transaction_end(t);
}

static void without_a_connection_no_place_is_kept(void **state) {
        struct fixture *f = *state;
        const char *const things[] = {"one"};
        struct errand errand = {.things = things, .things_count = 1};
        struct transaction *writes[3], *t = NULL;

        for (int i = 0; i < 3; i++)
                writes[i] = open_as(f, false);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(transaction_open(f->pool, f->arena, &errand, &t), PROBLEM_BUSY);
                assert_int_equal(errand.missing, 1);
        }
        for (int i = 0; i < 3; i++)
                transaction_end(writes[i]);
        assert_int_equal(transaction_open(f->pool, f->arena, &errand, &t), 0);
        transaction_end(t);
}

static bool three_wait_in_postgres(void *argument) {
        (void)argument;
        sql("SELECT pg_stat_clear_snapshot()");
        return atoi(sql("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                        " WHERE a.datname = current_database() AND NOT l.granted")) >= 3;
}

/* Eight connections, of which six write and three may wait for long: what nobody could know beforehand. */
static void those_who_wait_in_postgres_do_not_fill_it(void **state) {
        struct fixture *f = *state;
        struct client stuck[6] = {0}, other = {0};

        resize(f, 8, 3000);
        sql("BEGIN; SELECT id FROM rows WHERE id = 1 FOR UPDATE");
        for (int i = 0; i < 3; i++)
                start(f, &stuck[i], UPDATE, "1");
        until(three_wait_in_postgres, NULL);
        usleep(400000);
        for (int i = 3; i < 6; i++)
                start(f, &stuck[i], UPDATE, "1");
        /* While nobody wants their connections they may wait on. */
        usleep(600000);
        for (int i = 0; i < 6; i++)
                assert_int_equal(atomic_load(&stuck[i].result), NOT_YET);
        int64_t began = clock_monotonic_ms();
        start(f, &other, UPDATE, "2");
        assert_int_equal(finish(&other), 0);
        assert_in_range(clock_monotonic_ms() - began, 0, 1000);
        sql("COMMIT");
        unsigned cancelled = 0;
        for (int i = 0; i < 6; i++) {
                int r = finish(&stuck[i]);
                assert_true(r == 0 || (r == PROBLEM_BUSY && i >= 3));
                cancelled += r != 0;
        }
        assert_in_range(cancelled, 1, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(writes_leave_a_connection_to_reads),
                TEST(the_only_connection_is_for_both),
                TEST(a_write_that_waits_stops_no_read),
                TEST(a_third_at_one_thing_waits_without_a_connection),
                TEST(waiting_for_a_place_has_an_end_and_a_reason),
                TEST(without_a_connection_no_place_is_kept),
                TEST(those_who_wait_in_postgres_do_not_fill_it),
        };

        return RUN_ON(schema, tests);
}
