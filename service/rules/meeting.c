#include "rules/meeting.h"

#include "problems.h"

#include <string.h>

/* What one rule asks about. */
struct question {
        const struct meeting_plan *plan;
        const struct meeting_facts *facts;
        const struct meeting_service *service; /* the plan's; NULL when it is not listed */
};

static bool is_classified(const struct question *q) {
        return q->plan->confidentiality <= CONFIDENTIALITY_II;
}

static bool is_listed(const struct question *q) {
        return q->service;
}

static bool is_recorded(const struct question *q) {
        return q->plan->recording != RECORDING_NONE;
}

/* What E2E makes impossible, and table 3 allows or not, is a recording or a transcript alike. */
static bool is_kept(const struct question *q) {
        return is_recorded(q) || q->plan->transcription;
}

static enum meeting_reason judge_provided_terminal(const struct question *q) {
        return q->plan->personal_terminal ? MEETING_TERMINAL_IS_PERSONAL : MEETING_FINE;
}

static enum meeting_reason judge_service_allowed(const struct question *q) {
        if (!is_listed(q))
                return MEETING_FINE;
        bool allowed = q->service->usable_up_to != 0 && q->service->usable_up_to <= q->plan->confidentiality;
        return allowed ? MEETING_FINE : MEETING_SERVICE_NOT_FOR_CLASS;
}

static bool covers(const struct meeting_consultation *answer, const struct meeting_plan *plan) {
        return answer->usable && plan->service_name && answer->answered_name &&
               strcmp(answer->answered_name, plan->service_name) == 0 &&
               answer->answered_class == plan->confidentiality &&
               (answer->valid_from.year == 0 || date_compare(answer->valid_from, plan->day) <= 0) &&
               (answer->valid_until.year == 0 || date_compare(answer->valid_until, plan->day) >= 0);
}

static enum meeting_reason judge_service_consultation(const struct question *q) {
        const struct meeting_consultation *answer = &q->facts->consultation;

        if (!is_listed(q) && is_classified(q) && !answer->cited)
                return MEETING_NOT_CONSULTED;
        if (!is_listed(q) && is_classified(q) && !covers(answer, q->plan))
                return MEETING_CONSULTATION_DOES_NOT_FIT;
        return answer->usable && answer->conditions ? MEETING_CONSULTATION_HAS_CONDITIONS : MEETING_FINE;
}

/* Who joins may have no way to find out. */
static enum meeting_reason judge_server_region(const struct question *q) {
        if (q->plan->confidentiality != CONFIDENTIALITY_I || q->plan->server_region == REGION_JAPAN)
                return MEETING_FINE;
        if (q->plan->server_region == REGION_OTHER)
                return MEETING_REGION_ELSEWHERE;
        return q->plan->role == MEETING_JOINING ? MEETING_REGION_UNKNOWN_TO_GUEST : MEETING_REGION_UNKNOWN;
}

static enum meeting_reason judge_ismap(const struct question *q) {
        bool missing = is_listed(q) && !q->service->ismap;

        return q->plan->confidentiality == CONFIDENTIALITY_I && missing ? MEETING_WITHOUT_ISMAP : MEETING_FINE;
}

/* What the service itself stands in the way of, whatever else is planned. */
static enum meeting_reason judge_encryption_offered(const struct question *q) {
        if (!is_listed(q) || q->service->end_to_end_encryption == ENCRYPTION_AVAILABLE)
                return MEETING_FINE;
        if (q->service->end_to_end_encryption == ENCRYPTION_UNAVAILABLE)
                return MEETING_ENCRYPTION_NOT_OFFERED;
        return q->plan->participants > 2 && !q->plan->teams_premium ? MEETING_ENCRYPTION_FOR_TWO : MEETING_FINE;
}

/* The proviso of 4(2) lets services with ISMAP and servers in Japan record on the server, which E2E rules out. On these class
   II is encrypted as far as possible, as 4(2) says; class I, and other services by table 1, in any case. */
static enum meeting_reason judge_end_to_end_encryption(const struct question *q) {
        bool kept_by_server = q->plan->recording == RECORDING_CLOUD || q->plan->transcription;

        if (q->plan->end_to_end_encryption)
                return MEETING_FINE;
        if (!is_classified(q))
                return MEETING_NOT_ENCRYPTED_CLASS_III;
        if (!is_listed(q) || !q->service->ismap || !q->service->domestic_servers)
                return MEETING_NOT_ENCRYPTED;
        if (kept_by_server)
                return MEETING_FINE;
        bool possible = judge_encryption_offered(q) == MEETING_FINE;
        return q->plan->confidentiality == CONFIDENTIALITY_II && !possible ? MEETING_NOT_ENCRYPTED_AS_IMPOSSIBLE
                                                                           : MEETING_NOT_ENCRYPTED_ON_ISMAP;
}

