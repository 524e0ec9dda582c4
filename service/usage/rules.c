/* The rules as the engine has them, for people. */
#include "http/request.h"
#include "operations.h"
#include "problems.h"
#include "rules/check_out.h"

#include <string.h>

static int answer(struct request *request, struct text *body) {
        const char *kept = arena_strndup(request->arena, body->data, body->length);

        text_free(body);
        return reply_string(request, 200, "application/json", kept);
}

int op_list_rules(struct request *request) {
        struct text body = {0};

        text_append_string(&body, "{\"items\":[");
        for (size_t i = 0; i < CHECK_OUT_RULES; i++) {
                if (i > 0)
                        text_append_char(&body, ',');
                rule_append(&check_out_rules[i], request->language == LANGUAGE_EN, &body);
        }
        text_append_string(&body, "],\"next_cursor\":null}");
        return answer(request, &body);
}

int op_get_rule(struct request *request) {
        const char *id = request_path(request, "rule_id");
        struct text body = {0};
        size_t i = 0;

        while (i < CHECK_OUT_RULES && strcmp(check_out_rules[i].id, id) != 0)
                i++;
        if (i == CHECK_OUT_RULES)
                return PROBLEM_NOT_FOUND;
        rule_append(&check_out_rules[i], request->language == LANGUAGE_EN, &body);
        return answer(request, &body);
}
