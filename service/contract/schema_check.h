/* One run of contract/schema.c and contract/schema_assert.c over one value: where it is, and what it found wrong. Nobody
   else includes this. */
#pragma once

#include "contract/fault.h"
#include "contract/schema_table.h"
#include "core/arena.h"

/* Where in the value we are; lives on the stack of the walk. */
struct place {
        const struct place *parent; /* NULL: the whole value */
        const char *name;           /* member, or NULL for an item */
        size_t index;
        unsigned depth;
};

/* One run over one value. */
struct check {
        struct arena *arena;
        struct faults faults;
        bool quiet; /* only whether, not why: within alternatives and conditions */
};

/* Notes a fault, unless quiet or full. The sentences are borrowed: constants, or in the arena. Always false. */
bool check_say(struct check *check, const struct place *place, const char *code, const char *ja, const char *en);
/* The same with two formats for the same arguments. */
bool check_fault(struct check *check, const struct place *place, const char *code, const char *ja, const char *en, ...)
        __attribute__((format(printf, 4, 6), format(printf, 5, 6)));
/* The same with the schema's own hint where it has one. */
bool check_hinted(struct check *check, const struct schema *schema, const struct place *place, const char *code,
                  const char *ja, const char *en);
