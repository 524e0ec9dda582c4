/* The rules as the engine has them, for people. */
#include "rules/rule.h"

#include "http/constants.h"
#include "http/request.h"
#include "operations.h"

static const struct rule *rule_at(size_t at, const struct rule_set **ret_set) {
        for (const struct rule_set *const *set = rule_sets; *set; at -= (*set)->count, set++)
                if (at < (*set)->count) {
                        *ret_set = *set;
                        return &(*set)->rules[at];
                }
        return NULL;
}

static const char *name(size_t at) {
        const struct rule_set *set;
        const struct rule *rule = rule_at(at, &set);

        return rule ? rule->id : NULL;
}

static void append(size_t at, bool english, struct text *json) {
        const struct rule_set *set = NULL;
        const struct rule *rule = rule_at(at, &set);

        rule_append(set, rule, english, json);
}

static const struct constants constants = {.name = name, .append = append};

int op_list_rules(struct request *request) {
        return constants_reply_all(request, &constants);
}

int op_get_rule(struct request *request) {
        return constants_reply_one(request, &constants, request_path(request, "rule_id"));
}
