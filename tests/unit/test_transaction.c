#include "transaction_fixture.h"

static void reads_in_one_trip(void **state) {
        struct transaction *t = ((struct fixture *)*state)->t;

        assert_int_equal(QUEUE(t, "SELECT $1 || $2, NULL, ''", "機", "器"), 0);
        assert_int_equal(QUEUE(t, "SELECT n FROM generate_series(1, 3) n WHERE $1::text IS NULL", NULL), 0);
        assert_int_equal(transaction_rows(t, 0), 0);
        assert_null(transaction_value(t, 0, 0, 0));
        assert_int_equal(transaction_commit(t), 0);
        assert_int_equal(transaction_rows(t, 0), 3);
        assert_string_equal(transaction_value(t, 0, 2, 0), "3");
        assert_null(transaction_value(t, 0, 3, 0));
        assert_null(transaction_value(t, 0, 0, 1));
        assert_int_equal(transaction_rows(t, 1), 1);
        assert_string_equal(transaction_value(t, 1, 0, 0), "機器");
        assert_int_equal(transaction_length(t, 1, 0, 0), 6);
        assert_null(transaction_value(t, 1, 0, 1));
        assert_string_equal(transaction_value(t, 1, 0, 2), "");
        assert_int_equal(transaction_rows(t, 2), 0);
        assert_null(transaction_refusal(t));
}

static void nothing_happens_before_commit(void **state) {
        struct fixture *f = *state;

        assert_int_equal(QUEUE(f->t, INSERT, "abandoned"), 0);
        transaction_end(f->t);
        assert_string_equal(sql("SELECT count(*) FROM rows"), "0");
        transaction_end(f->t);
}

static void what_was_read_outlives_the_connection(void **state) {
        struct fixture *f = *state;
        struct pool_numbers numbers;

        assert_int_equal(QUEUE(f->t, "SELECT '機器'"), 0);
        assert_int_equal(transaction_commit(f->t), 0);
        assert_false(transaction_released(f->t));
        transaction_release(f->t);
        assert_true(transaction_released(f->t));
        pool_count(f->pool, &numbers);
        assert_int_equal(numbers.busy, 0);
        assert_string_equal(transaction_value(f->t, 0, 0, 0), "機器");
        transaction_release(f->t);
        transaction_end(f->t);
        assert_int_equal(transaction_rows(f->t, 0), 0);
}

static void values_are_copied(void **state) {
        struct transaction *t = ((struct fixture *)*state)->t;
        char word[] = "kept";

        assert_int_equal(QUEUE(t, INSERT, word), 0);
        word[0] = 'l';
        assert_int_equal(transaction_commit(t), 0);
        assert_string_equal(sql("SELECT word FROM rows"), "kept");
}

static void implicit_transactions_are_whole(void **state) {
        struct transaction *t = ((struct fixture *)*state)->t;

        assert_int_equal(QUEUE(t, INSERT, "one"), 0);
        assert_int_equal(QUEUE(t, INSERT, "two"), 0);
        assert_int_equal(QUEUE(t, INSERT, "one"), 0);
        assert_int_equal(QUEUE(t, INSERT, "three"), 0);
        assert_int_equal(transaction_commit(t), PROBLEM_CONFLICT);
        assert_int_equal(transaction_refusal(t)->step, 2);
        assert_string_equal(transaction_refusal(t)->sqlstate, "23505");
        assert_int_equal(QUEUE(t, INSERT, "four"), PROBLEM_CONFLICT);
        assert_int_equal(transaction_commit(t), PROBLEM_CONFLICT);
        assert_string_equal(sql("SELECT count(*) FROM rows"), "0");
        assert_int_equal(transaction_rollback(t), 0);
        assert_int_equal(transaction_refusal(t)->problem, PROBLEM_CONFLICT);
        assert_int_equal(QUEUE(t, INSERT, "one"), 0);
        assert_int_equal(QUEUE(t, "SELECT 1/0"), 0);
        assert_int_equal(transaction_commit(t), PROBLEM_VALUE_NOT_ACCEPTED);
        assert_int_equal(transaction_refusal(t)->step, 1);
        assert_int_equal(transaction_rollback(t), 0);
        assert_int_equal(QUEUE(t, INSERT, "one"), 0);
        assert_int_equal(transaction_commit(t), 0);
        assert_string_equal(sql("SELECT count(*) FROM rows"), "1");
}

