/* Connections to PostgreSQL, shared, first come first served.
   A connection is made when first needed and again, with growing pauses, after it was lost. Every connection has
   TimeZone Asia/Tokyo and the role's own timeouts. Thread-safe. */
#pragma once

#include "db/pool_options.h"

#include <stdint.h>

struct backend; /* db/backend.h */
struct pool;

struct pool_numbers {
        unsigned open, busy, waiting;
        uint64_t refused; /* requests turned away since the start */
};

/* Copies the options. Does not connect. Caller closes with pool_close, when no connection is out. */
int pool_open(const struct pool_options *options, struct pool **ret_pool);
void pool_close(struct pool *pool);
void pool_count(struct pool *pool, struct pool_numbers *ret_numbers);

/* For transaction.c. Takes a connection that is alive, waiting for it when needed: 0, PROBLEM_BUSY,
   PROBLEM_DATABASE_UNAVAILABLE or -errno. Every one taken is given back; a broken or worn one is closed then. */
int pool_take(struct pool *pool, struct backend **ret_backend);
void pool_give(struct pool *pool, struct backend *backend);
const struct pool_options *pool_settings(const struct pool *pool);
