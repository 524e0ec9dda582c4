/* JSON Schema 2020-12 (the keywords named in openapi/compile.py) over jansson values, from compiled tables.
   Lengths count code points; 1.0 is an integer; `format` is asserted for the formats listed in compile.py; patterns are
   PCRE2 with UTF and match limits. Pure but for the compiled patterns, which are made once by schema_prepare. */
#pragma once

#include "contract/fault.h"
#include "core/arena.h"

#include <jansson.h>

struct schema;

/* Compiles the patterns. Call once before threads start. 0 or -errno. */
int schema_prepare(void);
/* Brings what people write (format line or text) into the form in which it is kept (core/characters.h), and times as
   core/clock.h writes them, cut to microseconds, which PostgreSQL would round; in place: to be done before it is judged.
 */
void schema_settle(const struct schema *schema, json_t *value);
/* The same for a parameter. Borrowed, or in the arena. */
const char *schema_settle_text(const struct schema *schema, const char *text, struct arena *arena);
/* Every fault up to SCHEMA_FAULTS_MAX, in the arena; with ret_faults NULL only whether. 0 when the value is valid, else
   PROBLEM_VALIDATION_FAILED. */
int schema_validate(const struct schema *schema, const json_t *value, struct arena *arena, struct faults *ret_faults);
/* The same for a parameter that came as UTF-8 text: read as the schema's type first (integer, boolean, string). Or
   -ENOMEM, without faults. */
int schema_validate_text(const struct schema *schema, const char *text, struct arena *arena, struct faults *ret_faults);
