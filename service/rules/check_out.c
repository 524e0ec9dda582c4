#include "rules/check_out.h"

#include <strings.h>

static const int64_t DAY = 24 * 3600 * CLOCK_SECOND;

/* What occupies the device comes first, because in a late recording it alone refuses. */
static enum check_out_reason judge_device_available(const struct check_out_plan *plan,
                                                    const struct check_out_facts *facts) {
        if (plan->mode == CHECK_OUT_HANDOVER)
                return CHECK_OUT_FINE;
        if (facts->occupied >= OCCUPIED_OUT)
                return facts->occupied == OCCUPIED_OUT ? CHECK_OUT_IS_OUT : CHECK_OUT_IS_OVERDUE;
        if (facts->condition == DEVICE_DISPOSED)
                return CHECK_OUT_IS_DISPOSED;
        if (facts->condition == DEVICE_LOST)
                return CHECK_OUT_IS_LOST;
        if (facts->condition == DEVICE_IN_REPAIR)
                return CHECK_OUT_IS_IN_REPAIR;
        if (facts->incident == INCIDENT_MALWARE)
                return CHECK_OUT_HAS_MALWARE;
        return facts->incident == INCIDENT_UNAUTHORISED_CONNECTION ? CHECK_OUT_HAD_UNKNOWN_CLIENT : CHECK_OUT_FINE;
}

static enum check_out_reason judge_placed(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        bool spoken = judge_device_available(plan, facts) != CHECK_OUT_FINE;

        return facts->placed == FACT_NO && !spoken ? CHECK_OUT_NOT_PLACED : CHECK_OUT_FINE;
}

static enum check_out_reason judge_reserved(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        (void)plan;
        return facts->reserved == FACT_YES ? CHECK_OUT_RESERVED_BY_ANOTHER : CHECK_OUT_FINE;
}

static enum check_out_reason judge_purpose(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        (void)facts;
        return plan->purpose == PURPOSE_OTHER ? CHECK_OUT_OTHER_PURPOSE : CHECK_OUT_FINE;
}

/* Every day from that of out_at to that of due_at, both in Japan and both included. */
static enum check_out_reason judge_purpose_approval(const struct check_out_plan *plan,
                                                    const struct check_out_facts *facts) {
        const struct date *from = &facts->approval_from, *until = &facts->approval_until;

        if (plan->purpose != PURPOSE_APPROVED_OTHER || facts->approval == FACT_NOT_KNOWN)
                return CHECK_OUT_FINE;
        if (facts->approval == FACT_NO)
                return CHECK_OUT_NO_APPROVAL;
        bool begun = from->year == 0 || date_compare(*from, date_in_japan(plan->out_at)) <= 0;
        bool lasts = until->year == 0 || date_compare(*until, date_in_japan(plan->due_at)) >= 0;
        return begun && lasts ? CHECK_OUT_FINE : CHECK_OUT_APPROVAL_TOO_SHORT;
}

static enum check_out_reason judge_data_cap(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        (void)plan;
        return facts->data_percent >= 100 ? CHECK_OUT_CAP_REACHED : CHECK_OUT_FINE;
}

/* The rules on security status are for what has an operating system of its own, and would keep it from being updated.
 */
static bool security_matters(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        return (facts->kind == DEVICE_TERMINAL || facts->kind == DEVICE_MOBILE_ROUTER) &&
               facts->security != SECURITY_NOT_KNOWN && plan->purpose != PURPOSE_SYSTEM_UPDATE;
}

static enum check_out_reason judge_security_current(const struct check_out_plan *plan,
                                                    const struct check_out_facts *facts) {
        const struct date *definitions = &facts->antivirus_definitions_on;

        if (!security_matters(plan, facts))
                return CHECK_OUT_FINE;
        if (facts->security == SECURITY_OUTDATED)
                return CHECK_OUT_OS_OUTDATED;
        if (definitions->year == 0)
                return CHECK_OUT_FINE;
        int64_t age = date_to_days(date_in_japan(plan->out_at)) - date_to_days(*definitions);
        return age > facts->antivirus_definition_days ? CHECK_OUT_DEFINITIONS_OLD : CHECK_OUT_FINE;
}

