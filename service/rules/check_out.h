/* The check-out rules (art4.1.1, art5 to art8): may this member of staff take this device out, for
   this purpose, from then to then?

   The same judgement answers `usage-entries/check`, and decides inside the transaction that writes the entry, on facts
   read under the device's lock, as of out_at: struct check_out_plan and struct check_out_facts, which usage/lending.sql
   declares and explains. What is not known, or not kept by this installation, makes no finding, and the judgement says
   which rules could not be judged for it.

   The verdict is what the rules say, for every kind of recording. Whether a refusal keeps it from being recorded, and
   whether an exception needs a reason, the statement of facts decides (judging_subject): a use that has ended and a
   hand-over have happened, so that only an overlap with another use refuses the first, and nothing the second. A
   hand-over goes without a return, so device_available is not asked of it. */
#pragma once

#include "rows.h"
#include "rules/rule.h"

/* In the order in which findings are listed. */
enum check_out_rule {
        CHECK_OUT_DEVICE_AVAILABLE,
        CHECK_OUT_PLACED,
        CHECK_OUT_RESERVED,
        CHECK_OUT_PURPOSE,
        CHECK_OUT_DOCUMENT_WORK,
        CHECK_OUT_PURPOSE_APPROVAL,
        CHECK_OUT_DATA_CAP,
        CHECK_OUT_SECURITY_CURRENT,
        CHECK_OUT_SECURITY_CONFIRMED,
        CHECK_OUT_OTHER_DEPARTMENT,
        CHECK_OUT_STORAGE_CONFIRMED,
        CHECK_OUT_MEETING,
        CHECK_OUT_RULES
};

/* Those of one rule stand together, in the order of the rules. */
enum check_out_reason {
        CHECK_OUT_NOT_JUDGED = RULE_NOT_JUDGED,
        CHECK_OUT_FINE,
        CHECK_OUT_IS_OUT,
        CHECK_OUT_IS_OVERDUE,
        CHECK_OUT_IS_DISPOSED,
        CHECK_OUT_IS_LOST,
        CHECK_OUT_IS_IN_REPAIR,
        CHECK_OUT_HAS_MALWARE,
        CHECK_OUT_HAD_UNKNOWN_CLIENT,
        CHECK_OUT_NOT_PLACED,
        CHECK_OUT_RESERVED_BY_ANOTHER,
        CHECK_OUT_OTHER_PURPOSE,
        CHECK_OUT_FILES_OF_NOTHING,
        CHECK_OUT_NO_APPROVAL,
        CHECK_OUT_APPROVAL_TOO_SHORT,
        CHECK_OUT_CAP_REACHED,
        CHECK_OUT_OS_OUTDATED,
        CHECK_OUT_DEFINITIONS_OLD,
        CHECK_OUT_STATUS_UNKNOWN,
        CHECK_OUT_STATUS_OLD,
        CHECK_OUT_OF_ANOTHER_DEPARTMENT,
        CHECK_OUT_LEFT_UNLOCKED,
        CHECK_OUT_MEETING_IS_DRAFT,
        CHECK_OUT_MEETING_IS_REFUSED,
        CHECK_OUT_MEETING_IS_CANCELLED,
        CHECK_OUT_MEETING_AT_ANOTHER_TIME,
        CHECK_OUT_NO_MEETING,
        CHECK_OUT_REASONS
};

extern const struct rule_set check_out_rule_set;
extern const struct rule check_out_rules[CHECK_OUT_RULES];
extern const struct rule_reason check_out_reasons[CHECK_OUT_REASONS];

/* 0, or PROBLEM_VALIDATION_FAILED when out_at lies before the first version of the regulation. */
int check_out_judge(const struct check_out_plan *plan, const struct check_out_facts *facts,
                    struct judgement *ret_judgement);
