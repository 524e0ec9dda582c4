/* The code of the schema: functions, views, triggers and policies, as whole files that say all there is. A file whose
   text changed is run again: what it made before and does not make any more is dropped, so that a schema that was
   migrated step by step and one that is new are the same.

   Every state of the code that a database ever had is remembered. A program whose code is an earlier one leaves the
   newer alone and works with it; code that an earlier program could not work with comes with a numbered migration that
   says so (`-- oldest-program`, db/migrate.h). A file that comes back word for word to what it was, in every file at
   once, would be taken for that earlier state.

   Used by db/migrate.c alone, with its connection. All functions return 0 or -errno, logged. */
#pragma once

#include "db/migrations.h"

#include <libpq-fe.h>
#include <stdbool.h>

struct code_plan {
        const struct migrations *files;
        bool run[CODE_FILES_MAX]; /* by index of its files of code: the text is not the one that was run */
        bool any;                 /* false: the code is as this program has it, or newer */
};

/* Makes the tables in which the code is remembered. */
int code_prepare(PGconn *pg);
/* What is to be run. -EPROTO when somebody has changed or dropped what a file made. */
int code_compare(PGconn *pg, const struct migrations *files, struct code_plan *ret_plan);
/* Within one transaction: the files that tables stand on, then, after the numbered migrations, the others, and what all
   of them made is remembered. */
int code_run_before(PGconn *pg, const struct code_plan *plan);
int code_run_after(PGconn *pg, const struct code_plan *plan);
