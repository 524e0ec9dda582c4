/* How the pool connects and how long it waits. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pool_options {
        const char *conninfo;      /* libpq connection string or URI */
        const char *password_file; /* NULL: none; otherwise the password is its first line */
        unsigned size;             /* connections at the most */
        unsigned wait_ms;          /* how long a request may wait for one */
        unsigned age_s;    /* after which a connection is closed when given back, or up to a quarter sooner; 0: never */
        unsigned query_ms; /* how long PostgreSQL may work at a request before it is cancelled */
        bool unnamed_statements; /* for a pooler that cannot keep prepared statements */
        int64_t clock_offset_s;  /* added to the database's clock by api.now(); 0 outside tests */
};
