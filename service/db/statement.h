/* What db/statements.py makes of a .sql file: the text of a statement in lines, some of them optional, and the types of
   its parameters. Rooms call the typed wrappers of the generated header and never this. */
#pragma once

#include "core/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct statement_line {
        uint32_t needs;   /* bits of the optional parameters that must be given; 0: always there */
        const char *text; /* parameters stand as $1, $2 … in every variant alike */
};

struct statement_sort {
        const char *name; /* output column, and the field of ?sort= */
        const char *type;
};

struct row;

struct statement {
        const char *name;
        const struct statement_line *lines; /* ended by text NULL */
        const unsigned *types;              /* OIDs of the parameters */
        unsigned parameters;
        uint32_t optional;                  /* bits of the parameters that may be left out */
        const struct statement_sort *sorts; /* ended by name NULL; NULL: not a list */
        const struct row *const *rows;      /* what its columns are read into, ended by NULL; NULL: they are texts */
};

/* Which page of a list: filled from ?limit, ?cursor, ?sort and ?include_total. */
struct page {
        const char *sort; /* name of one of the statement's sorts; NULL: its first. Another name is -EINVAL */
        bool descending;
        int limit; /* rows wanted, up to STATEMENT_LIMIT_MAX; one more is asked for, to know whether there is
                      a next page. 0: all rows */
        const char *after_key; /* sort key and id of the last row seen, or NULL for the first page */
        const char *after_tie;
        bool total; /* count as well */
};

enum {
        STATEMENT_LIMIT_MAX = 200,
        STATEMENT_NAME_SIZE = 64, /* PostgreSQL's own limit */
};

/* How many parameters there may be besides the statement's own. */
enum { STATEMENT_PAGE_PARAMETERS = 3 };

/* One of the texts a statement can take, and what tells them apart. */
struct statement_variant {
        uint32_t given; /* bits of the optional parameters that were */
        uint8_t sort;   /* index */
        bool descending, after, limited, count;
};

/* The variant for these values (one text or NULL for each parameter). -EINVAL when `page` is missing, not wanted, or
   asks for what the list does not have. */
int statement_choose(const struct statement *statement, const struct page *page, const char *const *values,
                     struct statement_variant *ret_variant);
bool statement_same(const struct statement_variant *a, const struct statement_variant *b);
/* Its SQL, in the arena. Behind the statement's own parameters come sort key and id with `after`, and with `limited` the
   number of rows. */
const char *statement_text(const struct statement *statement, const struct statement_variant *variant,
                           struct arena *arena);
/* Its name as a prepared statement, the same on every connection. */
void statement_name(const struct statement *statement, const struct statement_variant *variant,
                    char ret_name[static STATEMENT_NAME_SIZE]);
