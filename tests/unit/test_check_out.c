/* Each rule of check-outs by itself. */
#include "check_out_fixture.h"

static void what_is_in_order_is_permitted(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        for (enum purpose purpose = PURPOSE_TRAINING; purpose <= PURPOSE_DOCUMENT_WORK; purpose++) {
                plan.purpose = purpose;
                expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
        }
        plan.purpose = PURPOSE_SYSTEM_UPDATE;
        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
}

static void devices_that_cannot_be_lent_are_refused(void **state) {
        static const struct {
                enum occupied occupied;
                enum condition condition;
                enum incident incident;
                enum check_out_reason reason;
        } cases[] = {
                {OCCUPIED_OUT, CONDITION_USABLE, INCIDENT_NONE, CHECK_OUT_IS_OUT},
                {OCCUPIED_OVERDUE, CONDITION_USABLE, INCIDENT_NONE, CHECK_OUT_IS_OVERDUE},
                {OCCUPIED_NO, CONDITION_IN_REPAIR, INCIDENT_NONE, CHECK_OUT_IS_IN_REPAIR},
                {OCCUPIED_NO, CONDITION_LOST, INCIDENT_NONE, CHECK_OUT_IS_LOST},
                {OCCUPIED_NO, CONDITION_DISPOSED, INCIDENT_NONE, CHECK_OUT_IS_DISPOSED},
                {OCCUPIED_NO, CONDITION_USABLE, INCIDENT_MALWARE, CHECK_OUT_HAS_MALWARE},
                {OCCUPIED_NO, CONDITION_USABLE, INCIDENT_UNAUTHORISED_CONNECTION, CHECK_OUT_HAD_UNKNOWN_CLIENT},
                {OCCUPIED_OUT, CONDITION_LOST, INCIDENT_MALWARE, CHECK_OUT_IS_OUT},
                {OCCUPIED_NO, CONDITION_LOST, INCIDENT_MALWARE, CHECK_OUT_IS_LOST},
        };
        struct check_out_plan plan = good_plan();

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct check_out_facts facts = good_facts();
                facts.occupied = cases[i].occupied;
                facts.condition = cases[i].condition;
                facts.incident = cases[i].incident;
                expect(&plan, &facts, CHECK_OUT_DEVICE_AVAILABLE, cases[i].reason, VERDICT_REFUSED);
                /* Then nothing is said of its placement, and no determination helps. */
                facts.placed = FACT_NO;
                facts.holding_department_id = NULL;
                determine(&facts, UINT32_MAX);
                expect(&plan, &facts, CHECK_OUT_DEVICE_AVAILABLE, cases[i].reason, VERDICT_REFUSED);
        }
}

static void devices_in_stock_are_refused(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        facts.placed = FACT_NO;
        facts.holding_department_id = NULL;
        determine(&facts, UINT32_MAX);
        expect(&plan, &facts, CHECK_OUT_PLACED, CHECK_OUT_NOT_PLACED, VERDICT_REFUSED);
}

static void reservations_of_others_stand(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        facts.reserved = FACT_YES;
        expect_determinable(&plan, facts, CHECK_OUT_RESERVED, CHECK_OUT_RESERVED_BY_ANOTHER);
}

static void other_purposes_take_a_reason(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        plan.purpose = PURPOSE_OTHER;
        determine(&facts, UINT32_MAX); /* there is nothing to turn */
        expect(&plan, &facts, CHECK_OUT_PURPOSE, CHECK_OUT_OTHER_PURPOSE, VERDICT_PERMITTED_WITH_EXCEPTION);
        assert_true(judge(&plan, &facts).needs_reason);
}

static void files_are_of_a_meeting_or_training(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        plan.purpose = PURPOSE_DOCUMENT_WORK;
        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
        plan.noted = false;
        expect(&plan, &facts, CHECK_OUT_DOCUMENT_WORK, CHECK_OUT_FILES_OF_NOTHING, VERDICT_PERMITTED);
        facts.meeting = MEETING_PLANNED;
        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
        facts.meeting = MEETING_NONE;
        plan.purpose = PURPOSE_TRAINING; /* is asked for nothing */
        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
}

