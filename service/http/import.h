/* CSV imports: bad rows are reported with their count, and all rows are written or none.

   The contract has the columns. A room says what is done with the rows, which stand in import_rows (line, cells), a
   temporary table: cells is a jsonb object as a PATCH would have it, in which a cell that is empty is no member and one that
   is emptied is null.
   - `hold` locks the rows of the records that will change, each kind by id, in statements of their own;
   - `judge` adds what is wrong to import_faults (line, column, code), whose codes are words of the contract, and to
     import_items (line, action) what is done with each row: `create`, which needs the contract's new columns, `update`
     or `keep`;
   - `write` writes them all.
   Imports of one operation go one after the other, so nothing that `judge` saw changes before `write` but by those who
   hold none of the locks; then constraints decide.

   With ?dry_run=true the same is done and rolled back, so that it answers as the import does. */
#pragma once

struct request;
struct transaction;

struct import {
        const char *event, *subject; /* of the event that tells of it */
        int (*hold)(struct transaction *transaction);
        int (*judge)(struct transaction *transaction);
        int (*write)(struct transaction *transaction);
};

/* The whole handler: answers 200 {dry_run, rows, items} or 422 import-refused with the first faults and their count.
   While the file is read, or waits for its turn, no connection to PostgreSQL is held. */
int import_run(struct request *request, const struct import *import);
