/* CSV imports: every bad row is reported, and all rows are written or none.

   A room declares its columns and two statements over the rows as one jsonb array [{"line": 2, "code": …}, …]:
   - check(rows) gives one row (faults, items): faults a JSON array of {line, column, code}, whose codes have their
     sentence in http/words.c; items a JSON array of {line, action}, action `create`, `update` or `keep`;
   - write(rows, report) writes them all and ends in api.answer_import(event, subject, report).
   With ?dry_run=true only the check is made, and the report is the same. What changed between check and write is
   decided by constraints. */
#pragma once

#include "documents/csv_read.h"

struct request;
struct transaction;

struct import {
        const struct csv_column *columns;
        int (*check)(struct transaction *transaction, const char *rows);
        int (*write)(struct transaction *transaction, const char *rows, const char *report);
};

/* The whole handler: answers 200 {dry_run, rows, items} or 422 import-refused with the faults. */
int import_run(struct request *request, const struct import *import);
