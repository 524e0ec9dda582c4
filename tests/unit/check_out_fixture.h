/* A check-out that nothing is wrong with, and how it is judged. */
#pragma once

#include "rules/check_out.h"

#include "core/cleanup.h"
#include "judgement_fixture.h"
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

static inline int64_t at(const char *time) {
        int64_t instant = 0;

        assert_int_equal(clock_parse_instant(time, &instant), 0);
        return instant;
}

/* A check-out that nothing is wrong with, by a member of the holding department, with everything known. */
static inline struct check_out_plan good_plan(void) {
        return (struct check_out_plan){
                .source = USAGE_CHECKED_OUT,
                .purpose = PURPOSE_TRAINING,
                .noted = true,
                .user_department_id = HOLDER,
                .out_at = at("2026-04-01T08:30:00+09:00"),
                .due_at = at("2026-04-02T17:00:00+09:00"),
        };
}

static inline struct check_out_facts good_facts(void) {
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
                .meeting_starts_at = at("2026-04-01T10:00:00+09:00"),
                .meeting_starts_at_known = true,
                .meeting_ends_at = at("2026-04-01T11:00:00+09:00"),
                .meeting_ends_at_known = true,
                .regulation_versions = versions,
                .regulation_versions_count = 2,
        };
}

/* The determination that is cited covers these: 1 << enum check_out_rule. */
static inline void determine(struct check_out_facts *facts, uint32_t rules) {
        static const char *ids[CHECK_OUT_RULES];

        facts->determined = ids;
        facts->determined_count = 0;
        for (size_t i = 0; i < CHECK_OUT_RULES; i++)
                if (rules >> i & 1)
                        ids[facts->determined_count++] = check_out_rules[i].id;
}

static inline struct judgement judge(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        struct judgement judgement;

        assert_int_equal(check_out_judge(plan, facts, &judgement), 0);
        return judgement;
}

/* The one finding there is must be this; CHECK_OUT_FINE: none. */
static inline void expect(const struct check_out_plan *plan, const struct check_out_facts *facts,
                          enum check_out_rule rule, enum check_out_reason reason, enum verdict verdict) {
        struct judgement judgement = judge(plan, facts);

        assert_int_equal(judgement.count, reason != CHECK_OUT_FINE);
        if (reason != CHECK_OUT_FINE) {
                assert_ptr_equal(judgement.findings[0].rule, &check_out_rules[rule]);
                assert_ptr_equal(judgement.findings[0].reason, &check_out_reasons[reason]);
        }
        assert_int_equal(judgement.verdict, verdict);
}

/* Refused, and by a determination an exception. */
static inline void expect_determinable(const struct check_out_plan *plan, struct check_out_facts facts,
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
}
