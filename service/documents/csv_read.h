/* Reads the CSV files that offices make: UTF-8 with or without a byte order mark, or CP932; RFC 4180 quoting; lines
   ended by CRLF, LF or CR; a header row whose fields name the columns, in any order, by name or heading. The columns are
   the contract's (contract/contract.h), whose schemas judge the cells. Rows of blanks, and blank cells and columns at the
   end, are passed over, as spreadsheets leave them; a blank cell is no member of its row's object, and one that says
   （空） or (empty) is null, or the empty list.

       _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};
       int error = csv_read(body, length, charset, operation->columns, &sheet);
       …
       for (const char *rows = csv_rows(&sheet, NULL); rows; rows = csv_rows(&sheet, rows))
               stage(transaction, rows);

   No fault ends the reading, but for those after which no line can be told from another. All are counted and the first
   are kept. Rows without a fault are in `rows` all the same, so that what is wrong with them otherwise is found as well;
   an import is all or nothing, so nothing may be written when there is a fault. */
#pragma once

#include "contract/contract.h"
#include "documents/charset.h"
#include "documents/csv_sheet.h"

/* 0 whenever the file could be looked at, whatever its faults; -errno when the machine cannot read CP932. A header row
   with a fault leaves `rows` empty: its cells are still looked at. */
int csv_read(const char *bytes, size_t length, enum charset charset, const struct column *columns,
             struct csv_sheet *ret_sheet);
void csv_sheet_free(struct csv_sheet *sheet);

/* The rows in parts, each a JSON array [{"line": 2, "code": "R-01", …}, …] with a member for each cell that is not blank. The
   first part after NULL, at least one; NULL after the last. */
const char *csv_rows(const struct csv_sheet *sheet, const char *before);

/* Adds faults that were found otherwise, `total` of them, of which `count` are given in the order of lines. The first of all
   are kept; texts are borrowed. */
void csv_faults_join(struct csv_sheet *sheet, const struct csv_fault *found, size_t count, size_t total);

/* The faults kept as a JSON array [{"line": 3, "column": "kind", "code": "enum", "detail": "…"}, …], where column is null
   for the row or the file. In the sheet's arena. */
const char *csv_faults(struct csv_sheet *sheet, bool english);
