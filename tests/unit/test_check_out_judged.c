/* Check-outs as a whole: rules beside each other, what is not known, and each kind of recording. */
#include "check_out_fixture.h"

static void what_is_not_known_makes_no_finding(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = {.regulation_versions = versions, .regulation_versions_count = 2};

        (void)state;
        for (enum usage_source source = USAGE_CHECKED_OUT; source <= USAGE_HANDOVER; source++)
                for (enum purpose purpose = PURPOSE_WEB_MEETING; purpose < PURPOSE_OTHER; purpose++) {
                        plan.source = source;
                        plan.purpose = purpose;
                        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
                }
        plan.purpose = PURPOSE_OTHER; /* known from the plan alone */
        plan.source = USAGE_CHECKED_OUT;
        expect(&plan, &facts, CHECK_OUT_PURPOSE, CHECK_OUT_OTHER_PURPOSE, VERDICT_REFUSED);
}

static void expect_not_judged(const struct check_out_plan *plan, const struct check_out_facts *facts, uint32_t rules) {
        assert_int_equal(judge(plan, facts).not_judged, rules);
}

static void what_is_not_known_is_not_judged(void **state) {
        const uint32_t all = (UINT32_C(1) << CHECK_OUT_RULES) - 1, approval = 1 << CHECK_OUT_PURPOSE_APPROVAL;
        const uint32_t security = 1 << CHECK_OUT_SECURITY_CURRENT | 1 << CHECK_OUT_SECURITY_CONFIRMED;
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        expect_not_judged(&plan, &facts, 0);
        facts = (struct check_out_facts){.regulation_versions = versions, .regulation_versions_count = 2};
        plan.purpose = PURPOSE_APPROVED_OTHER;
        expect_not_judged(&plan, &facts, all & ~(UINT32_C(1) << CHECK_OUT_PURPOSE));
        plan.purpose = PURPOSE_SYSTEM_UPDATE;
        expect_not_judged(&plan, &facts, all & ~(UINT32_C(1) << CHECK_OUT_PURPOSE) & ~security & ~approval);
        plan.source = USAGE_HANDOVER; /* availability is not asked of it */
        assert_int_equal(judge(&plan, &facts).not_judged & 1 << CHECK_OUT_DEVICE_AVAILABLE, 0);
        facts.occupied = OCCUPIED_OUT; /* what is known refuses, whatever is not */
        plan.source = USAGE_CHECKED_OUT;
        assert_int_equal(judge(&plan, &facts).not_judged & 1 << CHECK_OUT_DEVICE_AVAILABLE, 0);
}

/* Each fact is missed by those rules alone that ask for it, and by none where the answer is clear without it. */
static void each_fact_is_missed_where_it_is_asked(void **state) {
        const uint32_t current = 1 << CHECK_OUT_SECURITY_CURRENT, confirmed = 1 << CHECK_OUT_SECURITY_CONFIRMED;
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts;

        (void)state;
#define WITHOUT(member, nothing, rules)                  \
        do {                                             \
                facts = good_facts();                    \
                facts.member = (nothing);                \
                expect_not_judged(&plan, &facts, rules); \
        } while (0)
        WITHOUT(incident, INCIDENT_NOT_KNOWN, 1 << CHECK_OUT_DEVICE_AVAILABLE);
        WITHOUT(condition, CONDITION_NOT_KNOWN, 1 << CHECK_OUT_DEVICE_AVAILABLE);
        WITHOUT(occupied, OCCUPIED_NOT_KNOWN, 1 << CHECK_OUT_DEVICE_AVAILABLE);
        WITHOUT(placed, FACT_NOT_KNOWN, 1 << CHECK_OUT_PLACED);
        WITHOUT(reserved, FACT_NOT_KNOWN, 1 << CHECK_OUT_RESERVED);
        WITHOUT(approval, FACT_NOT_KNOWN, 0); /* the purpose needs none */
        WITHOUT(data_percent_known, false, 1 << CHECK_OUT_DATA_CAP);
        WITHOUT(kind, 0, current | confirmed);
        WITHOUT(security, SECURITY_NOT_KNOWN, current | confirmed);
        WITHOUT(antivirus_definitions_on, (struct date){0}, current);
        WITHOUT(antivirus_definition_days_known, false, current);
        WITHOUT(security_confirmed_at_known, false, confirmed);
        WITHOUT(security_confirmed_days_known, false, confirmed);
        WITHOUT(holding_department_id, NULL, 1 << CHECK_OUT_OTHER_DEPARTMENT);
        WITHOUT(last_return_unlocked, FACT_NOT_KNOWN, 1 << CHECK_OUT_STORAGE_CONFIRMED);
        WITHOUT(meeting, MEETING_NOT_KNOWN, 1 << CHECK_OUT_MEETING);
#undef WITHOUT
        facts = good_facts(); /* nothing has a security status that has no system of its own */
        facts.kind = DEVICE_CAMERA;
        facts.security = SECURITY_NOT_KNOWN;
        expect_not_judged(&plan, &facts, 0);
}

