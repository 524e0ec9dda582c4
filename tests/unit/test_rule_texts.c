/* What rules say to people, in both languages. */
#include "rules/check_out.h"
#include "rules/meeting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void assert_words(const struct words *words) {
        assert_true(words->ja && *words->ja && words->en && *words->en);
        assert_null(strstr(words->ja, " 。"));
        for (const char *c = words->en; *c; c++)
                assert_true((unsigned char)*c < 0x80);
}

static void assert_rule(const struct rule *rule, const char *set) {
        assert_int_equal(strncmp(rule->id, set, strlen(set)), 0);
        assert_non_null(rule->clauses[0]);
        assert_words(&rule->title);
        assert_words(&rule->explanation);
        if (rule->reading.ja || rule->reading.en)
                assert_words(&rule->reading);
}

/* Each reason of a set is one of exactly one rule, none is stricter than its rule, and one is as strict. */
static void assert_reasons(const struct rule_set *set, int count) {
        int next = RULE_FINE + 1;

        for (size_t i = 0; i < set->count; i++) {
                const struct rule *rule = &set->rules[i];
                bool strictest = false;
                if (rule->reasons.first == RULE_FINE) /* found by the days that have passed, not judged */
                        continue;
                assert_int_equal(rule->reasons.first, next);
                for (; next <= rule->reasons.last; next++) {
                        assert_true(set->reasons[next].level >= rule->level);
                        strictest |= set->reasons[next].level == rule->level;
                }
                assert_true(strictest);
        }
        assert_int_equal(next, count);
}

static void every_rule_of_check_outs_has_its_words(void **state) {
        (void)state;
        for (size_t i = 0; i < CHECK_OUT_RULES; i++)
                assert_rule(&check_out_rules[i], "check_out.");
        for (size_t i = CHECK_OUT_FINE + 1; i < CHECK_OUT_REASONS; i++) {
                assert_words(&check_out_reasons[i].detail);
                assert_words(&check_out_reasons[i].remedy);
        }
        assert_reasons(&check_out_rule_set, CHECK_OUT_REASONS);
}

static void every_rule_of_meetings_has_its_words(void **state) {
        (void)state;
        for (size_t i = 0; i < MEETING_RULES; i++) {
                assert_rule(&meeting_rules[i], "meeting.");
                assert_false(meeting_rules[i].determinable); /* art9 has no say under Annex 2 */
        }
        for (size_t i = MEETING_FINE + 1; i < MEETING_REASONS; i++) {
                assert_words(&meeting_reasons[i].detail);
                assert_words(&meeting_reasons[i].remedy);
        }
        assert_reasons(&meeting_rule_set, MEETING_REASONS);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_rule_of_check_outs_has_its_words),
                cmocka_unit_test(every_rule_of_meetings_has_its_words),
        };
        return cmocka_run_group_tests_name("rule_texts", tests, NULL, NULL);
}
