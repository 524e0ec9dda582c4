/* CSV imports: bad rows are reported with their count, and all rows are written or none.

   A room declares its columns and what is done with the rows, which stand in import_rows (line, cells), a temporary table:
   cells is a jsonb object with a member for each column of the file.
   - `hold` locks the rows of the records that will change, each kind by id, in statements of their own;
   - `judge` adds what is wrong to import_faults (line, column, code), whose codes are words of the contract, and to
     import_items (line, action) what is done with each row: `create`, `update` or `keep`;
   - `write` writes them all.
   Imports of one operation go one after the other, so nothing that `judge` saw changes before `write` but by those who
   hold none of the locks; then constraints decide.

   With ?dry_run=true the same is done and rolled back, so that it answers as the import does. */
#pragma once

#include "documents/csv_read.h"

struct request;
struct transaction;

struct import {
        const struct csv_column *columns;
        const char *event, *subject; /* of the event that tells of it */
        int (*hold)(struct transaction *transaction);
        int (*judge)(struct transaction *transaction);
        int (*write)(struct transaction *transaction);
};

/* The whole handler: answers 200 {dry_run, rows, items} or 422 import-refused with the first faults and their count.
   While the file is read, or waits for its turn, no connection to PostgreSQL is held. */
int import_run(struct request *request, const struct import *import);
