/* The statements that are prepared on a connection: bounded in number, the least recently used making way, and what the
   program notes is what PostgreSQL has. */
#include "database.h"
#include "db/prepared.h"

struct fixture {
        struct pool *pool;
        struct arena *arena;
};

static int set_up(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));

        f->pool = pool_of(1, 20000, 1000);
        f->arena = arena_new();
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        struct fixture *f = *state;

        pool_close(f->pool);
        arena_free(f->arena);
        free(f);
        return 0;
}

static struct transaction *open_one(struct fixture *f) {
        struct transaction *t = NULL;

        assert_int_equal(transaction_open(f->pool, f->arena, NULL, &t), 0);
        return t;
}

/* --- The notes --------------------------------------------------------------------------------------------------- */

static const struct statement some = {.name = "some"};

static struct statement_variant variant_of(unsigned number) {
        return (struct statement_variant){.given = number};
}

static bool is_noted(struct prepared *prepared, unsigned number) {
        const struct statement_variant variant = variant_of(number);

        return prepared_find(prepared, &some, &variant);
}

static struct prepared_slot *note(struct prepared *prepared, unsigned number, bool may_evict,
                                  struct prepared_slot *ret_evicted) {
        const struct statement_variant variant = variant_of(number);

        return prepared_add(prepared, &some, &variant, may_evict, ret_evicted);
}

static void the_least_recently_used_makes_way(void **state) {
        _cleanup_free_ struct prepared *prepared = calloc(1, sizeof(*prepared));
        struct prepared_slot evicted;

        (void)state;
        for (unsigned i = 0; i < PREPARED_MAX; i++) {
                prepared_begin(prepared);
                assert_false(is_noted(prepared, i));
                assert_non_null(note(prepared, i, false, &evicted));
                assert_null(evicted.statement);
        }
        prepared_begin(prepared);
        assert_true(is_noted(prepared, 0));
        assert_null(note(prepared, PREPARED_MAX, false, &evicted));
        struct prepared_slot *slot = note(prepared, PREPARED_MAX, true, &evicted);
        assert_non_null(slot);
        assert_ptr_equal(evicted.statement, &some);
        assert_int_equal(evicted.variant.given, 1);
        assert_false(is_noted(prepared, 1));
        for (unsigned i = 0; i <= PREPARED_MAX; i++)
                assert_int_equal(is_noted(prepared, i), i != 1);
        /* All were used in this turn. */
        assert_null(note(prepared, PREPARED_MAX + 1, true, &evicted));
}

static void a_slot_is_given_back(void **state) {
        _cleanup_free_ struct prepared *prepared = calloc(1, sizeof(*prepared));
        struct prepared_slot evicted, nothing = {0};

        (void)state;
        prepared_begin(prepared);
        for (unsigned i = 0; i < PREPARED_MAX; i++)
                note(prepared, i, true, &evicted);
        prepared_begin(prepared);
        struct prepared_slot *slot = note(prepared, PREPARED_MAX, true, &evicted);
        unsigned who = evicted.variant.given;
        prepared_restore(prepared, slot, &evicted);
        assert_true(is_noted(prepared, who));
        assert_false(is_noted(prepared, PREPARED_MAX));
        prepared_restore(prepared, slot, &nothing);
        assert_false(is_noted(prepared, who));
        assert_ptr_equal(note(prepared, PREPARED_MAX, false, &evicted), slot);
        assert_null(evicted.statement);
}

/* --- On a connection --------------------------------------------------------------------------------------------- */

/* One more text for each number, all different. */
static const char *text_number(unsigned number) {
        static char texts[3 * PREPARED_MAX][48];

        snprintf(texts[number], sizeof(texts[number]), "SELECT pg_backend_pid(), %u", number);
        return texts[number];
}

/* Queues the texts from `first` on. */
static void queue_texts(struct transaction *t, unsigned first, unsigned count) {
        for (unsigned i = first; i < first + count; i++)
                assert_int_equal(QUEUE(t, text_number(i)), 0);
}

static void assert_prepared(struct fixture *f, const char *pid) {
        struct transaction *t = open_one(f);

        QUEUE(t, "SELECT pg_backend_pid(), count(*) FROM pg_prepared_statements");
        assert_int_equal(transaction_commit(t), 0);
        assert_string_equal(transaction_value(t, 0, 0, 0), pid);
        assert_in_range(atoi(transaction_value(t, 0, 0, 1)), PREPARED_MAX / 2, PREPARED_MAX);
        transaction_end(t);
}