static struct check_out_facts worst_facts(void) {
        struct check_out_facts facts = good_facts();

        facts.occupied = OCCUPIED_OVERDUE;
        facts.reserved = FACT_YES;
        facts.data_percent = 100;
        facts.security = SECURITY_OUTDATED;
        facts.security_confirmed_at = 0;
        facts.holding_department_id = OTHER;
        facts.last_return_unlocked = FACT_YES;
        facts.meeting = MEETING_DRAFT;
        return facts;
}

static void no_rule_stops_another(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = worst_facts();

        (void)state;
        plan.purpose = PURPOSE_OTHER;
        struct judgement judgement = judge(&plan, &facts);
        assert_int_equal(judgement.count, CHECK_OUT_RULES - 2); /* placed, purpose_approval */
        for (size_t i = 1; i < judgement.count; i++)
                assert_true(judgement.findings[i - 1].rule < judgement.findings[i].rule);

        plan.purpose = PURPOSE_APPROVED_OTHER;
        judgement = judge(&plan, &facts);
        assert_int_equal(judgement.count, CHECK_OUT_RULES - 2); /* placed, purpose */
}

static void late_recordings_are_refused_for_an_overlap_only(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = worst_facts();

        (void)state;
        plan.source = USAGE_LATE;
        plan.purpose = PURPOSE_OTHER;
        struct judgement judgement = judge(&plan, &facts);
        assert_int_equal(judgement.verdict, VERDICT_REFUSED);
        assert_false(judgement.needs_reason);

        facts.occupied = OCCUPIED_NO;
        judgement = judge(&plan, &facts);
        assert_int_equal(judgement.verdict, VERDICT_PERMITTED_WITH_EXCEPTION);
        assert_int_equal(judgement_find(&judgement, &check_out_rules[CHECK_OUT_PURPOSE])->level, RULE_VIOLATION);
        assert_false(judgement.needs_reason); /* late_reason is one */

        facts.condition = CONDITION_LOST; /* it was used before it was known to be */
        judgement = judge(&plan, &facts);
        assert_int_equal(judgement.verdict, VERDICT_PERMITTED_WITH_EXCEPTION);
        assert_int_equal(judgement.findings[0].level, RULE_VIOLATION);

        facts = good_facts();
        plan.purpose = PURPOSE_TRAINING;
        assert_int_equal(judge(&plan, &facts).verdict, VERDICT_PERMITTED);
        facts.meeting = MEETING_NONE;
        plan.purpose = PURPOSE_WEB_MEETING;
        assert_int_equal(judge(&plan, &facts).verdict, VERDICT_PERMITTED);
}

static void handovers_are_judged_but_for_availability(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = worst_facts();

        (void)state;
        plan.source = USAGE_HANDOVER;
        struct judgement judgement = judge(&plan, &facts);
        assert_null(judgement_find(&judgement, &check_out_rules[CHECK_OUT_DEVICE_AVAILABLE]));
        assert_int_equal(judgement.count, CHECK_OUT_RULES - 4); /* placed, purpose, purpose_approval */
        assert_int_equal(judgement.verdict, VERDICT_REFUSED);

        facts = good_facts();
        facts.occupied = OCCUPIED_OUT;
        facts.last_return_unlocked = FACT_YES;
        judgement = judge(&plan, &facts);
        assert_int_equal(judgement.verdict, VERDICT_PERMITTED_WITH_EXCEPTION);
        assert_false(judgement.needs_reason);

        facts.placed = FACT_NO; /* with availability silent, this rule speaks */
        judgement = judge(&plan, &facts);
        assert_non_null(judgement_find(&judgement, &check_out_rules[CHECK_OUT_PLACED]));
}

