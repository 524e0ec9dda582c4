#include "rules/members.h"

#include <string.h>

const json_t *members_value(struct members *members, const char *name, json_type type) {
        const json_t *value = json_object_get(members->object, name);

        if (!value || json_is_null(value))
                return NULL;
        if (json_typeof(value) == type)
                return value;
        members->wrong = true;
        return NULL;
}

const char *members_text(struct members *members, const char *name) {
        return json_string_value(members_value(members, name, JSON_STRING));
}

int members_word(struct members *members, const char *name, const struct word *words) {
        const char *value = members_text(members, name);

        if (!value)
                return 0;
        for (; words->word; words++)
                if (strcmp(value, words->word) == 0)
                        return words->value;
        members->wrong = true;
        return 0;
}

int members_choice(struct members *members, const char *name, const struct vocabulary_word *words) {
        const char *value = members_text(members, name);

        if (!value)
                return 0;
        for (int i = 0; words[i].word; i++)
                if (strcmp(value, words[i].word) == 0)
                        return i + 1;
        members->wrong = true;
        return 0;
}

bool members_flag(struct members *members, const char *name) {
        const json_t *value = json_object_get(members->object, name);

        members->wrong |= value && !json_is_null(value) && !json_is_boolean(value);
        return json_is_true(value);
}

int members_number(struct members *members, const char *name) {
        return (int)json_integer_value(members_value(members, name, JSON_INTEGER));
}

int64_t members_instant(struct members *members, const char *name) {
        const char *value = members_text(members, name);
        int64_t read = 0;

        if (value && clock_parse_instant(value, &read) != 0)
                members->wrong = true;
        return read;
}

struct date members_day(struct members *members, const char *name) {
        const char *value = members_text(members, name);
        struct date read = {0};

        if (value && clock_parse_date(value, &read) != 0)
                members->wrong = true;
        return read;
}