/* However many statements there are, a connection keeps a bounded number and stays. */
static void statements_make_way_for_others(void **state) {
        struct fixture *f = *state;
        const char *pid = NULL;

        for (unsigned round = 0; round < 2; round++)
                for (unsigned i = 0; i < 3 * PREPARED_MAX; i += 7) {
                        unsigned count = i + 7 < 3 * PREPARED_MAX ? 7 : 3 * PREPARED_MAX - i;
                        struct transaction *t = open_one(f);
                        if (i % 2)
                                transaction_explicit(t);
                        queue_texts(t, i, count);
                        assert_int_equal(transaction_commit(t), 0);
                        pid = pid ?: arena_strdup(f->arena, transaction_value(t, 0, 0, 0));
                        assert_string_equal(transaction_value(t, count - 1, 0, 0), pid);
                        assert_int_equal(atoi(transaction_value(t, 0, 0, 1)), i + count - 1);
                        transaction_end(t);
                }
        assert_prepared(f, pid);
        /* Within one transaction what has no room goes unnamed. */
        struct transaction *t = open_one(f);
        queue_texts(t, 0, 3 * PREPARED_MAX);
        assert_int_equal(transaction_commit(t), 0);
        assert_string_equal(transaction_value(t, 3 * PREPARED_MAX - 1, 0, 0), pid);
        transaction_end(t);
        assert_prepared(f, pid);
}

/* A refusal leaves what came behind it undone: what was to make way is still there, what was to be prepared is not. */
static void a_refusal_leaves_the_notes_true(void **state) {
        struct fixture *f = *state;
        struct transaction *t = open_one(f);

        QUEUE(t, "SELECT pg_backend_pid()");
        assert_int_equal(transaction_commit(t), 0);
        const char *pid = arena_strdup(f->arena, transaction_value(t, 0, 0, 0));
        transaction_end(t);
        for (unsigned round = 0; round < 40; round++) {
                t = open_one(f);
                transaction_explicit(t);
                queue_texts(t, round * 11 % (2 * PREPARED_MAX), PREPARED_MAX / 2);
                assert_int_equal(transaction_mark(t), 0);
                assert_int_equal(transaction_flush(t), 0);
                queue_texts(t, round * 97 % (2 * PREPARED_MAX), 20);
                QUEUE(t, round % 2 ? "SELECT 1/0" : "SELECT no_such_column");
                queue_texts(t, round * 53 % (2 * PREPARED_MAX), 60);
                assert_int_not_equal(transaction_commit(t), 0);
                if (round % 3 == 0) {
                        assert_int_equal(transaction_return(t), 0);
                        queue_texts(t, round * 31 % (2 * PREPARED_MAX), 30);
                        assert_int_equal(transaction_commit(t), 0);
                        assert_string_equal(transaction_value(t, 0, 0, 0), pid);
                }
                transaction_end(t);
        }
        for (unsigned i = 0; i < 3 * PREPARED_MAX; i++) {
                t = open_one(f);
                queue_texts(t, i, 1);
                assert_int_equal(transaction_commit(t), 0);
                assert_string_equal(transaction_value(t, 0, 0, 0), pid);
                transaction_end(t);
        }
        assert_prepared(f, pid);
}

/* What ends a failed transaction may have to be prepared as well, and nothing can make way for it then. */
static void a_full_connection_rolls_back(void **state) {
        struct fixture *f = *state;
        const char *pid = NULL;

        for (unsigned with_mark = 0; with_mark < 2; with_mark++) {
                struct transaction *t = open_one(f);
                queue_texts(t, with_mark * PREPARED_MAX, PREPARED_MAX);
                assert_int_equal(transaction_commit(t), 0);
                pid = pid ?: arena_strdup(f->arena, transaction_value(t, 0, 0, 0));
                transaction_explicit(t);
                transaction_mark(t);
                assert_int_equal(transaction_flush(t), 0);
                QUEUE(t, "SELECT 1/0");
                assert_int_equal(transaction_flush(t), PROBLEM_VALUE_NOT_ACCEPTED);
                if (with_mark) {
                        assert_int_equal(transaction_return(t), 0);
                        queue_texts(t, 0, 1);
                        assert_int_equal(transaction_commit(t), 0);
                }
                transaction_end(t);
                assert_prepared(f, pid);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_least_recently_used_makes_way),
                cmocka_unit_test(a_slot_is_given_back),
                TEST(statements_make_way_for_others),
                TEST(a_refusal_leaves_the_notes_true),
                TEST(a_full_connection_rolls_back),
        };

        return RUN_ON("SELECT 1", tests);
}
