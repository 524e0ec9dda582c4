#include "rules/rule.h"

#include "problems.h"

#include <stdlib.h>
#include <string.h>

void judgement_add(struct judgement *judgement, const struct rule *rule, const struct rule_reason *reason,
                   bool determined) {
        bool turned = determined && rule->determinable && reason->level == RULE_VIOLATION;

        if (judgement->count == JUDGEMENT_FINDINGS_MAX)
                abort(); /* more rules than findings have room */
        judgement->findings[judgement->count++] = (struct finding){
                .rule = rule,
                .reason = reason,
                .level = turned ? RULE_EXCEPTION : reason->level,
                .determined = turned,
        };
}

const struct finding *judgement_find(const struct judgement *judgement, const struct rule *rule) {
        for (size_t i = 0; i < judgement->count; i++)
                if (judgement->findings[i].rule == rule)
                        return &judgement->findings[i];
        return NULL;
}

enum verdict judgement_verdict(const struct judgement *judgement) {
        enum verdict verdict = VERDICT_PERMITTED;

        for (size_t i = 0; i < judgement->count; i++) {
                if (judgement->findings[i].level == RULE_VIOLATION)
                        return VERDICT_REFUSED;
                if (judgement->findings[i].level == RULE_EXCEPTION)
                        verdict = VERDICT_PERMITTED_WITH_EXCEPTION;
        }
        return verdict;
}

int regulation_version_on(struct date day, const struct date *versions, size_t count, struct date *ret_version) {
        const struct date *found = NULL;

        for (size_t i = 0; i < count; i++)
                if (date_compare(versions[i], day) <= 0 && (!found || date_compare(versions[i], *found) > 0))
                        found = &versions[i];
        if (!found)
                return PROBLEM_VALIDATION_FAILED;
        *ret_version = *found;
        return 0;
}

const char *rule_level_word(enum rule_level level) {
        static const char *const words[] = {"advice", "exception", "violation"};

        return words[level];
}

const char *verdict_word(enum verdict verdict) {
        static const char *const words[] = {"permitted", "permitted_with_exception", "refused"};

        return words[verdict];
}

static void append_member(struct text *json, const char *name, const char *value) {
        text_printf(json, ",\"%s\":", name);
        text_append_json(json, value);
}

static void append_words(struct text *json, const char *name, const struct words *words, bool english) {
        append_member(json, name, english ? words->en : words->ja);
}

static void append_clauses(struct text *json, const struct rule *rule, size_t most) {
        text_append_string(json, ",\"clauses\":[");
        for (size_t i = 0; i < most && rule->clauses[i]; i++)
                text_printf(json, "%s\"%s\"", i ? "," : "", rule->clauses[i]);
        text_append_char(json, ']');
}

static const struct words determined_remedy = {
        "示された定めにより例外として扱います。例外の理由を書いてください。",
        "The determination cited makes this an exception. State a reason for it.",
};

void judgement_append_findings(const struct judgement *judgement, bool english, struct text *json) {
        text_append_char(json, '[');
        for (size_t i = 0; i < judgement->count; i++) {
                const struct finding *finding = &judgement->findings[i];
                text_printf(json, "%s{\"rule\":\"%s\"", i ? "," : "", finding->rule->id);
                append_member(json, "level", rule_level_word(finding->level));
                append_clauses(json, finding->rule, finding->reason->clauses ?: RULE_CLAUSES_MAX);
                append_words(json, "title", &finding->rule->title, english);
                append_words(json, "detail", &finding->reason->detail, english);
                append_words(json, "remedy", finding->determined ? &determined_remedy : &finding->reason->remedy,
                             english);
                text_append_char(json, '}');
        }
        text_append_char(json, ']');
}

void judgement_append_verdict(const struct judgement *judgement, struct text *json) {
        text_printf(json, "\"verdict\":\"%s\",\"regulation_version\":\"%s\"", verdict_word(judgement->verdict),
                    judgement->regulation_version);
        if (judgement->annex2_version[0] != '\0')
                append_member(json, "annex2_version", judgement->annex2_version);
}

void judgement_append_record(const struct judgement *judgement, const char *object, struct text *json) {
        text_append(json, object, strlen(object) - 1);
        text_append_char(json, ',');
        judgement_append_verdict(judgement, json);
        text_append_string(json, ",\"findings\":{\"ja\":");
        judgement_append_findings(judgement, false, json);
        text_append_string(json, ",\"en\":");
        judgement_append_findings(judgement, true, json);
        text_append_string(json, "}}");
}

void rule_append(const struct rule *rule, bool english, struct text *json) {
        text_printf(json, "{\"id\":\"%s\"", rule->id);
        append_clauses(json, rule, RULE_CLAUSES_MAX);
        append_member(json, "level", rule_level_word(rule->level));
        text_printf(json, ",\"determination\":%s", rule->determinable ? "true" : "false");
        append_words(json, "title", &rule->title, english);
        append_words(json, "explanation", &rule->explanation, english);
        text_append_char(json, '}');
}
