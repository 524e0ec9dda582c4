#include "rules/meeting.h"

#include "problems.h"

#include <errno.h>
#include <string.h>

/* What one rule asks about. */
struct question {
        const struct meeting_plan *plan;
        const struct meeting_facts *facts;
        const struct meeting_service *service; /* of the plan's; without code when it is not listed */
};

static bool is_classified(const struct question *q) {
        return q->plan->confidentiality <= CONFIDENTIALITY_II;
}

static bool is_listed(const struct question *q) {
        return q->service->code != 0;
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
        bool allowed = q->service->usable_up_to != 0 && q->service->usable_up_to <= q->plan->confidentiality;

        return is_listed(q) && !allowed ? MEETING_SERVICE_NOT_FOR_CLASS : MEETING_FINE;
}

static bool covers(const struct meeting_consultation *answer, const struct meeting_plan *plan) {
        return answer->usable && plan->service_name && answer->answered_name &&
               strcmp(answer->answered_name, plan->service_name) == 0 &&
               answer->answered_class == plan->confidentiality &&
               (answer->valid_from.year == 0 || date_compare(answer->valid_from, plan->day) <= 0) &&
               (answer->valid_until.year == 0 || date_compare(answer->valid_until, plan->day) >= 0);
}

static enum meeting_reason judge_service_consultation(const struct question *q) {
        if (is_listed(q) || !is_classified(q))
                return MEETING_FINE;
        if (!q->facts->consultation.cited)
                return MEETING_NOT_CONSULTED;
        return covers(&q->facts->consultation, q->plan) ? MEETING_FINE : MEETING_CONSULTATION_DOES_NOT_FIT;
}

static enum meeting_reason judge_server_region(const struct question *q) {
        if (q->plan->confidentiality != CONFIDENTIALITY_I || q->plan->server_region == REGION_JAPAN)
                return MEETING_FINE;
        return q->plan->server_region == REGION_OTHER ? MEETING_REGION_ELSEWHERE : MEETING_REGION_UNKNOWN;
}

static enum meeting_reason judge_ismap(const struct question *q) {
        bool missing = is_listed(q) && !q->service->ismap;

        return q->plan->confidentiality == CONFIDENTIALITY_I && missing ? MEETING_WITHOUT_ISMAP : MEETING_FINE;
}

/* The proviso of 4(2) lets services with ISMAP and servers in Japan record on the server, which E2E rules out. */
static enum meeting_reason judge_end_to_end_encryption(const struct question *q) {
        bool kept_by_server = q->plan->recording == RECORDING_CLOUD || q->plan->transcription;

        if (q->plan->end_to_end_encryption)
                return MEETING_FINE;
        if (!is_classified(q))
                return MEETING_NOT_ENCRYPTED_CLASS_III;
        if (!q->service->ismap || !q->service->domestic_servers)
                return MEETING_NOT_ENCRYPTED;
        return kept_by_server ? MEETING_FINE : MEETING_NOT_ENCRYPTED_ON_ISMAP;
}

static enum meeting_reason judge_end_to_end_impossible(const struct question *q) {
        bool premium = q->plan->service == SERVICE_MICROSOFT_TEAMS && q->plan->teams_premium;

        if (!q->plan->end_to_end_encryption)
                return MEETING_FINE;
        if (q->service->end_to_end_encryption == ENCRYPTION_UNAVAILABLE)
                return MEETING_ENCRYPTION_NOT_OFFERED;
        if (q->service->end_to_end_encryption == ENCRYPTION_ONE_TO_ONE && q->plan->participants > 2 && !premium)
                return MEETING_ENCRYPTION_FOR_TWO;
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

static enum meeting_reason judge_confidentiality_announced(const struct question *q) {
        if (!q->plan->confidentiality_confirmed)
                return MEETING_CLASS_NOT_CONFIRMED;
        return q->plan->confidentiality_announced ? MEETING_FINE : MEETING_CLASS_NOT_ANNOUNCED;
}

static enum meeting_reason judge_uninvited_kept_out(const struct question *q) {
        bool kept_out = q->plan->waiting_room || q->plan->can_remove_participants || q->plan->other_admission_measure;

        return is_classified(q) && !kept_out ? MEETING_NOBODY_KEPT_OUT : MEETING_FINE;
}

static enum meeting_reason judge_admission_check(const struct question *q) {
        bool unchecked = q->plan->waiting_room && !q->plan->admission_check;

        return is_classified(q) && unchecked ? MEETING_ADMITTED_UNCHECKED : MEETING_FINE;
}

static enum meeting_reason judge_recording_consent(const struct question *q) {
        if (!is_recorded(q) || q->plan->recording_consent != CONSENT_NONE)
                return MEETING_FINE;
        return is_classified(q) ? MEETING_RECORDED_WITHOUT_CONSENT : MEETING_RECORDED_WITHOUT_CONSENT_CLASS_III;
}

static enum meeting_reason judge_city_account(const struct question *q) {
        return q->plan->personal_account ? MEETING_ACCOUNT_IS_PERSONAL : MEETING_FINE;
}

static enum meeting_reason judge_native_app(const struct question *q) {
        return q->plan->client == CLIENT_WEB_BROWSER ? MEETING_IN_BROWSER : MEETING_FINE;
}

static enum meeting_reason judge_app_latest(const struct question *q) {
        bool old = q->plan->client == CLIENT_NATIVE_APP && !q->plan->client_is_latest;

        return old ? MEETING_APP_IS_OLD : MEETING_FINE;
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

void meeting_judge(const struct meeting_plan *plan, const struct meeting_facts *facts,
                   struct judgement *ret_judgement) {
        const struct question question = {plan, facts, &facts->services[plan->service % SERVICE_OTHER]};
        struct judgement judgement = {.set = &meeting_rule_set};

        for (size_t i = 0; i < MEETING_RULES; i++)
                if (judges[i].judge && (plan->role == MEETING_HOSTING || judges[i].also_joining))
                        judgement_take(&judgement, i, (int)judges[i].judge(&question), false);
        judgement_conclude(&judgement);
        clock_format_date(facts->versions.regulation_version, judgement.regulation_version);
        clock_format_date(facts->versions.annex2_version, judgement.annex2_version);
        *ret_judgement = judgement;
}

int meeting_list_services(const struct meeting_service *rows, size_t count, struct meeting_facts *facts) {
        memset(facts->services, 0, sizeof(facts->services));
        for (size_t i = 0; i < count; i++)
                if (rows[i].code < SERVICE_OTHER)
                        facts->services[rows[i].code] = rows[i];
        for (size_t service = 1; service <= MEETING_LISTED_SERVICES; service++)
                if (!facts->services[service].code)
                        return -EINVAL;
        return 0;
}

const char *meeting_service_word(enum meeting_service_choice service) {
        return vocabulary_meeting_service_choice[service - 1].word;
}
