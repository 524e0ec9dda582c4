#include "contract/schema_check.h"

#include "core/cleanup.h"
#include "core/text.h"

#include <stdarg.h>
#include <stdio.h>

static void append_pointer(struct text *text, const struct place *place) {
        if (!place->parent)
                return;
        append_pointer(text, place->parent);
        text_append_char(text, '/');
        if (!place->name)
                text_printf(text, "%zu", place->index);
        for (const char *c = place->name; c && *c; c++)
                switch (*c) {
                case '~':
                        text_append_string(text, "~0");
                        break;
                case '/':
                        text_append_string(text, "~1");
                        break;
                default:
                        text_append_char(text, *c);
                }
}

static const char *print(struct arena *arena, const char *format, va_list arguments) {
        va_list again;
        va_copy(again, arguments);
        int length = vsnprintf(NULL, 0, format, arguments);
        char *sentence = arena_alloc(arena, (size_t)length + 1);
        vsnprintf(sentence, (size_t)length + 1, format, again);
        va_end(again);
        return sentence;
}

bool check_say(struct check *check, const struct place *place, const char *code, const char *ja, const char *en) {
        _cleanup_(text_free) struct text pointer = {0};

        if (check->quiet || check->faults.count == SCHEMA_FAULTS_MAX)
                return false;
        if (!check->faults.items)
                check->faults.items = arena_alloc(check->arena, SCHEMA_FAULTS_MAX * sizeof(struct fault));
        append_pointer(&pointer, place);
        check->faults.items[check->faults.count++] = (struct fault){
                .pointer = arena_strdup(check->arena, pointer.data ?: ""), .code = code, .ja = ja, .en = en};
        return false;
}

bool check_fault(struct check *check, const struct place *place, const char *code, const char *ja, const char *en,
                 ...) {
        va_list arguments;

        if (check->quiet)
                return false;
        va_start(arguments, en);
        ja = print(check->arena, ja, arguments);
        va_end(arguments);
        va_start(arguments, en);
        en = print(check->arena, en, arguments);
        va_end(arguments);
        return check_say(check, place, code, ja, en);
}

bool check_hinted(struct check *check, const struct schema *schema, const struct place *place, const char *code,
                  const char *ja, const char *en) {
        return check_say(check, place, code, schema->hint_ja ?: ja, schema->hint_en ?: en);
}
