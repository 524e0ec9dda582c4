/* Connections to PostgreSQL, shared, first come first served. Writes may have three quarters of them, so that reads,
   which wait for nobody, always find one.
   A connection is made when first needed and again, with growing pauses, after it was lost. Every connection has
   TimeZone CLOCK_ZONE and the role's own timeouts. Thread-safe. */
#pragma once

#include "db/pool_options.h"

#include <stdint.h>

struct backend; /* db/backend.h */
struct places;  /* db/places.h */
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
   PROBLEM_DATABASE_UNAVAILABLE or -errno. Every one taken is given back; a broken or old one is closed then. */
enum pool_use { POOL_READ, POOL_WRITE, POOL_USES };
int pool_take(struct pool *pool, enum pool_use use, struct backend **ret_backend);
void pool_give(struct pool *pool, enum pool_use use, struct backend *backend);
const struct pool_options *pool_settings(const struct pool *pool);
struct places *pool_places(struct pool *pool);

/* For transaction.c: a write that PostgreSQL has kept waiting. Returns true when as many as may were waiting before: half
   of those that may write. Each that was counted is taken off again by pool_unstall. */
bool pool_stall(struct pool *pool);
unsigned pool_stalls(const struct pool *pool); /* so many */
void pool_unstall(struct pool *pool);
/* Whether writes wait for a connection. */
bool pool_pressed(struct pool *pool);
