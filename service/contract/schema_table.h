/* How compiled schemas lie in memory. openapi/schemas.py writes them, contract/schema.c reads them, and nobody else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum schema_type {
        SCHEMA_NULL = 1 << 0,
        SCHEMA_BOOLEAN = 1 << 1,
        SCHEMA_INTEGER = 1 << 2, /* 1.0 is one */
        SCHEMA_NUMBER = 1 << 3,
        SCHEMA_STRING = 1 << 4,
        SCHEMA_ARRAY = 1 << 5,
        SCHEMA_OBJECT = 1 << 6,
};

/* Which of the limits below were given. */
enum schema_limit {
        SCHEMA_MINIMUM = 1 << 0,
        SCHEMA_MAXIMUM = 1 << 1,
        SCHEMA_EXCLUSIVE_MINIMUM = 1 << 2,
        SCHEMA_EXCLUSIVE_MAXIMUM = 1 << 3,
        SCHEMA_MULTIPLE_OF = 1 << 4,
        SCHEMA_MIN_LENGTH = 1 << 5,
        SCHEMA_MAX_LENGTH = 1 << 6,
        SCHEMA_MIN_ITEMS = 1 << 7,
        SCHEMA_MAX_ITEMS = 1 << 8,
        SCHEMA_MIN_PROPERTIES = 1 << 9,
        SCHEMA_MAX_PROPERTIES = 1 << 10,
};

enum schema_format {
        SCHEMA_FORMAT_NONE,
        SCHEMA_FORMAT_UUID,
        SCHEMA_FORMAT_DATE,
        SCHEMA_FORMAT_DATE_TIME,
        SCHEMA_FORMAT_MONTH,
        SCHEMA_FORMAT_LINE, /* what people write, in one line */
        SCHEMA_FORMAT_TEXT, /* the same, in several */
};

struct schema_member {
        const char *name;
        const struct schema *schema;
};

struct schema_dependency {
        const char *name;
        const char *const *required; /* ended by NULL */
};

struct schema {
        bool never; /* the schema false */
        bool unique_items;
        unsigned types;  /* enum schema_type; 0: any */
        unsigned limits; /* enum schema_limit */
        enum schema_format format;
        unsigned pattern; /* 1 + index into schema_patterns; 0: none */
        unsigned values;  /* 1 + index into schema_values, an array: enum or const; 0: none */
        long double minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of;
        size_t min_length, max_length, min_items, max_items, min_properties, max_properties;
        const struct schema_member *properties; /* sorted by name */
        size_t properties_count;
        const char *const *required;                  /* ended by NULL; NULL: none, as for all below */
        const struct schema_dependency *dependencies; /* ended by name NULL */
        const struct schema *reference, *additional, *unevaluated, *items, *not, *if_, *then, *else_;
        const struct schema *const *all_of, *const *any_of, *const *one_of; /* ended by NULL */
        const char *hint_ja, *hint_en; /* x-hint: what to do, in the schema's own words */
};

/* Texts that schema_prepare compiles, ended by NULL. */
extern const char *const *const schema_patterns;
extern const char *const *const schema_values; /* JSON arrays */
