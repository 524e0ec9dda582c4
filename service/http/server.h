/* The running service: what every request shares. */
#pragma once

#include "auth/authenticate.h"

#include <stdatomic.h>
#include <stdbool.h>

struct config;
struct metrics;
struct pool;
struct quotas;
struct readiness;
struct room;
struct secrets;
struct turns;

struct server {
        const struct config *config;
        struct pool *pool;
        struct authenticator *authenticator;
        struct secrets *secrets;
        struct quotas *quotas;
        struct metrics *metrics;
        struct turns *imports;
        struct readiness *readiness;
        struct room *room;     /* for bodies under way */
        atomic_uint in_flight; /* requests from their request line to the last byte of their answer */
        atomic_bool
                draining; /* set before stopping: readyz answers 503 and connections are closed after their answer */
};
