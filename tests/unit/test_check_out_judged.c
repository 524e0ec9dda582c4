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
                        plan.noted = false;
                        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
                }
        plan.purpose = PURPOSE_OTHER; /* known from the plan alone */
        plan.source = USAGE_CHECKED_OUT;
        expect(&plan, &facts, CHECK_OUT_PURPOSE, CHECK_OUT_OTHER_PURPOSE, VERDICT_PERMITTED_WITH_EXCEPTION);
}

static void expect_not_judged(const struct check_out_plan *plan, const struct check_out_facts *facts, uint32_t rules) {
        assert_int_equal(judge(plan, facts).not_judged, rules);
}

static void what_is_not_known_is_not_judged(void **state) {
        const uint32_t all = (UINT32_C(1) << CHECK_OUT_RULES) - 1, approval = 1 << CHECK_OUT_PURPOSE_APPROVAL;
        const uint32_t purpose = 1 << CHECK_OUT_PURPOSE, document = 1 << CHECK_OUT_DOCUMENT_WORK;
        const uint32_t security = 1 << CHECK_OUT_SECURITY_CURRENT | 1 << CHECK_OUT_SECURITY_CONFIRMED;
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        expect_not_judged(&plan, &facts, 0);
        facts = (struct check_out_facts){.regulation_versions = versions, .regulation_versions_count = 2};
        plan.purpose = PURPOSE_APPROVED_OTHER;
        expect_not_judged(&plan, &facts, all & ~purpose & ~document);
        plan.purpose = PURPOSE_DOCUMENT_WORK;
        plan.noted = false;
        expect_not_judged(&plan, &facts, all & ~purpose & ~approval);
        plan.purpose = PURPOSE_SYSTEM_UPDATE;
        expect_not_judged(&plan, &facts, all & ~purpose & ~document & ~security & ~approval);
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
        WITHOUT(kind, 0, 0); /* whatever it is, nothing is wrong with it */
        WITHOUT(security, SECURITY_NOT_KNOWN, current | confirmed);
        WITHOUT(antivirus_definitions_on, (struct date){0}, current);
        WITHOUT(antivirus_definition_days_known, false, current);
        WITHOUT(security_confirmed_at_known, false, confirmed);
        WITHOUT(security_confirmed_days_known, false, confirmed);
        WITHOUT(holding_department_id, NULL, 1 << CHECK_OUT_OTHER_DEPARTMENT);
        WITHOUT(last_return_unlocked, FACT_NOT_KNOWN, 1 << CHECK_OUT_STORAGE_CONFIRMED);
        WITHOUT(meeting, MEETING_NOT_KNOWN, 1 << CHECK_OUT_MEETING);
#undef WITHOUT
        facts = good_facts();
        facts.meeting = MEETING_PLANNED;
        facts.meeting_ends_at_known = false;
        expect_not_judged(&plan, &facts, 1 << CHECK_OUT_MEETING);
        facts = good_facts(); /* nothing has a security status that has no system of its own */
        facts.kind = DEVICE_CAMERA;
        facts.security = SECURITY_NOT_KNOWN;
        expect_not_judged(&plan, &facts, 0);
        facts = good_facts(); /* what is outdated only matters if it has one */
        facts.kind = 0;
        facts.security = SECURITY_OUTDATED;
        expect_not_judged(&plan, &facts, current);
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
        assert_int_equal(judgement.count, CHECK_OUT_RULES - 3); /* placed, document_work, purpose_approval */
        for (size_t i = 1; i < judgement.count; i++)
                assert_true(judgement.findings[i - 1].rule < judgement.findings[i].rule);

        plan.purpose = PURPOSE_APPROVED_OTHER;
        judgement = judge(&plan, &facts);
        assert_int_equal(judgement.count, CHECK_OUT_RULES - 3); /* placed, purpose, document_work */
}

static void a_late_recording_is_told_what_the_rules_say(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = worst_facts();

        (void)state;
        plan.source = USAGE_LATE;
        assert_int_equal(judge(&plan, &facts).verdict, VERDICT_REFUSED);
        facts = good_facts();
        facts.condition = CONDITION_LOST;
        assert_int_equal(judge(&plan, &facts).verdict, VERDICT_REFUSED);
        facts = good_facts();
        assert_int_equal(judge(&plan, &facts).verdict, VERDICT_PERMITTED);
        plan.purpose = PURPOSE_OTHER;
        struct judgement judgement = judge(&plan, &facts);
        assert_int_equal(judgement.verdict, VERDICT_PERMITTED_WITH_EXCEPTION);
        assert_true(judgement.needs_reason);
}

