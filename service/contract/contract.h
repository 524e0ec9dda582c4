/* The compiled contract: openapi/compile.py writes build/gen/contract.c and build/gen/operations.h from openapi/.
   Everything here is constant. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request;
struct schema;          /* contract/schema.h */
struct statement;       /* db/statement.h */
struct vocabulary_word; /* vocabularies.h */

enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHODS };

struct parameter {
        const char *name;
        const struct schema *schema; /* of one item when `many` */
        bool required;
        bool many;            /* comma-separated alternatives: style form, explode false */
        unsigned many_max;    /* of them */
        const char *fallback; /* the value when it is not given, or NULL */
};

/* How a cell of an import is read, before the schema of its column judges it. */
enum column_kind {
        COLUMN_TEXT,      /* as people write it (core/characters.h): format line or text */
        COLUMN_CODE,      /* in ASCII where it has it: numbers of staff and devices */
        COLUMN_BOOLEAN,   /* はい いいえ, ○ ×, 有 無, … → boolean */
        COLUMN_INTEGER,   /* → number */
        COLUMN_DATE,      /* in any of the ways of documents/csv_dates.h → "2025-10-16" */
        COLUMN_TIMESTAMP, /* RFC 3339, or such a date and 8:30 in Japan → "2025-10-16T08:30:00+09:00" */
        COLUMN_WORD,      /* a word of a vocabulary, also by its Japanese → the word */
        COLUMN_LIST,      /* texts with 、 between them → array */
};

struct column {
        const char *name;            /* of the member that it is of a row; NULL ends the table */
        const char *const *headings; /* what the header row may call it besides; ended by NULL */
        enum column_kind kind;
        bool always; /* the column is there, and no cell of it empty */
        const struct schema *schema;
        const struct vocabulary_word *words; /* of COLUMN_WORD */
};

enum operation_flag {
        OPERATION_PUBLIC = 1 << 0,          /* no token: security [] */
        OPERATION_IF_MATCH = 1 << 1,        /* x-if-match: 428 without If-Match */
        OPERATION_SECRET_RESPONSE = 1 << 2, /* x-secret-response: the body is never stored */
        OPERATION_WRITES = 1 << 3,          /* not GET, and not x-read-only (a check) */
        OPERATION_IMPORT = 1 << 4,          /* CSV body, BOUND_IMPORT_BYTES */
        OPERATION_ANY_CLIENT = 1 << 5,      /* API clients may with any scope or none: client in x-roles */
};

/* Where the value of a statement's parameter comes from. */
enum source_kind {
        SOURCE_PATH,     /* path parameter `index` */
        SOURCE_QUERY,    /* query parameter `index`: NULL when not given, an array literal when it takes several */
        SOURCE_BODY,     /* the body as JSON */
        SOURCE_IF_MATCH, /* the versions that If-Match names */
        SOURCE_LANGUAGE, /* ja or en */
};

struct source {
        enum source_kind kind;
        unsigned index;
};

/* One statement of an operation that is nothing but its statements. */
struct step {
        const struct statement *statement;
        const struct source *sources;
        unsigned count;
};

/* What the rows of its last statement are: db/statements.py's kinds, and of the kind `operation` by the method. */
enum answer_kind { ANSWER_ONE, ANSWER_VIEW, ANSWER_PAGE, ANSWER_WRITE };

struct operation {
        const char *id;
        enum method method;
        const char *path;                         /* template, with the base path */
        const struct parameter *path_parameters;  /* ended by name NULL, in the order of the template */
        const struct parameter *query_parameters; /* ended by name NULL */
        const char *const *body_types; /* application/json, application/merge-patch+json, or the names of CSV; ended by
                                          NULL. NULL: none taken */
        const struct schema *body;     /* NULL: none taken, or CSV */
        bool body_required;
        const struct column *columns; /* of an import, ended by name NULL */
        const char *new_columns;      /* PostgreSQL text[] literal of those that what is not known yet needs */
        const char *const *answers;   /* media types that can be answered, the first is the default; ended by NULL */
        const char *const *formats;   /* the words of ?format= for these; NULL without that parameter */
        const char *roles;            /* PostgreSQL text[] literal of x-roles, for api.enter */
        const char *scope;            /* of API clients; "": clients may not, but for OPERATION_ANY_CLIENT */
        const int *problems;          /* enum problem: its own and the implied ones, ended by 0 */
        unsigned flags;
        const struct step *steps;     /* ended by statement NULL; NULL: its handler says what is done */
        enum answer_kind answer_kind; /* with steps */
        int (*handler)(struct request *request);
};

extern const struct operation contract_operations[];
extern const size_t contract_operations_count;

/* Names of all headers that it declares, by commas. */
extern const char contract_request_headers[];
extern const char contract_answer_headers[];

/* The scopes that its operations name, ended by NULL. */
extern const char *const contract_scopes[];

/* The bundled contract as it is served. */
extern const char contract_json[];
extern const size_t contract_json_length;
extern const char contract_yaml[];
extern const size_t contract_yaml_length;