static void an_unflushable_transaction_says_so(void **state) {
        struct transaction *t = ((struct fixture *)*state)->t;

        assert_int_equal(QUEUE(t, INSERT, "one"), 0);
        assert_int_equal(transaction_flush(t), -EINVAL);
}

static void decisions_stand_between_two_trips(void **state) {
        struct transaction *t = ((struct fixture *)*state)->t;

        assert_int_equal(QUEUE(t, INSERT, "queued before"), 0);
        assert_int_equal(transaction_explicit(t), 0);
        assert_int_equal(QUEUE(t, "SELECT count(*) FROM rows"), 0);
        assert_int_equal(transaction_flush(t), 0);
        assert_string_equal(transaction_value(t, 0, 0, 0), "1");
        assert_string_equal(sql("SELECT count(*) FROM rows"), "0");
        assert_int_equal(QUEUE(t, INSERT, transaction_value(t, 0, 0, 0)), 0);
        assert_int_equal(QUEUE(t, "SELECT string_agg(word, ',' ORDER BY id) FROM rows"), 0);
        assert_int_equal(transaction_commit(t), 0);
        assert_string_equal(transaction_value(t, 0, 0, 0), "queued before,1");
        assert_string_equal(transaction_value(t, 2, 0, 0), "1");
        assert_string_equal(sql("SELECT count(*) FROM rows"), "2");
}

static void an_explicit_transaction_rolls_back(void **state) {
        struct fixture *f = *state;
        struct transaction *t = f->t;

        transaction_explicit(t);
        QUEUE(t, INSERT, "one");
        assert_int_equal(transaction_flush(t), 0);
        QUEUE(t, "SELECT 1");
        QUEUE(t, INSERT, "one");
        QUEUE(t, INSERT, "two");
        assert_int_equal(transaction_commit(t), PROBLEM_CONFLICT);
        assert_int_equal(transaction_refusal(t)->step, 2);
        assert_int_equal(transaction_rollback(t), 0);
        QUEUE(t, INSERT, "answer");
        assert_int_equal(transaction_commit(t), 0);

        transaction_explicit(t);
        QUEUE(t, INSERT, "left open");
        assert_int_equal(transaction_flush(t), 0);
        transaction_end(t);
        assert_string_equal(sql("SELECT string_agg(word, ',') FROM rows"), "answer");
        /* On the same connection, and clean. */
        assert_int_equal(transaction_open(f->pool, f->arena, NULL, &f->t), 0);
        QUEUE(f->t, "SELECT count(*) FROM rows");
        assert_int_equal(transaction_commit(f->t), 0);
        assert_string_equal(transaction_value(f->t, 0, 0, 0), "1");
}

static void a_constraint_checked_at_commit_refuses(void **state) {
        struct transaction *t = ((struct fixture *)*state)->t;

        sql("ALTER TABLE rows ADD CONSTRAINT rows_late UNIQUE (word) DEFERRABLE INITIALLY DEFERRED;"
            "ALTER TABLE rows DROP CONSTRAINT rows_word_unique");
        for (int with_begin = 0; with_begin < 2; with_begin++) {
                if (with_begin)
                        transaction_explicit(t);
                QUEUE(t, INSERT, "same");
                QUEUE(t, INSERT, "same");
                assert_int_equal(transaction_commit(t), PROBLEM_CONFLICT);
                assert_int_equal(transaction_rollback(t), 0);
        }
        assert_string_equal(sql("SELECT count(*) FROM rows"), "0");
        sql("ALTER TABLE rows ADD CONSTRAINT rows_word_unique UNIQUE (word); ALTER TABLE rows DROP CONSTRAINT "
            "rows_late");
}

/* --- The mark ---------------------------------------------------------------------------------------------------- */

static void what_came_before_the_mark_stays(void **state) {
        struct fixture *f = *state;
        struct transaction *t = f->t;

        assert_int_equal(transaction_mark(t), -EINVAL);
        transaction_explicit(t);
        QUEUE(t, INSERT, "before");
        QUEUE(t, "SELECT pg_advisory_xact_lock(7)");
        assert_int_equal(transaction_mark(t), 0);
        QUEUE(t, INSERT, "after");
        assert_int_equal(transaction_flush(t), 0);
        QUEUE(t, INSERT, "before");
        assert_int_equal(transaction_commit(t), PROBLEM_CONFLICT);
        assert_int_equal(transaction_refusal(t)->step, 3);
        assert_int_equal(transaction_return(t), 0);
        assert_int_equal(transaction_flush(t), 0);
        assert_string_equal(sql("SELECT pg_try_advisory_lock(7)"), "f");
        QUEUE(t, INSERT, "instead");
        assert_int_equal(transaction_commit(t), 0);
        assert_string_equal(sql("SELECT string_agg(word, ',' ORDER BY id) FROM rows"), "before,instead");
}

