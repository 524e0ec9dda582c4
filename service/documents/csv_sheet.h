/* What a CSV file is read by, a table of columns, and what it is read into, a sheet (csv_read.h). */
#pragma once

#include "core/arena.h"
#include "core/text.h"
#include "vocabularies.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        CSV_BYTES_MAX = 32 * 1024 * 1024,
        CSV_ROWS_MAX = 100000,
        CSV_COLUMNS_MAX = 64,
        CSV_CELL_MAX = 10000,        /* code points */
        CSV_FAULTS_MAX = 1000,       /* kept; further ones are counted */
        CSV_ROWS_BYTES = 256 * 1024, /* of JSON in one part, and what its last row adds */
};

enum csv_type {
        CSV_TEXT,      /* as people write it (core/characters.h), in several lines */
        CSV_LINE,      /* the same in one line: names */
        CSV_CODE,      /* as a line, in ASCII where it has it: numbers of staff and devices, words */
        CSV_INTEGER,   /* → number */
        CSV_BOOLEAN,   /* はい いいえ true false 1 0 → boolean */
        CSV_DATE,      /* 2025-10-16, 2025/10/16, 令和7年10月16日, R7.10.16 → "2025-10-16" */
        CSV_TIMESTAMP, /* RFC 3339, or a date as above and 8:30 or 08:30:00 in Japan → "2025-10-16T08:30:00+09:00" */
        CSV_ENUM,      /* a word of a vocabulary, also by its Japanese → the word */
};

struct csv_column {
        const char *name;   /* field of the header row and member of the row's object; NULL ends the table */
        const char *ja;     /* what the header row may call it as well, or NULL */
        enum csv_type type; /* an empty cell of any type is null */
        bool required;      /* the column must be there, and no cell of it empty */
        int64_t min, max;   /* text and code: code points, max 0 as CSV_CELL_MAX; integer: both 0 for no bounds */
        const struct vocabulary_word *words; /* of an enum */
};

struct csv_fault {
        size_t line;         /* of the file, counted from 1 */
        const char *column;  /* name from the header row, or "" for the row or the file */
        const char *code;    /* the first word of a line of the table in csv_faults.c */
        const char *ja, *en; /* what is wrong and what to do */
};

/* Zero-initialise; free with csv_sheet_free. */
struct csv_sheet {
        struct text rows;         /* for csv_rows */
        size_t row_count;         /* in `rows` */
        size_t bad_row_count;     /* with a fault, not in `rows` */
        struct csv_fault *faults; /* the first of the file, in its order */
        size_t fault_count;       /* of those kept */
        size_t fault_total;       /* of all */
        struct arena *arena;      /* of the faults */
};
