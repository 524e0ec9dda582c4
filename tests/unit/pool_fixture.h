/* A pool for each test, which comes out of it idle, with a wire to PostgreSQL where the test puts one between. */
#pragma once

#include "wire.h"

struct fixture {
        struct pool *pool;
        struct arena *arena;
        struct wire wire;
};

static inline int pool_set_up(void **state, unsigned size, unsigned query_ms) {
        struct fixture *f = calloc(1, sizeof(*f));

        f->pool = pool_of(size, query_ms, 250);
        f->arena = arena_new();
        *state = f;
        return 0;
}

static inline int tear_down(void **state) {
        struct fixture *f = *state;

        pool_put_away(f->pool);
        arena_free(f->arena);
        if (f->wire.listener)
                wire_stop(&f->wire);
        free(f);
        return 0;
}

static inline void resize(struct fixture *f, unsigned size, unsigned wait_ms) {
        pool_close(f->pool);
        f->pool = pool_of(size, 10000, wait_ms);
}

/* Puts a wire between pool and PostgreSQL. */
static inline void wire_up(struct fixture *f, unsigned size, unsigned query_ms) {
        wire_start(&f->wire);
        const struct pool_options options = {
                .conninfo = f->wire.conninfo, .size = size, .wait_ms = 250, .query_ms = query_ms};
        pool_close(f->pool);
        assert_int_equal(pool_open(&options, &f->pool), 0);
}

static inline int try_open(struct fixture *f, bool read_only, struct transaction **ret_transaction) {
        struct errand errand = {.read_only = read_only};

        return transaction_open(f->pool, f->arena, &errand, ret_transaction);
}

/* Which problem keeps it from being opened. */
static inline int open_fails(struct fixture *f, bool read_only) {
        struct transaction *t = NULL;

        return try_open(f, read_only, &t);
}

/* The transaction, or NULL. */
static inline struct transaction *open_as(struct fixture *f, bool read_only) {
        struct transaction *t = NULL;

        return try_open(f, read_only, &t) == 0 ? t : NULL;
}

static inline struct transaction *open_one(struct fixture *f) {
        struct transaction *t = NULL;

        assert_int_equal(try_open(f, false, &t), 0);
        return t;
}

static inline struct transaction *open_reader(struct fixture *f) {
        struct transaction *t = NULL;

        assert_int_equal(try_open(f, true, &t), 0);
        return t;
}

/* Something that another thread does a little later. */
struct later {
        pthread_t thread;
        unsigned ms;
        void (*act)(void *);
        void *argument;
};

static inline void *wait_and_act(void *argument) {
        struct later *later = argument;

        usleep(later->ms * 1000);
        later->act(later->argument);
        return NULL;
}

static inline void start_later(struct later *later, unsigned ms, void (*act)(void *), void *argument) {
        *later = (struct later){.ms = ms, .act = act, .argument = argument};
        assert_int_equal(pthread_create(&later->thread, NULL, wait_and_act, later), 0);
}

static inline void kill_backends(void *argument) {
        (void)argument;
        sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

static inline void cut(void *argument) {
        atomic_store(&((struct wire *)argument)->cut, true);
}