static void the_version_is_that_of_the_day(void **state) {
        static const struct {
                const char *out_at, *version;
        } cases[] = {
                {"2021-03-10T23:59:59+09:00", NULL},         {"2021-03-10T15:00:00Z", "2021-03-11"},
                {"2025-10-15T23:59:59+09:00", "2021-03-11"}, {"2025-10-16T00:00:00+09:00", "2025-10-16"},
                {"2099-12-31T00:00:00+09:00", "2025-10-16"},
        };
        struct check_out_facts facts = good_facts();
        struct judgement judgement;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct check_out_plan plan = good_plan();
                plan.out_at = at(cases[i].out_at);
                int r = check_out_judge(&plan, &facts, &judgement);
                assert_int_equal(r, cases[i].version ? 0 : PROBLEM_VALIDATION_FAILED);
                if (cases[i].version)
                        assert_string_equal(judgement.regulation_version, cases[i].version);
        }
}

static void findings_are_written_as_json(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = good_facts();
        _cleanup_(text_free) struct text ja = {0}, en = {0}, rule = {0};

        (void)state;
        plan.purpose = PURPOSE_OTHER;
        facts.security = SECURITY_OUTDATED;
        determine(&facts, 1 << CHECK_OUT_PURPOSE);
        struct judgement judgement = judge(&plan, &facts);
        text_append_char(&ja, '[');
        judgement_append_findings(&judgement, false, NULL, &ja);
        text_append_char(&ja, ']');
        text_append_char(&en, '[');
        judgement_append_findings(&judgement, true, NULL, &en);
        text_append_char(&en, ']');
        _cleanup_json_ json_t *read_ja = json_loads(ja.data, JSON_REJECT_DUPLICATES, NULL);
        _cleanup_json_ json_t *read_en = json_loads(en.data, JSON_REJECT_DUPLICATES, NULL);
        assert_int_equal(json_array_size(read_ja), 2);

        const char *id, *level, *title, *detail, *remedy;
        json_t *clauses, *purpose = json_array_get(read_en, 0), *security = json_array_get(read_ja, 1);
        assert_int_equal(json_unpack_ex(purpose, NULL, JSON_STRICT, "{s:s,s:s,s:o,s:s,s:s,s:s}", "rule", &id, "level",
                                        &level, "clauses", &clauses, "title", &title, "detail", &detail, "remedy",
                                        &remedy),
                         0);
        assert_string_equal(id, "check_out.purpose");
        assert_string_equal(level, "exception");
        assert_string_equal(json_string_value(json_array_get(clauses, 0)), "art7.1.1");
        assert_string_equal(detail, check_out_reasons[CHECK_OUT_OTHER_PURPOSE].detail.en);
        assert_non_null(strstr(remedy, "determination cited"));
        assert_string_equal(json_string_value(json_object_get(security, "level")), "violation");
        assert_int_equal(json_array_size(json_object_get(security, "clauses")), 2);
        assert_string_equal(json_string_value(json_object_get(security, "remedy")),
                            check_out_reasons[CHECK_OUT_OS_OUTDATED].remedy.ja);

        rule_append(&check_out_rules[CHECK_OUT_PURPOSE], true, &rule);
        _cleanup_json_ json_t *read_rule = json_loads(rule.data, JSON_REJECT_DUPLICATES, NULL);
        assert_true(json_is_true(json_object_get(read_rule, "determination")));
        assert_string_equal(json_string_value(json_object_get(read_rule, "level")), "violation");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_not_known_makes_no_finding),
                cmocka_unit_test(what_is_not_known_is_not_judged),
                cmocka_unit_test(each_fact_is_missed_where_it_is_asked),
                cmocka_unit_test(no_rule_stops_another),
                cmocka_unit_test(late_recordings_are_refused_for_an_overlap_only),
                cmocka_unit_test(handovers_are_judged_but_for_availability),
                cmocka_unit_test(the_version_is_that_of_the_day),
                cmocka_unit_test(findings_are_written_as_json),
        };

        return cmocka_run_group_tests_name("check_out_judged", tests, NULL, NULL);
}
