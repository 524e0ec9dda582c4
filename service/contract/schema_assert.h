/* Judges one value by itself, for contract/schema.c, which applies schemas to the parts of a value. Nobody else includes
   this. */
#pragma once

#include "contract/schema_check.h"

#include <jansson.h>

/* Compiles the patterns and the listed values: schema_prepare. 0 or -errno. */
int schema_assert_prepare(void);
bool schema_type_matches(const struct schema *schema, const json_t *value);
/* By the values that enum and const allow; true when there are none. */
bool schema_value_listed(const struct schema *schema, const json_t *value);
/* Everything but the applicators. Notes every fault; false when there was one. */
bool schema_assert(struct check *check, const struct schema *schema, const json_t *value, const struct place *place);
