#include "rules/check_out.h"

#include "core/cleanup.h"
#include "problems.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HOLDER "01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10"
#define OTHER "01980c5e-7a3b-7c41-9d54-2f6f0b1c7d11"
#define HOUR (3600 * CLOCK_SECOND)

static const struct date versions[] = {{2025, 10, 16}, {2021, 3, 11}};

static int64_t at(const char *time) {
        int64_t instant = 0;

        assert_int_equal(clock_parse_instant(time, &instant), 0);
        return instant;
}

/* A check-out that nothing is wrong with, by a member of the holding department, with everything known. */
static struct check_out_plan good_plan(void) {
        return (struct check_out_plan){
                .source = USAGE_CHECKED_OUT,
                .purpose = PURPOSE_TRAINING,
                .user_department_id = HOLDER,
                .out_at = at("2026-04-01T08:30:00+09:00"),
                .due_at = at("2026-04-02T17:00:00+09:00"),
        };
}

static struct check_out_facts good_facts(void) {
        return (struct check_out_facts){
                .kind = DEVICE_TERMINAL,
                .condition = CONDITION_USABLE,
                .occupied = OCCUPIED_NO,
                .incident = INCIDENT_NONE,
                .placed = FACT_YES,
                .holding_department_id = HOLDER,
                .reserved = FACT_NO,
                .approval = FACT_NO,
                .data_percent = 20,
                .data_percent_known = true,
                .security = SECURITY_CURRENT,
                .security_confirmed_at = at("2026-03-25T12:00:00+09:00"),
                .security_confirmed_at_known = true,
                .antivirus_definitions_on = {2026, 3, 31},
                .security_confirmed_days = 30,
                .security_confirmed_days_known = true,
                .antivirus_definition_days = 14,
                .antivirus_definition_days_known = true,
                .last_return_unlocked = FACT_NO,
                .meeting = MEETING_NONE,
                .regulation_versions = versions,
                .regulation_versions_count = 2,
        };
}

/* The determination that is cited covers these: 1 << enum check_out_rule. */
static void determine(struct check_out_facts *facts, uint32_t rules) {
        static const char *ids[CHECK_OUT_RULES];

        facts->determined = ids;
        facts->determined_count = 0;
        for (size_t i = 0; i < CHECK_OUT_RULES; i++)
                if (rules >> i & 1)
                        ids[facts->determined_count++] = check_out_rules[i].id;
}

static struct judgement judge(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        struct judgement judgement;

        assert_int_equal(check_out_judge(plan, facts, &judgement), 0);
        return judgement;
}

/* The one finding there is must be this; CHECK_OUT_FINE: none. */
static void expect(const struct check_out_plan *plan, const struct check_out_facts *facts, enum check_out_rule rule,
                   enum check_out_reason reason, enum verdict verdict) {
        struct judgement judgement = judge(plan, facts);

        assert_int_equal(judgement.count, reason != CHECK_OUT_FINE);
        if (reason != CHECK_OUT_FINE) {
                assert_ptr_equal(judgement.findings[0].rule, &check_out_rules[rule]);
                assert_ptr_equal(judgement.findings[0].reason, &check_out_reasons[reason]);
        }
        assert_int_equal(judgement.verdict, verdict);
}

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

/* Refused, and by a determination an exception. */
static void expect_determinable(const struct check_out_plan *plan, struct check_out_facts facts,
                                enum check_out_rule rule, enum check_out_reason reason) {
        expect(plan, &facts, rule, reason, VERDICT_REFUSED);
        determine(&facts, ~(1u << rule));
        expect(plan, &facts, rule, reason, VERDICT_REFUSED);
        determine(&facts, 1u << rule);
        expect(plan, &facts, rule, reason, VERDICT_PERMITTED_WITH_EXCEPTION);
        struct judgement judgement = judge(plan, &facts);
        assert_int_equal(judgement.findings[0].level, RULE_EXCEPTION);
        assert_true(judgement.findings[0].determined);
        assert_true(judgement.needs_reason);
        assert_int_equal(check_out_cancels_reservation(&judgement), rule == CHECK_OUT_RESERVED);
}

static void reservations_of_others_stand(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        facts.reserved = FACT_YES;
        struct judgement judgement = judge(&plan, &facts);
        assert_false(check_out_cancels_reservation(&judgement));
        expect_determinable(&plan, facts, CHECK_OUT_RESERVED, CHECK_OUT_RESERVED_BY_ANOTHER);
}

static void other_purposes_take_a_determination(void **state) {
        struct check_out_plan plan = good_plan();

        (void)state;
        plan.purpose = PURPOSE_OTHER;
        expect_determinable(&plan, good_facts(), CHECK_OUT_PURPOSE, CHECK_OUT_OTHER_PURPOSE);
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

static void an_unlocked_return_is_an_exception(void **state) {
        struct check_out_plan plan = good_plan();
        struct check_out_facts facts = good_facts();

        (void)state;
        facts.last_return_unlocked = FACT_YES;
        expect(&plan, &facts, CHECK_OUT_STORAGE_CONFIRMED, CHECK_OUT_LEFT_UNLOCKED, VERDICT_PERMITTED_WITH_EXCEPTION);
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

/* --- The texts ------------------------------------------------------------------------------------------------- */

static void assert_words(const struct words *words) {
        assert_true(words->ja && *words->ja && words->en && *words->en);
        assert_null(strstr(words->ja, " 。"));
        for (const char *c = words->en; *c; c++)
                assert_true((unsigned char)*c < 0x80);
}

static void every_rule_and_reason_has_its_words(void **state) {
        (void)state;
        for (size_t i = 0; i < CHECK_OUT_RULES; i++) {
                const struct rule *rule = &check_out_rules[i];
                assert_int_equal(strncmp(rule->id, "check_out.", 10), 0);
                assert_non_null(rule->clauses[0]);
                assert_words(&rule->title);
                assert_words(&rule->explanation);
        }
        for (size_t i = CHECK_OUT_FINE + 1; i < CHECK_OUT_REASONS; i++) {
                assert_words(&check_out_reasons[i].detail);
                assert_words(&check_out_reasons[i].remedy);
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
                cmocka_unit_test(what_is_in_order_is_permitted),
                cmocka_unit_test(what_is_not_known_makes_no_finding),
                cmocka_unit_test(what_is_not_known_is_not_judged),
                cmocka_unit_test(each_fact_is_missed_where_it_is_asked),
                cmocka_unit_test(devices_that_cannot_be_lent_are_refused),
                cmocka_unit_test(devices_in_stock_are_refused),
                cmocka_unit_test(reservations_of_others_stand),
                cmocka_unit_test(other_purposes_take_a_determination),
                cmocka_unit_test(approvals_cover_every_day),
                cmocka_unit_test(the_cap_is_reached_at_100_percent),
                cmocka_unit_test(outdated_devices_are_lent_for_updates_only),
                cmocka_unit_test(unconfirmed_devices_are_an_exception),
                cmocka_unit_test(other_departments_are_an_exception),
                cmocka_unit_test(an_unlocked_return_is_an_exception),
                cmocka_unit_test(meetings_must_stand),
                cmocka_unit_test(no_rule_stops_another),
                cmocka_unit_test(late_recordings_are_refused_for_an_overlap_only),
                cmocka_unit_test(handovers_are_judged_but_for_availability),
                cmocka_unit_test(the_version_is_that_of_the_day),
                cmocka_unit_test(every_rule_and_reason_has_its_words),
                cmocka_unit_test(findings_are_written_as_json),
        };
        return cmocka_run_group_tests_name("check_out", tests, NULL, NULL);
}
