#include "contract/schema.h"

#include "contract/schema_table.h"
#include "core/characters.h"
#include "core/cleanup.h"
#include "core/clock.h"

#include <string.h>

static void settle_all(const struct schema *const *branches, json_t *value) {
        for (; branches && *branches; branches++)
                schema_settle(*branches, value);
}

/* By every schema that may judge the same value, whether it will or not. */
static void settle_in_place(const struct schema *schema, json_t *value) {
        const struct schema *const others[] = {schema->reference, schema->then, schema->else_};

        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
                if (others[i])
                        schema_settle(others[i], value);
        settle_all(schema->all_of, value);
        settle_all(schema->any_of, value);
        settle_all(schema->one_of, value);
}

static void settle_string(json_t *value) {
        _cleanup_(text_free) struct text buffer = {0};
        const char *settled = characters_settle(&buffer, json_string_value(value), json_string_length(value));

        if (strcmp(settled, json_string_value(value)) != 0)
                json_string_set_nocheck(value, settled);
}

/* What is none, or too long to be one, is left to be judged. */
static void settle_time(const struct schema *schema, json_t *value) {
        bool bounded = schema->limits & SCHEMA_MAX_LENGTH;
        char settled[CLOCK_INSTANT_SIZE];
        int64_t instant;

        if ((bounded && json_string_length(value) > schema->max_length) ||
            clock_parse_instant(json_string_value(value), &instant) != 0)
                return;
        clock_format_instant(instant, settled);
        json_string_set(value, settled);
}

void schema_settle(const struct schema *schema, json_t *value) {
        if (json_is_string(value) && (schema->format == SCHEMA_FORMAT_LINE || schema->format == SCHEMA_FORMAT_TEXT))
                settle_string(value);
        if (json_is_string(value) && schema->format == SCHEMA_FORMAT_DATE_TIME)
                settle_time(schema, value);
        for (size_t i = 0; json_is_object(value) && i < schema->properties_count; i++) {
                json_t *member = json_object_get(value, schema->properties[i].name);
                if (member)
                        schema_settle(schema->properties[i].schema, member);
        }
        for (size_t i = 0; schema->items && i < json_array_size(value); i++)
                schema_settle(schema->items, json_array_get(value, i));
        settle_in_place(schema, value);
}

const char *schema_settle_text(const struct schema *schema, const char *text, struct arena *arena) {
        _cleanup_json_ json_t *value = json_string_nocheck(text);

        if (!value)
                return text;
        schema_settle(schema, value);
        return arena_strdup(arena, json_string_value(value));
}
