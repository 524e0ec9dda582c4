/* Between the parts of the CSV reader: csv_read.c finds rows and cells, csv_cells.c makes JSON of a cell, csv_faults.c
   words what is wrong. */
#pragma once

#include "documents/csv_sheet.h"

enum csv_wrong {
        CSV_FINE,
        CSV_FILE_TOO_LARGE,
        CSV_ENCODING,
        CSV_AMBIGUOUS,
        CSV_NO_HEADER,
        CSV_TOO_MANY_COLUMNS,
        CSV_TOO_MANY_ROWS,
        CSV_UNKNOWN_COLUMN,
        CSV_REPEATED_COLUMN,
        CSV_MISSING_COLUMN,
        CSV_QUOTE_OPEN,
        CSV_QUOTE_STRAY,
        CSV_ROW_LENGTH,
        CSV_EMPTY_ROW,
        CSV_REQUIRED,
        CSV_CHARACTER,
        CSV_TOO_LONG,
        CSV_TOO_SHORT,
        CSV_NOT_INTEGER,
        CSV_TOO_SMALL,
        CSV_TOO_LARGE,
        CSV_NOT_BOOLEAN,
        CSV_NOT_DATE,
        CSV_NOT_TIMESTAMP,
        CSV_NOT_IN_ENUM,
        CSV_WRONGS
};

/* Code points that a text or code column takes at the most. */
int64_t csv_longest(const struct csv_column *column);

/* Appends the JSON value of a terminated cell, or says what is wrong with it and may leave a part of it. `scratch` is
   overwritten: a buffer to be used again from cell to cell. */
enum csv_wrong csv_convert(const struct csv_column *column, const char *cell, size_t length, struct text *scratch,
                           struct text *json);

/* Adds a fault to the sheet. `column` is what the file calls it and is copied, "" for the row or the file; `about` is
   the column of the table whose limits the words then name, or NULL. */
void csv_fault_add(struct csv_sheet *sheet, size_t line, const char *column, const struct csv_column *about,
                   enum csv_wrong wrong);
