/* One pool, arena and transaction for each test. */
#pragma once

#include "database.h"

static const char schema[] =
        "CREATE TABLE rows (id serial PRIMARY KEY, word text CONSTRAINT rows_word_unique UNIQUE);"
        "CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL); INSERT INTO counters VALUES (1, 0), (2, 0);";

#define INSERT "INSERT INTO rows (word) VALUES ($1)"

struct fixture {
        struct pool *pool;
        struct arena *arena;
        struct errand errand;
        struct transaction *t;
        bool gone;
};

static inline bool is_gone(void *context) {
        return ((struct fixture *)context)->gone;
}

static inline int set_up(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));

        sql("TRUNCATE rows");
        f->pool = pool_of(3, 1000, 250);
        f->arena = arena_new();
        f->errand = (struct errand){.gone = is_gone, .context = f};
        assert_int_equal(transaction_open(f->pool, f->arena, &f->errand, &f->t), 0);
        *state = f;
        return 0;
}

/* Another transaction in its place, on the same connection, with all the time. */
static inline void open_anew(struct fixture *f, bool read_only) {
        transaction_end(f->t);
        f->errand = (struct errand){.gone = is_gone, .context = f, .read_only = read_only};
        assert_int_equal(transaction_open(f->pool, f->arena, &f->errand, &f->t), 0);
}

static inline int tear_down(void **state) {
        struct fixture *f = *state;

        transaction_end(f->t);
        pool_put_away(f->pool);
        arena_free(f->arena);
        free(f);
        return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
