/* Any JSON text against any schema of the official suite: two bytes choose the schema, the rest is the text. */
#include "../unit/suite.h"
#include "contract/schema.h"
#include "core/cleanup.h"
#include "core/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
        (void)argc;
        (void)argv;
        if (schema_prepare() < 0)
                abort();
        return 0;
}

static void check(int r, const struct faults *faults) {
        if ((r != 0) != (faults->count > 0) || faults->count > SCHEMA_FAULTS_MAX)
                abort();
        for (size_t i = 0; i < faults->count; i++)
                if (!faults->items[i].pointer || !faults->items[i].code || !faults->items[i].ja || !faults->items[i].en)
                        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
        if (size < 2)
                return 0;
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        const struct schema *schema = suite_tests[(data[0] << 8 | data[1]) % SUITE_TESTS].schema;
        const char *text = arena_strndup(arena, (const char *)data + 2, size - 2);
        _cleanup_json_ json_t *value = json_loadb((const char *)data + 2, size - 2, JSON_DECODE_ANY, NULL);
        struct faults faults = {0};

        if (value)
                check(schema_validate(schema, value, arena, &faults), &faults);
        faults = (struct faults){0};
        if (text_is_utf8(text, strlen(text)))
                check(schema_validate_text(schema, text, arena, &faults), &faults);
        return 0;
}
