#include "rules/check_out.h"

#include "problems.h"

#include <string.h>
#include <strings.h>

static const int64_t DAY = 24 * 3600 * CLOCK_SECOND;

/* What occupies the device comes first: of a use that has ended it alone refuses the recording. */
static enum check_out_reason judge_device_available(const struct check_out_plan *plan,
                                                    const struct check_out_facts *facts) {
        if (plan->source == USAGE_HANDOVER)
                return CHECK_OUT_FINE;
        if (facts->occupied >= OCCUPIED_OUT)
                return facts->occupied == OCCUPIED_OUT ? CHECK_OUT_IS_OUT : CHECK_OUT_IS_OVERDUE;
        if (facts->condition == CONDITION_DISPOSED)
                return CHECK_OUT_IS_DISPOSED;
        if (facts->condition == CONDITION_LOST)
                return CHECK_OUT_IS_LOST;
        if (facts->condition == CONDITION_IN_REPAIR)
                return CHECK_OUT_IS_IN_REPAIR;
        if (facts->incident == INCIDENT_MALWARE)
                return CHECK_OUT_HAS_MALWARE;
        if (facts->incident == INCIDENT_UNAUTHORISED_CONNECTION)
                return CHECK_OUT_HAD_UNKNOWN_CLIENT;
        return facts->occupied && facts->condition && facts->incident ? CHECK_OUT_FINE : CHECK_OUT_NOT_JUDGED;
}

/* What is found when it is so. */
static enum check_out_reason when(enum fact fact, enum check_out_reason found) {
        if (fact == FACT_NOT_KNOWN)
                return CHECK_OUT_NOT_JUDGED;
        return fact == FACT_YES ? found : CHECK_OUT_FINE;
}

static enum check_out_reason judge_placed(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        if (judge_device_available(plan, facts) > CHECK_OUT_FINE || facts->placed == FACT_YES)
                return CHECK_OUT_FINE;
        return facts->placed == FACT_NO ? CHECK_OUT_NOT_PLACED : CHECK_OUT_NOT_JUDGED;
}

static enum check_out_reason judge_reserved(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        (void)plan;
        return when(facts->reserved, CHECK_OUT_RESERVED_BY_ANOTHER);
}

static enum check_out_reason judge_purpose(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        (void)facts;
        return plan->purpose == PURPOSE_OTHER ? CHECK_OUT_OTHER_PURPOSE : CHECK_OUT_FINE;
}

/* Files are read and written in a meeting or training, and which one is said. */
static enum check_out_reason judge_document_work(const struct check_out_plan *plan,
                                                 const struct check_out_facts *facts) {
        if (plan->purpose != PURPOSE_DOCUMENT_WORK || plan->noted || facts->meeting > MEETING_NONE)
                return CHECK_OUT_FINE;
        return facts->meeting == MEETING_NONE ? CHECK_OUT_FILES_OF_NOTHING : CHECK_OUT_NOT_JUDGED;
}

/* Every day from that of out_at to that of due_at, both in Japan and both included. */
static enum check_out_reason judge_purpose_approval(const struct check_out_plan *plan,
                                                    const struct check_out_facts *facts) {
        const struct date *from = &facts->approval_from, *until = &facts->approval_until;

        if (plan->purpose != PURPOSE_APPROVED_OTHER)
                return CHECK_OUT_FINE;
        if (facts->approval == FACT_NOT_KNOWN)
                return CHECK_OUT_NOT_JUDGED;
        if (facts->approval == FACT_NO)
                return CHECK_OUT_NO_APPROVAL;
        bool begun = from->year == 0 || date_compare(*from, date_in_japan(plan->out_at)) <= 0;
        bool lasts = until->year == 0 || date_compare(*until, date_in_japan(plan->due_at)) >= 0;
        return begun && lasts ? CHECK_OUT_FINE : CHECK_OUT_APPROVAL_TOO_SHORT;
}

static enum check_out_reason judge_data_cap(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        (void)plan;
        if (!facts->data_percent_known)
                return CHECK_OUT_NOT_JUDGED;
        return facts->data_percent >= 100 ? CHECK_OUT_CAP_REACHED : CHECK_OUT_FINE;
}

/* The rules on security status are for what has an operating system of its own, and would keep it from being updated. */
static enum check_out_reason of_system(const struct check_out_plan *plan, const struct check_out_facts *facts,
                                       enum check_out_reason found) {
        bool has_system = facts->kind == DEVICE_TERMINAL || facts->kind == DEVICE_MOBILE_ROUTER;

        if (plan->purpose == PURPOSE_SYSTEM_UPDATE || (facts->kind != 0 && !has_system))
                return CHECK_OUT_FINE;
        return facts->kind == 0 && found != CHECK_OUT_FINE ? CHECK_OUT_NOT_JUDGED : found;
}

static enum check_out_reason find_outdated(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        const struct date *definitions = &facts->antivirus_definitions_on;

        if (facts->security == SECURITY_OUTDATED)
                return CHECK_OUT_OS_OUTDATED;
        if (definitions->year == 0 || !facts->antivirus_definition_days_known)
                return CHECK_OUT_NOT_JUDGED;
        int64_t age = date_to_days(date_in_japan(plan->out_at)) - date_to_days(*definitions);
        if (age > facts->antivirus_definition_days)
                return CHECK_OUT_DEFINITIONS_OLD;
        return facts->security == SECURITY_NOT_KNOWN ? CHECK_OUT_NOT_JUDGED : CHECK_OUT_FINE;
}

static enum check_out_reason judge_security_current(const struct check_out_plan *plan,
                                                    const struct check_out_facts *facts) {
        return of_system(plan, facts, find_outdated(plan, facts));
}

