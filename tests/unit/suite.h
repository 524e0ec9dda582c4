/* The compiled JSON Schema test suite. Included by exactly one source. */
#pragma once

#include "contract/schema_table.h"

struct suite_test {
        const char *name;
        const struct schema *schema;
        const char *data;
        bool valid;
};

struct suite_keyword {
        const char *name;
        unsigned tests;
};

#include "schema_suite.h"

enum { SUITE_TESTS = sizeof(suite_tests) / sizeof(suite_tests[0]) };