static enum meeting_reason judge_end_to_end_impossible(const struct question *q) {
        if (!q->plan->end_to_end_encryption)
                return MEETING_FINE;
        enum meeting_reason offered = judge_encryption_offered(q);
        if (offered != MEETING_FINE)
                return offered;
        return is_kept(q) ? MEETING_ENCRYPTED_AND_RECORDED : MEETING_FINE;
}

static enum meeting_reason judge_recording_allowed(const struct question *q) {
        if (!is_listed(q) || q->service->recording || !is_kept(q))
                return MEETING_FINE;
        return is_classified(q) ? MEETING_RECORDING_NOT_ALLOWED : MEETING_RECORDING_NOT_ALLOWED_CLASS_III;
}

static enum meeting_reason judge_screen_sharing_allowed(const struct question *q) {
        bool allowed = !is_listed(q) || q->service->screen_sharing;

        return q->plan->screen_sharing && !allowed ? MEETING_SCREEN_SHARING_NOT_ALLOWED : MEETING_FINE;
}

static enum meeting_reason judge_chat_allowed(const struct question *q) {
        bool allowed = !is_listed(q) || q->service->chat;

        return q->plan->chat && !allowed ? MEETING_CHAT_NOT_ALLOWED : MEETING_FINE;
}

/* Where table 3 does not forbid it, 4(3) still has files go another way, in principle. */
static enum meeting_reason judge_file_transfer_allowed(const struct question *q) {
        if (!q->plan->file_transfer)
                return MEETING_FINE;
        if (is_listed(q) && !q->service->file_transfer)
                return is_classified(q) ? MEETING_FILE_TRANSFER_NOT_ALLOWED
                                        : MEETING_FILE_TRANSFER_NOT_ALLOWED_CLASS_III;
        return is_classified(q) ? MEETING_FILE_TRANSFER_TO_BE_AVOIDED : MEETING_FINE;
}

/* What is done on the day can be promised and not planned. */
static enum meeting_reason on_the_day(const struct question *q, enum meeting_reason done,
                                      enum meeting_reason to_be_done) {
        return q->plan->stage == STAGE_HELD ? done : to_be_done;
}

static enum meeting_reason judge_confidentiality_announced(const struct question *q) {
        if (!q->plan->confidentiality_confirmed)
                return MEETING_CLASS_NOT_CONFIRMED;
        if (q->plan->confidentiality_announced)
                return MEETING_FINE;
        return on_the_day(q, MEETING_CLASS_NOT_ANNOUNCED, MEETING_CLASS_TO_BE_ANNOUNCED);
}

/* What the catalogue says that the service has not got is not there, whatever the plan says. */
static bool has_waiting_room(const struct question *q) {
        return q->plan->waiting_room && (!is_listed(q) || q->service->waiting_room);
}

static bool has_removal(const struct question *q) {
        return q->plan->can_remove_participants && (!is_listed(q) || q->service->removal);
}

static enum meeting_reason judge_uninvited_kept_out(const struct question *q) {
        bool kept_out = has_waiting_room(q) || has_removal(q) || q->plan->other_admission_measure;

        return is_classified(q) && !kept_out ? MEETING_NOBODY_KEPT_OUT : MEETING_FINE;
}

static enum meeting_reason judge_admission_check(const struct question *q) {
        if (!is_classified(q) || !has_waiting_room(q) || q->plan->admission_check)
                return MEETING_FINE;
        return on_the_day(q, MEETING_ADMITTED_UNCHECKED, MEETING_ADMISSION_TO_BE_CHECKED);
}

static enum meeting_reason judge_recording_consent(const struct question *q) {
        if (!is_recorded(q) || q->plan->recording_consent != CONSENT_NONE)
                return MEETING_FINE;
        if (!is_classified(q))
                return MEETING_RECORDED_WITHOUT_CONSENT_CLASS_III;
        return on_the_day(q, MEETING_RECORDED_WITHOUT_CONSENT, MEETING_CONSENT_TO_BE_ASKED);
}

static enum meeting_reason judge_city_account(const struct question *q) {
        return q->plan->personal_account ? MEETING_ACCOUNT_IS_PERSONAL : MEETING_FINE;
}