static void approvals_cover_every_day(void **state) {
        static const struct {
                enum fact approval;
                struct date from, until;
                enum check_out_reason reason;
        } cases[] = {
                {FACT_NOT_KNOWN, {0}, {0}, CHECK_OUT_FINE},
                {FACT_NO, {0}, {0}, CHECK_OUT_NO_APPROVAL},
                {FACT_YES, {0}, {0}, CHECK_OUT_FINE},
                {FACT_YES, {2026, 4, 1}, {2026, 4, 2}, CHECK_OUT_FINE},
                {FACT_YES, {2026, 4, 1}, {0}, CHECK_OUT_FINE},
                {FACT_YES, {0}, {2026, 4, 2}, CHECK_OUT_FINE},
                {FACT_YES, {2026, 4, 2}, {2026, 4, 30}, CHECK_OUT_APPROVAL_TOO_SHORT},
                {FACT_YES, {2026, 3, 1}, {2026, 4, 1}, CHECK_OUT_APPROVAL_TOO_SHORT},
                {FACT_YES, {2026, 4, 2}, {0}, CHECK_OUT_APPROVAL_TOO_SHORT},
                {FACT_YES, {0}, {2026, 4, 1}, CHECK_OUT_APPROVAL_TOO_SHORT},
        };
        struct check_out_plan plan = good_plan();

        (void)state;
        plan.purpose = PURPOSE_APPROVED_OTHER;
        /* Both days as they are in Japan: in UTC it is still 31 March, and already the afternoon of 2 April. */
        plan.out_at = at("2026-04-01T00:00:00+09:00");
        plan.due_at = at("2026-04-02T23:59:59+09:00");
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct check_out_facts facts = good_facts();
                facts.approval = cases[i].approval;
                facts.approval_from = cases[i].from;
                facts.approval_until = cases[i].until;
                if (cases[i].reason == CHECK_OUT_FINE)
                        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
                else
                        expect_determinable(&plan, facts, CHECK_OUT_PURPOSE_APPROVAL, cases[i].reason);
        }
        plan.purpose = PURPOSE_TRAINING; /* needs none */
        struct check_out_facts facts = good_facts();
        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
}

static void the_cap_is_reached_at_100_percent(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        facts.data_percent = 99;
        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
        for (int percent = 100; percent < 300; percent += 99) {
                facts.data_percent = percent;
                expect_determinable(&plan, facts, CHECK_OUT_DATA_CAP, CHECK_OUT_CAP_REACHED);
        }
}

