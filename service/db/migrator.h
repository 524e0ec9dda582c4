/* The migrator's connection: statements one by one, each failure logged where it happens. */
#pragma once

#include "core/cleanup.h"

#include <libpq-fe.h>

static inline void cleanup_result(PGresult **result) {
        PQclear(*result);
}
#define _cleanup_result_ _cleanup_(cleanup_result)

/* Rows of one statement with its parameters as text, or NULL, logged. Caller clears. */
PGresult *migrator_ask(PGconn *pg, const char *doing, const char *sql, int count, const char *const *values);
/* One or more statements without parameters, whose rows are of no interest. 0 or -EIO. */
int migrator_run(PGconn *pg, const char *doing, const char *sql);
