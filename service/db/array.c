#include "core/text.h"
#include "db/transaction.h"

const char *transaction_array(struct arena *arena, const char *const *items, size_t count) {
        struct text text = {0};

        text_append_char(&text, '{');
        for (size_t i = 0; i < count; i++) {
                if (i > 0)
                        text_append_char(&text, ',');
                if (!items[i]) {
                        text_append_string(&text, "NULL");
                        continue;
                }
                text_append_char(&text, '"');
                for (const char *c = items[i]; *c; c++) {
                        if (*c == '"' || *c == '\\')
                                text_append_char(&text, '\\');
                        text_append_char(&text, *c);
                }
                text_append_char(&text, '"');
        }
        text_append_char(&text, '}');
        const char *literal = arena_strndup(arena, text.data, text.length);
        text_free(&text);
        return literal;
}
