/* What a CSV file is read into: a sheet (csv_read.h). */
#pragma once

#include "bounds.h"
#include "core/arena.h"
#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        CSV_BYTES_MAX = BOUND_IMPORT_BYTES,
        CSV_ROWS_MAX = BOUND_IMPORT_ROWS,
        CSV_COLUMNS_MAX = 64,
        CSV_CELL_MAX = 10000,                 /* code points */
        CSV_FAULTS_MAX = BOUND_IMPORT_FAULTS, /* kept; further ones are counted */
        CSV_ROWS_BYTES = 256 * 1024,          /* of JSON in one part, and what its last row adds */
};

struct csv_fault {
        size_t line;         /* of the file, counted from 1 */
        const char *column;  /* name from the header row, or "" for the row or the file */
        const char *code;    /* of the table in csv_faults.c, or of the contract's faults */
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