static enum meeting_reason judge_native_app(const struct question *q) {
        if (q->plan->client != CLIENT_WEB_BROWSER)
                return MEETING_FINE;
        return is_listed(q) && !q->service->application ? MEETING_IN_BROWSER_FOR_WANT_OF_APP : MEETING_IN_BROWSER;
}

static enum meeting_reason judge_app_latest(const struct question *q) {
        if (q->plan->client != CLIENT_NATIVE_APP || q->plan->client_is_latest)
                return MEETING_FINE;
        return on_the_day(q, MEETING_APP_IS_OLD, MEETING_APP_TO_BE_UPDATED);
}

static enum meeting_reason judge_venue(const struct question *q) {
        return q->plan->venue == VENUE_OPEN ? MEETING_VENUE_IS_OPEN : MEETING_FINE;
}

static enum meeting_reason judge_microphone(const struct question *q) {
        return q->plan->microphone_muted_when_idle ? MEETING_FINE : MEETING_MICROPHONE_STAYS_ON;
}

/* Whom a rule binds: the host alone, or those who join as well. */
static const struct {
        enum meeting_reason (*judge)(const struct question *q);
        bool also_joining;
} judges[MEETING_RULES] = {
        [MEETING_PROVIDED_TERMINAL] = {judge_provided_terminal, true},
        [MEETING_SERVICE_ALLOWED] = {judge_service_allowed, true},
        [MEETING_SERVICE_CONSULTATION] = {judge_service_consultation, true},
        [MEETING_SERVER_REGION] = {judge_server_region, true},
        [MEETING_ISMAP] = {judge_ismap, true},
        [MEETING_END_TO_END_ENCRYPTION] = {judge_end_to_end_encryption, false},
        [MEETING_END_TO_END_IMPOSSIBLE] = {judge_end_to_end_impossible, false},
        [MEETING_RECORDING_ALLOWED] = {judge_recording_allowed, false},
        [MEETING_SCREEN_SHARING_ALLOWED] = {judge_screen_sharing_allowed, false},
        [MEETING_CHAT_ALLOWED] = {judge_chat_allowed, false},
        [MEETING_FILE_TRANSFER_ALLOWED] = {judge_file_transfer_allowed, false},
        [MEETING_CONFIDENTIALITY_ANNOUNCED] = {judge_confidentiality_announced, false},
        [MEETING_UNINVITED_KEPT_OUT] = {judge_uninvited_kept_out, false},
        [MEETING_ADMISSION_CHECK] = {judge_admission_check, false},
        [MEETING_RECORDING_CONSENT] = {judge_recording_consent, false},
        [MEETING_CITY_ACCOUNT] = {judge_city_account, true},
        [MEETING_NATIVE_APP] = {judge_native_app, true},
        [MEETING_APP_LATEST] = {judge_app_latest, true},
        [MEETING_VENUE] = {judge_venue, true},
        [MEETING_MICROPHONE] = {judge_microphone, true},
};

_Static_assert((int)MEETING_RULES <= (int)JUDGEMENT_FINDINGS_MAX, "more rules than findings have room");

const struct rule_set meeting_rule_set = {
        .rules = meeting_rules,
        .count = MEETING_RULES,
        .reasons = meeting_reasons,
        .refused = PROBLEM_MEETING_REFUSED,
};

static const struct meeting_service *find_service(const struct meeting_plan *plan, const struct meeting_facts *facts) {
        for (size_t i = 0; i < facts->services_count; i++)
                if (strcmp(facts->services[i].code, plan->service) == 0)
                        return &facts->services[i];
        return NULL;
}

void meeting_judge(const struct meeting_plan *plan, const struct meeting_facts *facts,
                   struct judgement *ret_judgement) {
        const struct question question = {plan, facts, find_service(plan, facts)};
        struct judgement judgement = {.set = &meeting_rule_set, .past = plan->stage == STAGE_HELD};

        for (size_t i = 0; i < MEETING_RULES; i++) {
                if (!judges[i].judge || (plan->role == MEETING_JOINING && !judges[i].also_joining))
                        continue;
                enum meeting_reason reason = judges[i].judge(&question);
                judgement_take(&judgement, i, (int)reason, false);
                if (reason == MEETING_CONSULTATION_HAS_CONDITIONS)
                        judgement.findings[judgement.count - 1].said = facts->consultation.conditions;
        }
        judgement_conclude(&judgement);
        clock_format_date(facts->versions.regulation_version, judgement.regulation_version);
        clock_format_date(facts->versions.annex2_version, judgement.annex2_version);
        *ret_judgement = judgement;
}
