/* One connection to PostgreSQL, in pipeline mode and never blocking: connecting, waiting with a deadline, cancelling,
   and the statements prepared on it. Used by one thread at a time, and only inside db/. */
#pragma once

#include "db/pool_options.h"
#include "db/prepared.h"

#include <libpq-fe.h>

struct backend {
        PGconn *pg;
        bool broken;       /* not to be used again */
        int64_t closes_ms; /* by clock_monotonic_ms: when it is old; 0: never */
        struct prepared prepared;
};

/* How long to wait for results, and what to do then. */
struct patience {
        int64_t until_ms;            /* by clock_monotonic_ms: then cancel, and soon after give up */
        bool (*stop)(void *context); /* asked now and then: true cancels */
        void *context;
        bool may_cancel;
        bool cancelled;
};

/* How long the answer to a cancel, or to a COMMIT, may take before the connection is given up. */
enum { PATIENCE_MS = 5000 };

/* Connects, at most for a few seconds. Logs why it could not. 0, -errno, or PROBLEM_DATABASE_UNAVAILABLE. Caller closes
   with backend_close. */
int backend_open(const struct pool_options *options, struct backend **ret_backend);
void backend_close(struct backend *backend);
/* False when the idle connection was closed at the other end. */
bool backend_alive(struct backend *backend);

/* The next result, NULL between the results of two statements. Sends what is still to be sent. -EPIPE when the
   connection was lost, -ETIMEDOUT when the answer did not come even after cancelling; both leave the backend broken. */
int backend_result(struct backend *backend, struct patience *patience, PGresult **ret_result);

/* First line of a password file; NULL for no file. Caller frees. 0 or -errno. */
int backend_read_password(const char *path, char **ret_password);
