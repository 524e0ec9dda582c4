#include "http/constants.h"

#include "http/reply.h"
#include "http/request.h"
#include "problems.h"

#include <string.h>

static int reply(struct request *request, struct text *body) {
        return reply_string(request, 200, "application/json", arena_take(request->arena, body));
}

int constants_reply_all(struct request *request, const struct constants *constants) {
        struct text body = {0};

        text_append_string(&body, "{\"items\":[");
        for (size_t at = 0; constants->name(at); at++) {
                text_append_string(&body, at == 0 ? "" : ",");
                constants->append(at, request->language == LANGUAGE_EN, &body);
        }
        text_append_string(&body, "],\"next_cursor\":null}");
        return reply(request, &body);
}

int constants_reply_one(struct request *request, const struct constants *constants, const char *name) {
        struct text body = {0};
        const char *known;

        for (size_t at = 0; (known = constants->name(at)); at++)
                if (strcmp(known, name) == 0) {
                        constants->append(at, request->language == LANGUAGE_EN, &body);
                        return reply(request, &body);
                }
        return PROBLEM_NOT_FOUND;
}
