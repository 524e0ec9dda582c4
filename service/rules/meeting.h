/* The rules of web meetings (art8.1.1, annex2): may this meeting take place as it is planned, with this service and
   these settings, for information of this class?

   Pure: a plan and a version of the catalogue come in, findings go out. The same judgement answers `meetings/check`,
   decides inside the transaction that writes a meeting, and is asked again and again by the search for alternatives. */
#pragma once

#include "rules/rule.h"
#include "vocabularies.h"

#include <assert.h>
#include <jansson.h>
#include <stdint.h>

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

enum meeting_reason {
        MEETING_FINE,
        MEETING_TERMINAL_IS_PERSONAL,
        MEETING_SERVICE_NOT_FOR_CLASS,
        MEETING_NOT_CONSULTED,
        MEETING_CONSULTATION_DOES_NOT_FIT,
        MEETING_REGION_ELSEWHERE,
        MEETING_REGION_UNKNOWN,
        MEETING_WITHOUT_ISMAP,
        MEETING_NOT_ENCRYPTED,
        MEETING_NOT_ENCRYPTED_ON_ISMAP,
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
        MEETING_NOBODY_KEPT_OUT,
        MEETING_ADMITTED_UNCHECKED,
        MEETING_RECORDED_WITHOUT_CONSENT,
        MEETING_RECORDED_WITHOUT_CONSENT_CLASS_III,
        MEETING_ACCOUNT_IS_PERSONAL,
        MEETING_IN_BROWSER,
        MEETING_APP_IS_OLD,
        MEETING_VENUE_IS_OPEN,
        MEETING_MICROPHONE_STAYS_ON,
        MEETING_REASONS
};

extern const struct rule meeting_rules[MEETING_RULES];
extern const struct rule_reason meeting_reasons[MEETING_REASONS];

static_assert(CONFIDENTIALITY_I < CONFIDENTIALITY_II && CONFIDENTIALITY_II < CONFIDENTIALITY_III,
              "a smaller class is a stricter one");

enum { MEETING_LISTED_SERVICES = SERVICE_OTHER - 1 };

struct meeting_plan {
        enum meeting_role role;
        enum confidentiality confidentiality;
        bool confidentiality_confirmed, confidentiality_announced;
        enum meeting_service_choice service;
        bool teams_premium;
        int participants; /* with the host */
        enum server_region server_region;
        bool end_to_end_encryption, waiting_room, can_remove_participants, other_admission_measure, admission_check;
        enum meeting_recording recording;
        bool transcription;
        enum recording_consent recording_consent;
        bool screen_sharing, chat, file_transfer;
        bool personal_terminal, personal_account; /* any of the terminals; the account */
        enum meeting_client client;
        bool client_is_latest;
        enum meeting_venue venue;
        bool microphone_muted_when_idle;
        struct date day;          /* of its start, in Japan */
        const char *service_name; /* of SERVICE_OTHER; width and case folded */
        const json_t *terminals;  /* as the plan has them; borrowed */
};

/* A row of the catalogue: the service's place in table 1, and its row of table 3. */
struct meeting_service_row {
        bool listed;
        enum confidentiality usable_up_to; /* the strictest class it may be used for; 0: none */
        bool ismap, domestic_servers;
        enum encryption_offered end_to_end_encryption;
        bool screen_sharing, chat, recording, file_transfer;
};

/* The digital office's answer that the plan cites. */
struct meeting_consultation {
        bool cited, usable;
        const char *service_name; /* folded as the plan's */
        enum confidentiality confidentiality;
        struct date valid_from, valid_until; /* year 0: no bound */
};

struct meeting_facts {
        struct date regulation_version, annex2_version;     /* in force on the day */
        struct meeting_service_row services[SERVICE_OTHER]; /* by enum meeting_service_choice; 0 is not used */
        struct meeting_consultation consultation;
};

const char *meeting_service_word(enum meeting_service_choice service); /* webex, …, other */

void meeting_judge(const struct meeting_plan *plan, const struct meeting_facts *facts, struct judgement *ret_judgement);

/* Reads what a statement made: the plan's members as the contract names them, and beside them `starts_at`,
   `regulation_version`, `annex2_version`, `folded_service_name`, `services` (an array of rows, each with its `code`) and
   `consultation` (an object, or null). 0, or -EINVAL when a member that the rules need is missing or a word is not known:
   a fault of the statement. Texts and terminals are borrowed from the object. */
int meeting_read(const json_t *object, struct meeting_plan *ret_plan, struct meeting_facts *ret_facts);

/* Alternatives are looked for when a plan to host is refused. */
bool meeting_seeks_alternatives(const struct meeting_plan *plan, const struct judgement *judgement);

/* [{"service": …, "changes": {…}}, …]: the listed services, each with the fewest changed settings under which the same
   meeting is permitted, the fewest first. Found by asking meeting_judge; what it would not permit is not listed. Never
   changed are role, class, participants and day, and no function that the plan leaves off is turned on. */
void meeting_append_alternatives(const struct meeting_plan *plan, const struct meeting_facts *facts, struct text *json);
