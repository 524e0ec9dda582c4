/* Between the parts of the CSV reader: csv_read.c finds rows and cells, csv_cells.c makes JSON of a cell and has the
   contract judge it, csv_faults.c words what is wrong. */
#pragma once

#include "contract/contract.h"
#include "contract/schema.h"
#include "documents/csv_sheet.h"

#include <jansson.h>

enum csv_wrong {
        CSV_FINE,
        CSV_FILE_TOO_LARGE,
        CSV_ENCODING,
        CSV_AMBIGUOUS,
        CSV_NO_HEADER,
        CSV_SEPARATOR,
        CSV_TOO_MANY_COLUMNS,
        CSV_TOO_MANY_ROWS,
        CSV_UNKNOWN_COLUMN,
        CSV_REPEATED_COLUMN,
        CSV_MISSING_COLUMN,
        CSV_QUOTE_OPEN,
        CSV_QUOTE_STRAY,
        CSV_ROW_LENGTH,
        CSV_NO_HEADING,
        CSV_REQUIRED,
        CSV_KEPT, /* cannot be emptied by the word */
        CSV_CHARACTER,
        CSV_TOO_LONG,
        CSV_NOT_INTEGER,
        CSV_NOT_BOOLEAN,
        CSV_NOT_DATE,
        CSV_NOT_TIMESTAMP,
        CSV_SERIAL,
        CSV_NOT_IN_ENUM,
        CSV_WRONGS
};

/* Which cell it is. */
struct csv_cell {
        struct csv_sheet *sheet;
        size_t line;
        const struct column *column;
};

/* The JSON value of a terminated cell, which the caller gives back; NULL when it is empty. False when something is wrong
   with it, which the sheet then tells. `scratch` is overwritten: a buffer to be used again from cell to cell. */
bool csv_convert(const struct csv_cell *cell, const char *text, size_t length, struct text *scratch,
                 json_t **ret_value);

/* Adds a fault to the sheet. `column` is what the file calls it and is copied, "" for the row or the file; `about` is
   the column whose words the sentence then names, or NULL. */
void csv_fault_add(struct csv_sheet *sheet, size_t line, const char *column, const struct column *about,
                   enum csv_wrong wrong);
/* The same with the contract's words, which lie in the sheet's arena or are constant. */
void csv_fault_tell(struct csv_sheet *sheet, size_t line, const char *column, const struct fault *fault);
