/* The enumerations of the contract with their words, for frontends. */
#include "vocabularies.h"

#include "http/reply.h"
#include "http/request.h"
#include "operations.h"
#include "problems.h"

#include <string.h>

static void append(struct text *body, const struct vocabulary *vocabulary) {
        text_printf(body, "{\"name\":\"%s\",\"words\":[", vocabulary->name);
        for (const struct vocabulary_word *known = vocabulary->words; known->word; known++) {
                text_append_string(body, known == vocabulary->words ? "{\"word\":" : ",{\"word\":");
                text_append_json(body, known->word);
                text_append_string(body, ",\"ja\":");
                text_append_json(body, known->ja);
                text_append_string(body, ",\"en\":");
                text_append_json(body, known->en);
                text_append_char(body, '}');
        }
        text_append_string(body, "]}");
}

int op_list_vocabularies(struct request *request) {
        struct text body = {0};

        text_append_string(&body, "{\"items\":[");
        for (const struct vocabulary *known = vocabularies; known->name; known++) {
                text_append_string(&body, known == vocabularies ? "" : ",");
                append(&body, known);
        }
        text_append_string(&body, "],\"next_cursor\":null}");
        return reply_string(request, 200, "application/json", arena_take(request->arena, &body));
}

int op_get_vocabulary(struct request *request) {
        const char *name = request_path(request, "name");
        const struct vocabulary *known = vocabularies;
        struct text body = {0};

        while (known->name && strcmp(known->name, name) != 0)
                known++;
        if (!known->name)
                return PROBLEM_NOT_FOUND;
        append(&body, known);
        return reply_string(request, 200, "application/json", arena_take(request->arena, &body));
}