static enum check_out_reason judge_security_confirmed(const struct check_out_plan *plan,
                                                      const struct check_out_facts *facts) {
        if (!security_matters(plan, facts))
                return CHECK_OUT_FINE;
        if (facts->security == SECURITY_NONE || facts->security == SECURITY_UNKNOWN)
                return CHECK_OUT_STATUS_UNKNOWN;
        bool old = plan->out_at - facts->security_confirmed_at > facts->security_confirmed_days * DAY;
        return old ? CHECK_OUT_STATUS_OLD : CHECK_OUT_FINE;
}

static enum check_out_reason judge_other_department(const struct check_out_plan *plan,
                                                    const struct check_out_facts *facts) {
        if (!plan->user_department_id || !facts->holding_department_id)
                return CHECK_OUT_FINE;
        return strcasecmp(plan->user_department_id, facts->holding_department_id) != 0 ? CHECK_OUT_OF_ANOTHER_DEPARTMENT
                                                                                       : CHECK_OUT_FINE;
}

static enum check_out_reason judge_storage_confirmed(const struct check_out_plan *plan,
                                                     const struct check_out_facts *facts) {
        (void)plan;
        return facts->last_return_unlocked == FACT_YES ? CHECK_OUT_LEFT_UNLOCKED : CHECK_OUT_FINE;
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
        case MEETING_NOT_KNOWN:
        case MEETING_STANDS:
                break;
        }
        return CHECK_OUT_FINE;
}

static enum check_out_reason (*const judges[CHECK_OUT_RULES])(const struct check_out_plan *,
                                                              const struct check_out_facts *) = {
        [CHECK_OUT_DEVICE_AVAILABLE] = judge_device_available,
        [CHECK_OUT_PLACED] = judge_placed,
        [CHECK_OUT_RESERVED] = judge_reserved,
        [CHECK_OUT_PURPOSE] = judge_purpose,
        [CHECK_OUT_PURPOSE_APPROVAL] = judge_purpose_approval,
        [CHECK_OUT_DATA_CAP] = judge_data_cap,
        [CHECK_OUT_SECURITY_CURRENT] = judge_security_current,
        [CHECK_OUT_SECURITY_CONFIRMED] = judge_security_confirmed,
        [CHECK_OUT_OTHER_DEPARTMENT] = judge_other_department,
        [CHECK_OUT_STORAGE_CONFIRMED] = judge_storage_confirmed,
        [CHECK_OUT_MEETING] = judge_meeting,
};

/* What happened is recorded, however it ought to have been, unless it cannot have been. */
static enum verdict late_verdict(const struct check_out_facts *facts, const struct judgement *judgement) {
        if (facts->occupied >= OCCUPIED_OUT)
                return VERDICT_REFUSED;
        return judgement_verdict(judgement) == VERDICT_PERMITTED ? VERDICT_PERMITTED : VERDICT_PERMITTED_WITH_EXCEPTION;
}

_Static_assert((int)CHECK_OUT_RULES <= (int)JUDGEMENT_FINDINGS_MAX, "more rules than findings have room");

int check_out_judge(const struct check_out_plan *plan, const struct check_out_facts *facts,
                    struct judgement *ret_judgement) {
        struct judgement judgement = {0};
        struct date version;
        int r = regulation_version_on(date_in_japan(plan->out_at), facts->regulation_versions,
                                      facts->regulation_version_count, &version);

        if (r != 0)
                return r;
        clock_format_date(version, judgement.regulation_version);
        for (unsigned i = 0; i < CHECK_OUT_RULES; i++) {
                enum check_out_reason reason = judges[i](plan, facts);
                if (reason != CHECK_OUT_FINE)
                        judgement_add(&judgement, &check_out_rules[i], &check_out_reasons[reason],
                                      facts->determined >> i & 1);
        }
        judgement.verdict =
                plan->mode == CHECK_OUT_LATE ? late_verdict(facts, &judgement) : judgement_verdict(&judgement);
        *ret_judgement = judgement;
        return 0;
}

bool check_out_needs_reason(const struct check_out_plan *plan, const struct judgement *judgement) {
        return plan->mode == CHECK_OUT_ORDINARY && judgement->verdict == VERDICT_PERMITTED_WITH_EXCEPTION;
}

bool check_out_cancels_reservation(const struct judgement *judgement) {
        const struct finding *finding = judgement_find(judgement, &check_out_rules[CHECK_OUT_RESERVED]);

        return finding && finding->determined;
}
