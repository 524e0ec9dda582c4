/* The rules as the engine has them, for people. */
#include "http/reply.h"
#include "http/request.h"
#include "operations.h"
#include "problems.h"
#include "rules/check_out.h"
#include "rules/meeting.h"

#include <string.h>

enum { RULES = CHECK_OUT_RULES + (int)MEETING_RULES };

static const struct rule *rule_at(size_t i) {
        return i < CHECK_OUT_RULES ? &check_out_rules[i] : &meeting_rules[i - CHECK_OUT_RULES];
}

static int answer(struct request *request, struct text *body) {
        return reply_string(request, 200, "application/json", arena_take(request->arena, body));
}

int op_list_rules(struct request *request) {
        struct text body = {0};

        text_append_string(&body, "{\"items\":[");
        for (size_t i = 0; i < RULES; i++) {
                if (i > 0)
                        text_append_char(&body, ',');
                rule_append(rule_at(i), request->language == LANGUAGE_EN, &body);
        }
        text_append_string(&body, "],\"next_cursor\":null}");
        return answer(request, &body);
}

int op_get_rule(struct request *request) {
        const char *id = request_path(request, "rule_id");
        struct text body = {0};
        size_t i = 0;

        while (i < RULES && strcmp(rule_at(i)->id, id) != 0)
                i++;
        if (i == RULES)
                return PROBLEM_NOT_FOUND;
        rule_append(rule_at(i), request->language == LANGUAGE_EN, &body);
        return answer(request, &body);
}
