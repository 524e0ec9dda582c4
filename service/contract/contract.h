/* The compiled contract: openapi/compile.py writes build/gen/contract.c and build/gen/operations.h from openapi/.
   Everything here is constant. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request;
struct schema;    /* contract/schema.h */
struct statement; /* db/statement.h */

enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHODS };

struct parameter {
        const char *name;
        const struct schema *schema; /* of one item when `many` */
        bool required;
        bool many;            /* comma-separated alternatives: style form, explode false */
        unsigned many_max;    /* of them */
        const char *fallback; /* the value when it is not given, or NULL */
};

enum operation_flag {
        OPERATION_PUBLIC = 1 << 0,          /* no token: security [] */
        OPERATION_IF_MATCH = 1 << 1,        /* x-if-match: 428 without If-Match */
        OPERATION_SECRET_RESPONSE = 1 << 2, /* x-secret-response: the body is never stored */
        OPERATION_WRITES = 1 << 3,          /* not GET, and not x-read-only (a check) */
        OPERATION_IMPORT = 1 << 4,          /* CSV body, 32 MiB */
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
        const char *const *answers; /* media types that can be answered, the first is the default; ended by NULL */
        const char *roles;          /* PostgreSQL text[] literal of x-roles, for api.enter */
        const char *scope;          /* of API clients; "": clients may not, but for OPERATION_ANY_CLIENT */
        const int *problems;        /* enum problem: its own and the implied ones, ended by 0 */
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
