#include "rules/rule.h"

#include "core/cleanup.h"
#include "problems.h"

#include <stdlib.h>
#include <string.h>

void judgement_take(struct judgement *judgement, size_t rule, int answer, bool determined) {
        const struct rule_reason *reason = &judgement->set->reasons[answer > RULE_FINE ? answer : RULE_FINE];
        bool turned = determined && judgement->set->rules[rule].determinable && reason->level == RULE_VIOLATION;

        if (rule >= JUDGEMENT_FINDINGS_MAX)
                abort(); /* more rules than findings have room */
        if (answer == RULE_NOT_JUDGED)
                judgement->not_judged |= UINT32_C(1) << rule;
        if (answer <= RULE_FINE)
                return;
        judgement->findings[judgement->count++] = (struct finding){
                .rule = &judgement->set->rules[rule],
                .reason = reason,
                .level = turned ? RULE_EXCEPTION : reason->level,
                .determined = turned,
                .past = judgement->past,
        };
}

/* Refused by any violation, otherwise with exception by any exception. */
static enum verdict verdict_of(const struct judgement *judgement) {
        enum verdict verdict = VERDICT_PERMITTED;

        for (size_t i = 0; i < judgement->count; i++) {
                if (judgement->findings[i].level == RULE_VIOLATION)
                        return VERDICT_REFUSED;
                if (judgement->findings[i].level == RULE_EXCEPTION)
                        verdict = VERDICT_PERMITTED_WITH_EXCEPTION;
        }
        return verdict;
}

void judgement_conclude(struct judgement *judgement) {
        judgement->verdict = verdict_of(judgement);
        judgement->needs_reason = judgement->verdict == VERDICT_PERMITTED_WITH_EXCEPTION;
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
        return vocabulary_rule_level[level - 1].word;
}

const char *verdict_word(enum verdict verdict) {
        return vocabulary_verdict[verdict - 1].word;
}

static void append_member(struct text *json, const char *name, const char *value) {
        text_printf(json, ",\"%s\":", name);
        text_append_json(json, value);
}

static void append_words(struct text *json, const char *name, const struct words *words, bool english) {
        append_member(json, name, english ? words->en : words->ja);
}

/* Of the rule's clauses those in `chosen`; 0: all of them. */
static size_t choose_clauses(const struct rule *rule, unsigned chosen, const char *ret_clauses[RULE_CLAUSES_MAX]) {
        size_t count = 0;

        for (size_t i = 0; i < RULE_CLAUSES_MAX && rule->clauses[i]; i++)
                if (chosen == 0 || chosen >> i & 1)
                        ret_clauses[count++] = rule->clauses[i];
        return count;
}

static void append_clauses(struct text *json, const struct rule *rule, unsigned chosen) {
        const char *clauses[RULE_CLAUSES_MAX];
        size_t count = choose_clauses(rule, chosen, clauses);

        text_append_string(json, ",\"clauses\":[");
        for (size_t i = 0; i < count; i++)
                text_printf(json, "%s\"%s\"", i ? "," : "", clauses[i]);
        text_append_char(json, ']');
}

static const struct words determined_remedy = {
        "指定した総括管理者の定め（第9条）により例外として扱います。例外の理由を入力してください。",
        "The determination cited makes this an exception. State a reason for it.",
};

static const struct words past_remedy = {
        "既に実施されています。利用管理者に報告し、今後の取扱いを改めてください。",
        "It has taken place. Tell the usage manager, and do otherwise from now on.",
};

const struct words *finding_title(const struct finding *finding) {
        return &finding->rule->title;
}

const struct words *finding_detail(const struct finding *finding) {
        return &finding->reason->detail;
}

const struct words *finding_remedy(const struct finding *finding) {
        if (finding->past)
                return &past_remedy;
        return finding->determined ? &determined_remedy : &finding->reason->remedy;
}

size_t finding_clauses(const struct finding *finding, const char *ret_clauses[RULE_CLAUSES_MAX]) {
        return choose_clauses(finding->rule, finding->reason->clauses, ret_clauses);
}

/* Those of a JSON object, which has some; NULL: none. */
static void append_members(struct text *json, const char *object) {
        if (object)
                text_printf(json, ",%.*s", (int)strlen(object) - 2, object + 1);
}

static void append_detail(struct text *json, const struct finding *finding, bool english) {
        _cleanup_(text_free) struct text detail = {0};

        text_append_string(&detail, english ? finding_detail(finding)->en : finding_detail(finding)->ja);
        if (finding->said)
                text_append_string(&detail, finding->said);
        append_member(json, "detail", detail.data);
}

void judgement_append_findings(const struct judgement *judgement, bool english, struct text *json) {
        for (size_t i = 0; i < judgement->count; i++) {
                const struct finding *finding = &judgement->findings[i];
                text_printf(json, "%s{\"rule\":\"%s\"", i ? "," : "", finding->rule->id);
                append_member(json, "level", rule_level_word(finding->level));
                append_clauses(json, finding->rule, finding->reason->clauses);
                append_words(json, "title", finding_title(finding), english);
                append_detail(json, finding, english);
                append_words(json, "remedy", finding_remedy(finding), english);
                for (size_t k = 0; k < sizeof(finding->members) / sizeof(finding->members[0]); k++)
                        append_members(json, finding->members[k]);
                text_append_char(json, '}');
        }
}

void rules_append(const struct rule_set *set, uint32_t rules, struct text *json) {
        const char *separator = "";

        text_append_char(json, '[');
        for (size_t i = 0; i < set->count; i++) {
                if (!(rules >> i & 1))
                        continue;
                text_printf(json, "%s\"%s\"", separator, set->rules[i].id);
                separator = ",";
        }
        text_append_char(json, ']');
}

void judgement_append(const struct judgement *judgement, bool english, struct text *json) {
        text_printf(json, "\"verdict\":\"%s\",\"regulation_version\":\"%s\",\"rules_of\":\"" RULES_OF "\"",
                    verdict_word(judgement->verdict), judgement->regulation_version);
        if (judgement->annex2_version[0] != '\0')
                append_member(json, "annex2_version", judgement->annex2_version);
        text_append_string(json, ",\"findings\":[");
        judgement_append_findings(judgement, english, json);
        text_append_string(json, "],\"not_judged\":");
        rules_append(judgement->set, judgement->not_judged, json);
}

static void append_reason(const struct rule *rule, const struct rule_reason *reason, bool english, struct text *json) {
        text_printf(json, "{\"level\":\"%s\"", rule_level_word(reason->level));
        append_clauses(json, rule, reason->clauses);
        append_words(json, "detail", &reason->detail, english);
        append_words(json, "remedy", &reason->remedy, english);
        text_append_char(json, '}');
}

void rule_append(const struct rule_set *set, const struct rule *rule, bool english, struct text *json) {
        text_printf(json, "{\"id\":\"%s\"", rule->id);
        append_clauses(json, rule, 0);
        append_member(json, "level", rule_level_word(rule->level));
        text_printf(json, ",\"determination\":%s", rule->determinable ? "true" : "false");
        append_words(json, "title", &rule->title, english);
        append_words(json, "explanation", &rule->explanation, english);
        if (rule->reading.ja)
                append_words(json, "reading", &rule->reading, english);
        else
                text_append_string(json, ",\"reading\":null");
        text_append_string(json, ",\"reasons\":[");
        for (int at = rule->reasons.first; at != RULE_FINE && at <= rule->reasons.last; at++) {
                text_append_string(json, at == rule->reasons.first ? "" : ",");
                append_reason(rule, &set->reasons[at], english, json);
        }
        text_append_string(json, "]}");
}
