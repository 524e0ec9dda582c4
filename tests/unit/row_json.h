/* Reads a row of rows.h from a JSON object whose members are its columns, by the same table as from PostgreSQL: what a test
   in Python asks the rules about. Texts are borrowed from the object, arrays lie in the arena. */
#pragma once

#include "core/arena.h"
#include "core/clock.h"
#include "core/fact.h"
#include "db/row.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void row_json_refuse(const struct row *row, const struct row_column *column) {
        fprintf(stderr, "%s.%s cannot be read\n", row->name, column->name);
        exit(1);
}

static inline bool row_json_word(const struct row_column *column, const char *text, void *ret) {
        for (int i = 0; text && column->words[i].word; i++)
                if (strcmp(column->words[i].word, text) == 0) {
                        *(int *)ret = i + 1;
                        return true;
                }
        return false;
}

static inline bool row_json_value(const struct row_column *column, const json_t *value, void *ret) {
        const char *text = json_string_value(value);

        switch (column->kind) {
        case ROW_UUID:
        case ROW_TEXT:
                *(const char **)ret = text;
                return text;
        case ROW_DATE:
                return text && clock_parse_date(text, ret) == 0;
        case ROW_INSTANT:
                return text && clock_parse_instant(text, ret) == 0;
        case ROW_INT:
                *(int *)ret = (int)json_integer_value(value);
                return json_is_integer(value);
        case ROW_BIGINT:
                *(int64_t *)ret = json_integer_value(value);
                return json_is_integer(value);
        case ROW_BOOL:
                *(bool *)ret = json_is_true(value);
                return json_is_boolean(value);
        case ROW_FACT:
                *(enum fact *)ret = json_is_true(value) ? FACT_YES : FACT_NO;
                return json_is_boolean(value);
        case ROW_WORD:
                return row_json_word(column, text, ret);
        }
        return false;
}

static inline bool row_json_array(const struct row_column *column, const json_t *array, struct arena *arena, char *to) {
        static const size_t sizes[] = {[ROW_UUID] = sizeof(char *),
                                       [ROW_TEXT] = sizeof(char *),
                                       [ROW_DATE] = sizeof(struct date),
                                       [ROW_WORD] = sizeof(int)};
        size_t size = sizes[column->kind], i;
        char *items = arena_alloc(arena, (json_array_size(array) + 1) * size);
        const json_t *item;

        json_array_foreach(array, i, item) {
                bool may_be_null = column->kind <= ROW_TEXT && json_is_null(item);
                if (!may_be_null && !row_json_value(column, item, items + i * size))
                        return false;
        }
        memcpy(to + column->offset, &items, sizeof(items));
        *(size_t *)(void *)(to + column->beside) = i;
        return json_is_array(array);
}

/* Ends the program when the object does not fit. */
static inline void row_from_json(const struct row *row, const json_t *object, struct arena *arena, void *ret_struct) {
        for (const struct row_column *column = row->columns; column->name; column++) {
                const json_t *value = json_object_get(object, column->name);
                char *to = ret_struct;
                if ((!value || json_is_null(value)) && column->nullable)
                        continue;
                if (!(column->many ? row_json_array(column, value, arena, to)
                                   : row_json_value(column, value, to + column->offset)))
                        row_json_refuse(row, column);
                if (column->beside && !column->many)
                        *(bool *)(to + column->beside) = true;
        }
}
