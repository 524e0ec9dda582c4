/* Rows that statements declare (`-- row:`), read into the structs of rows.h by the tables that db/rows.py makes. What a row
   does not allow is a fault of ours and never a value: NULL where a column has no ?, a word that its enumeration does not
   have, a column that is missing or of another type. */
#pragma once

#include "core/arena.h"
#include "vocabularies.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

enum row_kind {
        ROW_UUID,    /* const char *, in the arena as texts are; NULL for NULL */
        ROW_TEXT,    /* const char *; NULL for NULL */
        ROW_DATE,    /* struct date; year 0 for NULL */
        ROW_INSTANT, /* int64_t, as core/clock.h has it */
        ROW_INT,     /* int */
        ROW_BIGINT,  /* int64_t */
        ROW_BOOL,    /* bool */
        ROW_FACT,    /* enum fact, of a bool */
        ROW_WORD,    /* an enum, the place of the text among its words from 1 on; 0 for NULL */
};

struct row_column {
        const char *name; /* NULL ends the table */
        enum row_kind kind;
        bool many; /* an array: a pointer to its items, and `beside` a size_t for how many; items of text or uuid may be
                      NULL */
        bool nullable;
        size_t offset;
        size_t beside; /* of a number that may be NULL: the offset of a bool, false for NULL; 0: there is none */
        const struct vocabulary_word *words;
};

struct row {
        const char *name;
        const struct row_column *columns;
};

/* The type that PostgreSQL tells of such a column. */
unsigned row_type(const struct row_column *column);
/* Fills the struct of a row from a binary result; what it points to lies in the arena. 0, or -EINVAL with the column at
   fault, for the log. */
int row_read(const PGresult *result, size_t line, const struct row *row, struct arena *arena, void *ret_struct,
             const char **ret_column);
