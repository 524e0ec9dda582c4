/* From what PostgreSQL refused with to the problem it stands for. In this order:
   1. SQLSTATE class KK, raised by SQL: MESSAGE is the problem's slug, DETAIL a JSON object with pointer and code of the
      fault and `members` (api.refuse). KK200 is no refusal but a replay, KK503 a lock that was not free, whose name is
      the code; their caller looks at the SQLSTATE.
   2. the name of the constraint, as the files of openapi/ explain it;
   3. the SQLSTATE, in error.c.
   PostgreSQL's own text goes to no client; it is logged only where it cannot hold a value. */
#pragma once

#include "core/arena.h"
#include "db/refusal.h"

#include <libpq-fe.h>

/* What breaking a constraint means to the caller. */
struct constraint {
        const char *name;
        int problem;
        const char *pointer; /* or NULL */
        const char *code;    /* or NULL */
};

extern const struct constraint constraints[]; /* ended by name NULL */

/* Fills all but the step. `statement` is named in the log when the refusal is a fault of ours. */
void error_read(const PGresult *result, const char *statement, struct arena *arena, struct refusal *ret_refusal);
/* PROBLEM_BUSY because somebody else holds the record. The cause is borrowed. */
struct refusal error_record_busy(const char *cause);
/* True when the connection is to be replaced: its prepared statements are no longer what they were. */
bool error_spoils_connection(const struct refusal *refusal);
