/* JSON Schema 2020-12 (the keywords named in openapi/compile.py) over jansson values, from compiled tables.
   Lengths count code points; 1.0 is an integer; `format` is asserted for the formats listed in compile.py; patterns are
   PCRE2 with UTF and match limits. Pure but for the compiled patterns, which are made once by schema_prepare. */
#pragma once

#include "core/arena.h"

#include <jansson.h>
#include <stddef.h>

struct schema;

/* One thing wrong with a value. */
struct fault {
        const char *pointer; /* JSON pointer (RFC 6901), "" for the whole */
        const char *code; /* required, unknown_member, type, too_long, too_short, too_small, too_large, pattern, format,
                             enum, … */
        const char *ja;   /* what is wrong and what to do */
        const char *en;
};

struct faults {
        struct fault *items;
        size_t count;
};

enum { SCHEMA_FAULTS_MAX = 50 };

/* Compiles the patterns. Call once before threads start. 0 or -errno. */
int schema_prepare(void);
/* Every fault up to SCHEMA_FAULTS_MAX, in the arena. 0 when the value is valid, else PROBLEM_VALIDATION_FAILED. */
int schema_validate(const struct schema *schema, const json_t *value, struct arena *arena, struct faults *ret_faults);
/* The same for a parameter that came as UTF-8 text: read as the schema's type first (integer, boolean, string). */
int schema_validate_text(const struct schema *schema, const char *text, struct arena *arena, struct faults *ret_faults);
