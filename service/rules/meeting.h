/* The rules of web meetings (art8.1.1, annex2): may this meeting take place as it is planned, or was it in order as it took
   place, with this service and these settings, for information of this class? What is done on the day only (telling the
   participants, asking for consent) is no more than advice while it is a plan.

   Pure: a plan and a version of the catalogue come in, findings go out. The same judgement answers `meetings/check`,
   decides inside the transaction that writes a meeting, and is asked again and again by the search for alternatives. Plan
   and facts are rows that meetings/facts.sql declares. Of a plan everything is known. */
#pragma once

#include "rows.h"
#include "rules/rule.h"

#include <assert.h>

/* In the order in which findings are listed. MEETING_CLEAN_UP is of what comes after a meeting and is never judged of a
   plan. */
enum meeting_rule {
        MEETING_PROVIDED_TERMINAL,
        MEETING_SERVICE_ALLOWED,
        MEETING_SERVICE_CONSULTATION,
        MEETING_SERVER_REGION,
        MEETING_ISMAP,
        MEETING_END_TO_END_ENCRYPTION,
        MEETING_END_TO_END_IMPOSSIBLE,
        MEETING_RECORDING_ALLOWED,
        MEETING_SCREEN_SHARING_ALLOWED,
        MEETING_CHAT_ALLOWED,
        MEETING_FILE_TRANSFER_ALLOWED,
        MEETING_CONFIDENTIALITY_ANNOUNCED,
        MEETING_UNINVITED_KEPT_OUT,
        MEETING_ADMISSION_CHECK,
        MEETING_RECORDING_CONSENT,
        MEETING_CITY_ACCOUNT,
        MEETING_NATIVE_APP,
        MEETING_APP_LATEST,
        MEETING_VENUE,
        MEETING_MICROPHONE,
        MEETING_CLEAN_UP,
        MEETING_RULES
};

/* Those of a rule stand together. */
enum meeting_reason {
        MEETING_FINE,
        MEETING_TERMINAL_IS_PERSONAL,
        MEETING_SERVICE_NOT_FOR_CLASS,
        MEETING_NOT_CONSULTED,
        MEETING_CONSULTATION_DOES_NOT_FIT,
        MEETING_CONSULTATION_HAS_CONDITIONS,
        MEETING_REGION_ELSEWHERE,
        MEETING_REGION_UNKNOWN,
        MEETING_REGION_UNKNOWN_TO_GUEST,
        MEETING_WITHOUT_ISMAP,
        MEETING_NOT_ENCRYPTED,
        MEETING_NOT_ENCRYPTED_ON_ISMAP,
        MEETING_NOT_ENCRYPTED_AS_IMPOSSIBLE,
        MEETING_NOT_ENCRYPTED_CLASS_III,
        MEETING_ENCRYPTION_FOR_TWO,
        MEETING_ENCRYPTION_NOT_OFFERED,
        MEETING_ENCRYPTED_AND_RECORDED,
        MEETING_RECORDING_NOT_ALLOWED,
        MEETING_RECORDING_NOT_ALLOWED_CLASS_III,
        MEETING_SCREEN_SHARING_NOT_ALLOWED,
        MEETING_CHAT_NOT_ALLOWED,
        MEETING_FILE_TRANSFER_NOT_ALLOWED,
        MEETING_FILE_TRANSFER_NOT_ALLOWED_CLASS_III,
        MEETING_FILE_TRANSFER_TO_BE_AVOIDED,
        MEETING_CLASS_NOT_CONFIRMED,
        MEETING_CLASS_NOT_ANNOUNCED,
        MEETING_CLASS_TO_BE_ANNOUNCED,
        MEETING_NOBODY_KEPT_OUT,
        MEETING_ADMITTED_UNCHECKED,
        MEETING_ADMISSION_TO_BE_CHECKED,
        MEETING_RECORDED_WITHOUT_CONSENT,
        MEETING_CONSENT_TO_BE_ASKED,
        MEETING_RECORDED_WITHOUT_CONSENT_CLASS_III,
        MEETING_ACCOUNT_IS_PERSONAL,
        MEETING_IN_BROWSER,
        MEETING_IN_BROWSER_FOR_WANT_OF_APP,
        MEETING_APP_IS_OLD,
        MEETING_APP_TO_BE_UPDATED,
        MEETING_VENUE_IS_OPEN,
        MEETING_MICROPHONE_STAYS_ON,
        MEETING_REASONS
};

extern const struct rule_set meeting_rule_set;
extern const struct rule meeting_rules[MEETING_RULES];
extern const struct rule_reason meeting_reasons[MEETING_REASONS];

static_assert(CONFIDENTIALITY_I < CONFIDENTIALITY_II && CONFIDENTIALITY_II < CONFIDENTIALITY_III,
              "a smaller class is a stricter one");

struct meeting_facts {
        struct meeting_versions versions; /* in force on the day */
        struct meeting_consultation consultation;
        const struct meeting_service *services; /* that version's, in its order */
        size_t services_count;
};

void meeting_judge(const struct meeting_plan *plan, const struct meeting_facts *facts, struct judgement *ret_judgement);

/* Alternatives are looked for when a plan to host is refused. */
bool meeting_seeks_alternatives(const struct meeting_plan *plan, const struct judgement *judgement);

/* [{"service": …, "changes": {…}}, …]: the listed services, each with the fewest changed settings under which the same
   meeting is permitted, the fewest first. Found by asking meeting_judge; what it would not permit is not listed. Never
   changed are role, class and whether it was confirmed, participants, day, and what is done on the day only; and no
   function that the plan leaves off is turned on. */
void meeting_append_alternatives(const struct meeting_plan *plan, const struct meeting_facts *facts, struct text *json);
