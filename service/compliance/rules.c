/* The rules as the engine has them, for people. */
#include "http/reply.h"
#include "http/request.h"
#include "operations.h"
#include "problems.h"
#include "rules/rule.h"

#include <string.h>

static int answer(struct request *request, struct text *body) {
        return reply_string(request, 200, "application/json", arena_take(request->arena, body));
}

int op_list_rules(struct request *request) {
        struct text body = {0};

        text_append_string(&body, "{\"items\":[");
        for (size_t set = 0; rule_sets[set]; set++)
                for (size_t i = 0; i < rule_sets[set]->count; i++) {
                        if (set + i > 0)
                                text_append_char(&body, ',');
                        rule_append(&rule_sets[set]->rules[i], request->language == LANGUAGE_EN, &body);
                }
        text_append_string(&body, "],\"next_cursor\":null}");
        return answer(request, &body);
}

static const struct rule *find_rule(const char *id) {
        for (const struct rule_set *const *set = rule_sets; *set; set++)
                for (size_t i = 0; i < (*set)->count; i++)
                        if (strcmp((*set)->rules[i].id, id) == 0)
                                return &(*set)->rules[i];
        return NULL;
}

int op_get_rule(struct request *request) {
        const struct rule *rule = find_rule(request_path(request, "rule_id"));
        struct text body = {0};

        if (!rule)
                return PROBLEM_NOT_FOUND;
        rule_append(rule, request->language == LANGUAGE_EN, &body);
        return answer(request, &body);
}