static void what_was_only_queued_is_dropped(void **state) {
        struct transaction *t = ((struct fixture *)*state)->t;

        transaction_explicit(t);
        QUEUE(t, INSERT, "before");
        transaction_mark(t);
        QUEUE(t, INSERT, "after");
        assert_int_equal(transaction_return(t), 0);
        QUEUE(t, INSERT, "instead");
        assert_int_equal(transaction_commit(t), 0);
        assert_string_equal(sql("SELECT string_agg(word, ',' ORDER BY id) FROM rows"), "before,instead");
}

static void what_was_refused_before_the_mark_stays_refused(void **state) {
        struct transaction *t = ((struct fixture *)*state)->t;

        transaction_explicit(t);
        QUEUE(t, "SELECT 1/0");
        transaction_mark(t);
        QUEUE(t, INSERT, "after");
        assert_int_equal(transaction_commit(t), PROBLEM_VALUE_NOT_ACCEPTED);
        assert_int_equal(transaction_return(t), PROBLEM_VALUE_NOT_ACCEPTED);
        assert_int_equal(transaction_rollback(t), 0);
        QUEUE(t, INSERT, "another");
        assert_int_equal(transaction_commit(t), 0);
        assert_string_equal(sql("SELECT string_agg(word, ',') FROM rows"), "another");
}

static void a_result_may_be_ignored_but_not_a_refusal(void **state) {
        struct transaction *t = ((struct fixture *)*state)->t;

        QUEUE(t, "SELECT 'answer'");
        QUEUE(t, "SELECT 'nothing'");
        transaction_ignore(t);
        assert_int_equal(transaction_commit(t), 0);
        assert_string_equal(transaction_value(t, 0, 0, 0), "answer");
        QUEUE(t, "SELECT 1/0");
        transaction_ignore(t);
        assert_int_equal(transaction_commit(t), PROBLEM_VALUE_NOT_ACCEPTED);
}

static void large_texts_pass_both_ways(void **state) {
        struct fixture *f = *state;
        size_t length = 1 << 20;
        char *word = arena_alloc(f->arena, length + 1);

        memset(word, 'x', length);
        for (int i = 0; i < 3; i++)
                QUEUE(f->t, "SELECT $1, $1", word);
        assert_int_equal(transaction_commit(f->t), 0);
        assert_int_equal(transaction_length(f->t, 2, 0, 1), length);
        assert_memory_equal(transaction_value(f->t, 0, 0, 0), word, length);
}

static void arrays_are_quoted(void **state) {
        struct fixture *f = *state;
        const char *const items[] = {"plain", "", "a,b", "say \"x\"", "back\\slash", "{}", "NULL", "空 白", NULL};
        size_t count = sizeof(items) / sizeof(items[0]);

        QUEUE(f->t, "SELECT unnest($1::text[])", transaction_array(f->arena, items, count));
        QUEUE(f->t, "SELECT cardinality($1::uuid[])", transaction_array(f->arena, NULL, 0));
        assert_int_equal(transaction_commit(f->t), 0);
        assert_int_equal(transaction_rows(f->t, 1), count);
        for (size_t i = 0; i < count - 1; i++)
                assert_string_equal(transaction_value(f->t, 1, i, 0), items[i]);
        assert_null(transaction_value(f->t, 1, count - 1, 0));
        assert_string_equal(transaction_value(f->t, 0, 0, 0), "0");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(reads_in_one_trip),
                TEST(nothing_happens_before_commit),
                TEST(what_was_read_outlives_the_connection),
                TEST(values_are_copied),
                TEST(implicit_transactions_are_whole),
                TEST(an_unflushable_transaction_says_so),
                TEST(decisions_stand_between_two_trips),
                TEST(an_explicit_transaction_rolls_back),
                TEST(a_constraint_checked_at_commit_refuses),
                TEST(what_came_before_the_mark_stays),
                TEST(what_was_only_queued_is_dropped),
                TEST(what_was_refused_before_the_mark_stays_refused),
                TEST(a_result_may_be_ignored_but_not_a_refusal),
                TEST(large_texts_pass_both_ways),
                TEST(arrays_are_quoted),
        };

        return RUN_ON(schema, tests);
}