static void outdated_devices_are_lent_for_updates_only(void **state) {
        struct check_out_plan plan = good_plan(), update = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        update.purpose = PURPOSE_SYSTEM_UPDATE;
        facts.security = SECURITY_OUTDATED;
        expect_determinable(&plan, facts, CHECK_OUT_SECURITY_CURRENT, CHECK_OUT_OS_OUTDATED);
        facts.kind = DEVICE_MOBILE_ROUTER;
        expect_determinable(&plan, facts, CHECK_OUT_SECURITY_CURRENT, CHECK_OUT_OS_OUTDATED);
        expect(&update, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
        facts.kind = DEVICE_CAMERA;
        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);

        facts = good_facts(); /* out on 1 April: definitions of 18 March are 14 days old */
        facts.antivirus_definitions_on = (struct date){2026, 3, 18};
        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
        facts.antivirus_definitions_on = (struct date){2026, 3, 17};
        expect_determinable(&plan, facts, CHECK_OUT_SECURITY_CURRENT, CHECK_OUT_DEFINITIONS_OLD);
        expect(&update, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
        facts.antivirus_definitions_on = (struct date){0};
        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
        facts.antivirus_definitions_on = (struct date){2026, 4, 2}; /* reported after a late recording's out_at */
        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
}

static void unconfirmed_devices_are_an_exception(void **state) {
        struct check_out_plan plan = good_plan(), update = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        update.purpose = PURPOSE_SYSTEM_UPDATE;
        for (enum security security = SECURITY_NONE; security <= SECURITY_UNKNOWN; security++) {
                facts.security = security;
                facts.kind = DEVICE_TERMINAL;
                expect(&plan, &facts, CHECK_OUT_SECURITY_CONFIRMED, CHECK_OUT_STATUS_UNKNOWN,
                       VERDICT_PERMITTED_WITH_EXCEPTION);
                expect(&update, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
                facts.kind = DEVICE_CAMERA;
                expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
        }
        facts = good_facts();
        facts.security_confirmed_at = plan.out_at - 30 * 24 * HOUR;
        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
        facts.security_confirmed_at -= 1;
        determine(&facts, UINT32_MAX); /* there is nothing to turn */
        expect(&plan, &facts, CHECK_OUT_SECURITY_CONFIRMED, CHECK_OUT_STATUS_OLD, VERDICT_PERMITTED_WITH_EXCEPTION);
        expect(&update, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
        assert_false(judge(&plan, &facts).findings[0].determined);

        facts.security = SECURITY_OUTDATED; /* both rules speak */
        determine(&facts, 0);
        struct judgement judgement = judge(&plan, &facts);
        assert_int_equal(judgement.count, 2);
        assert_int_equal(judgement.verdict, VERDICT_REFUSED);
        assert_non_null(judgement_find(&judgement, &check_out_rules[CHECK_OUT_SECURITY_CURRENT]));
        assert_non_null(judgement_find(&judgement, &check_out_rules[CHECK_OUT_SECURITY_CONFIRMED]));
}

static void other_departments_are_an_exception(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        plan.user_department_id = OTHER;
        expect(&plan, &facts, CHECK_OUT_OTHER_DEPARTMENT, CHECK_OUT_OF_ANOTHER_DEPARTMENT,
               VERDICT_PERMITTED_WITH_EXCEPTION);
        facts.holding_department_id = NULL;
        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
        plan.user_department_id = "01980C5E-7A3B-7C41-9D54-2F6F0B1C7D10"; /* the same id */
        facts.holding_department_id = HOLDER;
        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
}

static void an_unlocked_return_is_pointed_out(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        facts.last_return_unlocked = FACT_YES;
        expect(&plan, &facts, CHECK_OUT_STORAGE_CONFIRMED, CHECK_OUT_LEFT_UNLOCKED, VERDICT_PERMITTED);
}

static void meetings_must_stand(void **state) {
        static const struct {
                enum meeting meeting;
                enum check_out_reason reason;
                enum verdict verdict;
        } cases[] = {
                {MEETING_NOT_KNOWN, CHECK_OUT_FINE, VERDICT_PERMITTED},
                {MEETING_NONE, CHECK_OUT_NO_MEETING, VERDICT_PERMITTED},
                {MEETING_DRAFT, CHECK_OUT_MEETING_IS_DRAFT, VERDICT_REFUSED},
                {MEETING_REFUSED, CHECK_OUT_MEETING_IS_REFUSED, VERDICT_REFUSED},
                {MEETING_CANCELLED, CHECK_OUT_MEETING_IS_CANCELLED, VERDICT_REFUSED},
                {MEETING_PLANNED, CHECK_OUT_FINE, VERDICT_PERMITTED},
                {MEETING_HELD, CHECK_OUT_FINE, VERDICT_PERMITTED},
                {MEETING_CLOSED, CHECK_OUT_FINE, VERDICT_PERMITTED},
        };
        struct check_out_plan plan = good_plan(), meeting = good_plan();

        (void)state;
        meeting.purpose = PURPOSE_WEB_MEETING;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct check_out_facts facts = good_facts();
                facts.meeting = cases[i].meeting;
                determine(&facts, UINT32_MAX); /* never helps */
                expect(&meeting, &facts, CHECK_OUT_MEETING, cases[i].reason, cases[i].verdict);
                if (cases[i].meeting == MEETING_NONE)
                        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
                else /* one that is cited must stand, whatever the purpose */
                        expect(&plan, &facts, CHECK_OUT_MEETING, cases[i].reason, cases[i].verdict);
        }
}

/* From two hours before it is taken out until two hours after it is due, the first included. */
static void meetings_take_place_during_the_use(void **state) {
        static const struct {
                const char *starts_at, *ends_at;
                bool meets;
        } cases[] = {
                {"2026-04-01T05:00:00+09:00", "2026-04-01T06:30:00+09:00", false},
                {"2026-04-01T05:00:00+09:00", "2026-04-01T06:30:00.000001+09:00", true},
                {"2026-04-02T18:59:59.999999+09:00", "2026-04-02T20:00:00+09:00", true},
                {"2026-04-02T19:00:00+09:00", "2026-04-02T20:00:00+09:00", false},
                {"2026-03-01T00:00:00+09:00", "2026-05-01T00:00:00+09:00", true},
                {"2026-04-08T09:00:00+09:00", "2026-04-08T10:00:00+09:00", false},
        };
        struct check_out_plan plan = good_plan();

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct check_out_facts facts = good_facts();
                facts.meeting = MEETING_PLANNED;
                facts.meeting_starts_at = at(cases[i].starts_at);
                facts.meeting_ends_at = at(cases[i].ends_at);
                determine(&facts, UINT32_MAX);
                if (cases[i].meets)
                        expect(&plan, &facts, CHECK_OUT_RULES, CHECK_OUT_FINE, VERDICT_PERMITTED);
                else
                        expect(&plan, &facts, CHECK_OUT_MEETING, CHECK_OUT_MEETING_AT_ANOTHER_TIME, VERDICT_REFUSED);
        }
}

/* {reason, its only clause} */
static void unavailability_rests_on_its_own_clause(void **state) {
        static const struct {
                enum check_out_reason reason;
                const char *clause;
        } cases[] = {
                {CHECK_OUT_IS_OUT, "art5.1.1"},
                {CHECK_OUT_IS_OVERDUE, "art5.1.1"},
                {CHECK_OUT_IS_IN_REPAIR, "art3.1.3"},
                {CHECK_OUT_IS_LOST, "art5.1.2"},
                {CHECK_OUT_IS_DISPOSED, "art3.1.2"},
                {CHECK_OUT_HAS_MALWARE, "art8.1.2"},
                {CHECK_OUT_HAD_UNKNOWN_CLIENT, "art8.1.4"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const char *clauses[RULE_CLAUSES_MAX];
                const struct finding finding = {.rule = &check_out_rules[CHECK_OUT_DEVICE_AVAILABLE],
                                                .reason = &check_out_reasons[cases[i].reason]};
                assert_int_equal(finding_clauses(&finding, clauses), 1);
                assert_string_equal(clauses[0], cases[i].clause);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_in_order_is_permitted),
                cmocka_unit_test(devices_that_cannot_be_lent_are_refused),
                cmocka_unit_test(devices_in_stock_are_refused),
                cmocka_unit_test(reservations_of_others_stand),
                cmocka_unit_test(other_purposes_take_a_reason),
                cmocka_unit_test(files_are_of_a_meeting_or_training),
                cmocka_unit_test(approvals_cover_every_day),
                cmocka_unit_test(the_cap_is_reached_at_100_percent),
                cmocka_unit_test(outdated_devices_are_lent_for_updates_only),
                cmocka_unit_test(unconfirmed_devices_are_an_exception),
                cmocka_unit_test(other_departments_are_an_exception),
                cmocka_unit_test(an_unlocked_return_is_pointed_out),
                cmocka_unit_test(meetings_must_stand),
                cmocka_unit_test(meetings_take_place_during_the_use),
                cmocka_unit_test(unavailability_rests_on_its_own_clause),
        };

        return cmocka_run_group_tests_name("check_out", tests, NULL, NULL);
}
