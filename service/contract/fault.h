/* What is wrong with a value that the contract does not allow. */
#pragma once

#include <stddef.h>

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