static enum check_out_reason find_unconfirmed(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        if (facts->security == SECURITY_NONE || facts->security == SECURITY_UNKNOWN)
                return CHECK_OUT_STATUS_UNKNOWN;
        if (!facts->security_confirmed_at_known || !facts->security_confirmed_days_known)
                return CHECK_OUT_NOT_JUDGED;
        if (plan->out_at - facts->security_confirmed_at > facts->security_confirmed_days * DAY)
                return CHECK_OUT_STATUS_OLD;
        return facts->security == SECURITY_NOT_KNOWN ? CHECK_OUT_NOT_JUDGED : CHECK_OUT_FINE;
}

static enum check_out_reason judge_security_confirmed(const struct check_out_plan *plan,
                                                      const struct check_out_facts *facts) {
        return of_system(plan, facts, find_unconfirmed(plan, facts));
}

/* A device that nobody holds is of no other department. */
static enum check_out_reason judge_other_department(const struct check_out_plan *plan,
                                                    const struct check_out_facts *facts) {
        if (facts->placed == FACT_NO && !facts->holding_department_id)
                return CHECK_OUT_FINE;
        if (!plan->user_department_id || !facts->holding_department_id)
                return CHECK_OUT_NOT_JUDGED;
        return strcasecmp(plan->user_department_id, facts->holding_department_id) != 0 ? CHECK_OUT_OF_ANOTHER_DEPARTMENT
                                                                                       : CHECK_OUT_FINE;
}

static enum check_out_reason judge_storage_confirmed(const struct check_out_plan *plan,
                                                     const struct check_out_facts *facts) {
        (void)plan;
        return when(facts->last_return_unlocked, CHECK_OUT_LEFT_UNLOCKED);
}

/* Somebody fetches the device before the meeting and puts it away after it. */
static enum check_out_reason judge_meeting_time(const struct check_out_plan *plan,
                                                const struct check_out_facts *facts) {
        static const int64_t around = 2 * 3600 * CLOCK_SECOND;

        if (!facts->meeting_starts_at_known || !facts->meeting_ends_at_known)
                return CHECK_OUT_NOT_JUDGED;
        bool meets = facts->meeting_starts_at < plan->due_at + around && facts->meeting_ends_at > plan->out_at - around;
        return meets ? CHECK_OUT_FINE : CHECK_OUT_MEETING_AT_ANOTHER_TIME;
}

static enum check_out_reason judge_meeting(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        switch (facts->meeting) {
        case MEETING_DRAFT:
                return CHECK_OUT_MEETING_IS_DRAFT;
        case MEETING_REFUSED:
                return CHECK_OUT_MEETING_IS_REFUSED;
        case MEETING_CANCELLED:
                return CHECK_OUT_MEETING_IS_CANCELLED;
        case MEETING_NONE:
                return plan->purpose == PURPOSE_WEB_MEETING ? CHECK_OUT_NO_MEETING : CHECK_OUT_FINE;
        case MEETING_PLANNED:
        case MEETING_HELD:
        case MEETING_CLOSED:
                return judge_meeting_time(plan, facts);
        case MEETING_NOT_KNOWN:
                break;
        }
        return CHECK_OUT_NOT_JUDGED;
}

static enum check_out_reason (*const judges[CHECK_OUT_RULES])(const struct check_out_plan *,
                                                              const struct check_out_facts *) = {
        [CHECK_OUT_DEVICE_AVAILABLE] = judge_device_available,
        [CHECK_OUT_PLACED] = judge_placed,
        [CHECK_OUT_RESERVED] = judge_reserved,
        [CHECK_OUT_PURPOSE] = judge_purpose,
        [CHECK_OUT_DOCUMENT_WORK] = judge_document_work,
        [CHECK_OUT_PURPOSE_APPROVAL] = judge_purpose_approval,
        [CHECK_OUT_DATA_CAP] = judge_data_cap,
        [CHECK_OUT_SECURITY_CURRENT] = judge_security_current,
        [CHECK_OUT_SECURITY_CONFIRMED] = judge_security_confirmed,
        [CHECK_OUT_OTHER_DEPARTMENT] = judge_other_department,
        [CHECK_OUT_STORAGE_CONFIRMED] = judge_storage_confirmed,
        [CHECK_OUT_MEETING] = judge_meeting,
};

_Static_assert((int)CHECK_OUT_RULES <= (int)JUDGEMENT_FINDINGS_MAX, "more rules than findings have room");

const struct rule_set check_out_rule_set = {
        .rules = check_out_rules,
        .count = CHECK_OUT_RULES,
        .reasons = check_out_reasons,
        .refused = PROBLEM_CHECK_OUT_REFUSED,
};

static bool is_determined(const struct check_out_facts *facts, const struct rule *rule) {
        for (size_t i = 0; i < facts->determined_count; i++)
                if (facts->determined[i] && strcmp(facts->determined[i], rule->id) == 0)
                        return true;
        return false;
}

int check_out_judge(const struct check_out_plan *plan, const struct check_out_facts *facts,
                    struct judgement *ret_judgement) {
        struct judgement judgement = {.set = &check_out_rule_set};
        struct date version;
        int r = regulation_version_on(date_in_japan(plan->out_at), facts->regulation_versions,
                                      facts->regulation_versions_count, &version);

        if (r != 0)
                return r;
        clock_format_date(version, judgement.regulation_version);
        for (size_t i = 0; i < CHECK_OUT_RULES; i++)
                judgement_take(&judgement, i, judges[i](plan, facts), is_determined(facts, &check_out_rules[i]));
        judgement_conclude(&judgement);
        *ret_judgement = judgement;
        return 0;
}