static void handovers_are_judged_but_for_availability(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = worst_facts();

        (void)state;
        plan.source = USAGE_HANDOVER;
        struct judgement judgement = judge(&plan, &facts);
        assert_null(judgement_find(&judgement, &check_out_rules[CHECK_OUT_DEVICE_AVAILABLE]));
        assert_int_equal(judgement.count, CHECK_OUT_RULES - 5); /* placed, purpose, document_work, purpose_approval */
        assert_int_equal(judgement.verdict, VERDICT_REFUSED);

        facts = good_facts();
        facts.occupied = OCCUPIED_OUT;
        facts.last_return_unlocked = FACT_YES;
        assert_int_equal(judge(&plan, &facts).verdict, VERDICT_PERMITTED);

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
        facts.data_percent = 100;
        facts.security = SECURITY_OUTDATED;
        determine(&facts, 1 << CHECK_OUT_DATA_CAP);
        struct judgement judgement = judge(&plan, &facts);
        text_append_char(&ja, '[');
        judgement_append_findings(&judgement, false, &ja);
        text_append_char(&ja, ']');
        text_append_char(&en, '[');
        judgement_append_findings(&judgement, true, &en);
        text_append_char(&en, ']');
        _cleanup_json_ json_t *read_ja = json_loads(ja.data, JSON_REJECT_DUPLICATES, NULL);
        _cleanup_json_ json_t *read_en = json_loads(en.data, JSON_REJECT_DUPLICATES, NULL);
        assert_int_equal(json_array_size(read_ja), 2);

        const char *id, *level, *title, *detail, *remedy;
        json_t *clauses, *cap = json_array_get(read_en, 0), *security = json_array_get(read_ja, 1);
        assert_int_equal(json_unpack_ex(cap, NULL, JSON_STRICT, "{s:s,s:s,s:o,s:s,s:s,s:s}", "rule", &id, "level",
                                        &level, "clauses", &clauses, "title", &title, "detail", &detail, "remedy",
                                        &remedy),
                         0);
        assert_string_equal(id, "check_out.data_cap");
        assert_string_equal(level, "exception");
        assert_string_equal(json_string_value(json_array_get(clauses, 0)), "art7.1.2");
        assert_string_equal(detail, check_out_reasons[CHECK_OUT_CAP_REACHED].detail.en);
        assert_non_null(strstr(remedy, "determination cited"));
        assert_string_equal(json_string_value(json_object_get(security, "level")), "violation");
        assert_int_equal(json_array_size(json_object_get(security, "clauses")), 2);
        assert_string_equal(json_string_value(json_object_get(security, "remedy")),
                            check_out_reasons[CHECK_OUT_OS_OUTDATED].remedy.ja);

        rule_append(&check_out_rule_set, &check_out_rules[CHECK_OUT_DEVICE_AVAILABLE], true, &rule);
        _cleanup_json_ json_t *read_rule = json_loads(rule.data, JSON_REJECT_DUPLICATES, NULL);
        json_t *reasons = json_object_get(read_rule, "reasons");
        assert_true(json_is_false(json_object_get(read_rule, "determination")));
        assert_string_equal(json_string_value(json_object_get(read_rule, "level")), "violation");
        assert_non_null(strstr(json_string_value(json_object_get(read_rule, "reading")), "usage manager"));
        assert_int_equal(json_array_size(json_object_get(read_rule, "clauses")), 6);
        assert_int_equal(json_array_size(reasons), 7);
        clauses = json_object_get(json_array_get(reasons, 3), "clauses");
        assert_int_equal(json_array_size(clauses), 1);
        assert_string_equal(json_string_value(json_array_get(clauses, 0)), "art5.1.2");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_not_known_makes_no_finding),
                cmocka_unit_test(what_is_not_known_is_not_judged),
                cmocka_unit_test(each_fact_is_missed_where_it_is_asked),
                cmocka_unit_test(no_rule_stops_another),
                cmocka_unit_test(a_late_recording_is_told_what_the_rules_say),
                cmocka_unit_test(handovers_are_judged_but_for_availability),
                cmocka_unit_test(the_version_is_that_of_the_day),
                cmocka_unit_test(findings_are_written_as_json),
        };

        return cmocka_run_group_tests_name("check_out_judged", tests, NULL, NULL);
}
