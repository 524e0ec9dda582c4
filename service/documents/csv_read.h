/* Reads the CSV files that offices make: UTF-8 with or without a byte order mark, or CP932; RFC 4180 quoting; lines
   ended by CRLF, LF or CR; a header row whose fields name the columns, in any order.

   An import is: a table of columns, one call, one statement, one answer.

       static const struct csv_column columns[] = {
               {.name = "code", .ja = "機器番号", .type = CSV_CODE, .required = true, .max = 20},
               {.name = "kind", .ja = "種別", .type = CSV_ENUM, .required = true, .words = kinds},
               {.name = "introduced_on", .ja = "導入日", .type = CSV_DATE},
               {.name = NULL},
       };

       _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};
       int error = csv_read(body, length, charset_find(parameter), columns, &sheet);
       …
       devices_import(transaction, sheet.rows.data, csv_faults(&sheet, english), dry_run || sheet.fault_count > 0);

   Every fault of the file is collected and none ends the reading, but for those after which no line can be told from
   another. Rows without a fault are in `rows` all the same, so that the statement finds what is wrong with them as
   well; the import is all or nothing, so the statement must not write when there is a fault. */
#pragma once

#include "core/arena.h"
#include "core/text.h"
#include "documents/charset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        CSV_BYTES_MAX = 32 * 1024 * 1024,
        CSV_ROWS_MAX = 100000,
        CSV_COLUMNS_MAX = 64,
        CSV_CELL_MAX = 10000,   /* code points */
        CSV_FAULTS_MAX = 10000, /* past these, the first of each row only */
};

enum csv_type {
        CSV_TEXT,    /* NFC, spaces around it cut, line ends as LF */
        CSV_CODE,    /* as text, full-width forms folded, no control characters: numbers of staff and devices, words */
        CSV_INTEGER, /* → number */
        CSV_BOOLEAN, /* はい いいえ true false 1 0 → boolean */
        CSV_DATE,    /* 2025-10-16, 2025/10/16, 令和7年10月16日, R7.10.16 → "2025-10-16" */
        CSV_TIMESTAMP, /* RFC 3339, or a date as above and 8:30 or 08:30:00 in Japan → "2025-10-16T08:30:00+09:00" */
        CSV_ENUM,      /* a word by its value or its Japanese → its value */
};

struct csv_word {
        const char *value; /* NULL ends the table */
        const char *ja;    /* or NULL */
};

struct csv_column {
        const char *name;   /* field of the header row and member of the row's object; NULL ends the table */
        const char *ja;     /* what the header row may call it as well, or NULL */
        enum csv_type type; /* an empty cell of any type is null */
        bool required;      /* the column must be there, and no cell of it empty */
        int64_t min, max;   /* text and code: code points, max 0 as CSV_CELL_MAX; integer: both 0 for no bounds */
        const struct csv_word *words; /* of an enum */
};

struct csv_fault {
        size_t line;         /* of the file, counted from 1 */
        const char *column;  /* name from the header row, or "" for the row or the file */
        const char *code;    /* the first word of a line of the table in csv_faults.c */
        const char *ja, *en; /* what is wrong and what to do */
};

/* Zero-initialise; free with csv_sheet_free. */
struct csv_sheet {
        struct text rows;         /* [{"line": 2, "code": "R-01", …}, …]: a member for each column in the file */
        size_t row_count;         /* in `rows` */
        size_t bad_row_count;     /* with a fault, not in `rows` */
        struct csv_fault *faults; /* in the order of the file */
        size_t fault_count;
        struct arena *arena; /* of the faults */
};

/* 0 whenever the file could be looked at, whatever its faults; -errno when the machine cannot read CP932. A header row
   with a fault leaves `rows` empty: its cells are still looked at. */
int csv_read(const char *bytes, size_t length, enum charset charset, const struct csv_column *columns,
             struct csv_sheet *ret_sheet);
void csv_sheet_free(struct csv_sheet *sheet);

/* The faults as a JSON array [{"line": 3, "column": "kind", "code": "enum", "detail": "…"}, …], where column is null
   for the row or the file. In the sheet's arena. */
const char *csv_faults(struct csv_sheet *sheet, bool english);
