#include "rules/meeting.h"
#include "rules/members.h"

#include <errno.h>
#include <string.h>

const char *meeting_service_word(enum meeting_service_choice service) {
        return vocabulary_meeting_service_choice[service - 1].word;
}

static bool has_personal_terminal(const json_t *terminals) {
        const json_t *terminal;
        size_t i;

        json_array_foreach(terminals, i, terminal) {
                if (strcmp(json_string_value(json_object_get(terminal, "kind")) ?: "", "personal") == 0)
                        return true;
        }
        return false;
}

static bool is_personal(const json_t *account) {
        return strcmp(json_string_value(json_object_get(account, "kind")) ?: "", "personal") == 0;
}

static struct meeting_plan read_plan(struct members *m) {
        const json_t *terminals = members_value(m, "terminals", JSON_ARRAY);

        return (struct meeting_plan){
                .role = (enum meeting_role)members_choice(m, "role", vocabulary_meeting_role),
                .confidentiality =
                        (enum confidentiality)members_choice(m, "confidentiality", vocabulary_confidentiality),
                .confidentiality_confirmed = members_flag(m, "confidentiality_confirmed"),
                .confidentiality_announced = members_flag(m, "confidentiality_announced"),
                .service = (enum meeting_service_choice)members_choice(m, "service", vocabulary_meeting_service_choice),
                .teams_premium = members_flag(m, "teams_premium"),
                .participants = members_number(m, "participants"),
                .server_region = (enum server_region)members_choice(m, "server_region", vocabulary_server_region),
                .end_to_end_encryption = members_flag(m, "end_to_end_encryption"),
                .waiting_room = members_flag(m, "waiting_room"),
                .can_remove_participants = members_flag(m, "can_remove_participants"),
                .other_admission_measure = members_text(m, "other_admission_measure") != NULL,
                .admission_check = members_flag(m, "admission_check"),
                .recording = (enum meeting_recording)members_choice(m, "recording", vocabulary_meeting_recording),
                .transcription = members_flag(m, "transcription"),
                .recording_consent =
                        (enum recording_consent)members_choice(m, "recording_consent", vocabulary_recording_consent),
                .screen_sharing = members_flag(m, "screen_sharing"),
                .chat = members_flag(m, "chat"),
                .file_transfer = members_flag(m, "file_transfer"),
                .personal_terminal = has_personal_terminal(terminals),
                .personal_account = is_personal(members_value(m, "account", JSON_OBJECT)),
                .client = (enum meeting_client)members_choice(m, "client", vocabulary_meeting_client),
                .client_is_latest = members_flag(m, "client_is_latest"),
                .venue = (enum meeting_venue)members_choice(m, "venue", vocabulary_meeting_venue),
                .microphone_muted_when_idle = members_flag(m, "microphone_muted_when_idle"),
                .day = date_in_japan(members_instant(m, "starts_at")),
                .service_name = members_text(m, "folded_service_name"),
                .terminals = terminals,
        };
}

static void read_services(struct members *m, struct meeting_facts *facts) {
        const json_t *rows = members_value(m, "services", JSON_ARRAY), *row;
        size_t i;

        json_array_foreach(rows, i, row) {
                struct members cells = {.object = row, .wrong = !json_is_object(row)};
                size_t service =
                        (size_t)members_choice(&cells, "code", vocabulary_meeting_service_choice) % SERVICE_OTHER;
                facts->services[service] = (struct meeting_service_row){
                        .listed = true,
                        .usable_up_to = (enum confidentiality)members_choice(&cells, "usable_up_to",
                                                                             vocabulary_confidentiality),
                        .ismap = members_flag(&cells, "ismap"),
                        .domestic_servers = members_flag(&cells, "domestic_servers"),
                        .end_to_end_encryption = (enum encryption_offered)members_choice(
                                &cells, "end_to_end_encryption", vocabulary_encryption_offered),
                        .screen_sharing = members_flag(&cells, "screen_sharing"),
                        .chat = members_flag(&cells, "chat"),
                        .recording = members_flag(&cells, "recording"),
                        .file_transfer = members_flag(&cells, "file_transfer"),
                };
                m->wrong |= cells.wrong || service == 0 || !facts->services[service].end_to_end_encryption;
        }
        for (size_t service = 1; service <= MEETING_LISTED_SERVICES; service++)
                m->wrong |= !facts->services[service].listed;
}

static struct meeting_consultation read_consultation(struct members *m) {
        const json_t *object = members_value(m, "consultation", JSON_OBJECT);
        struct members answer = {.object = object};
        struct meeting_consultation consultation = {
                .cited = object != NULL,
                .usable = members_flag(&answer, "usable"),
                .service_name = members_text(&answer, "service_name"),
                .confidentiality =
                        (enum confidentiality)members_choice(&answer, "confidentiality", vocabulary_confidentiality),
                .valid_from = members_day(&answer, "valid_from"),
                .valid_until = members_day(&answer, "valid_until"),
        };

        m->wrong |= answer.wrong || (object && !consultation.service_name);
        return consultation;
}

int meeting_read(const json_t *object, struct meeting_plan *ret_plan, struct meeting_facts *ret_facts) {
        struct members members = {.object = object, .wrong = !json_is_object(object)};
        struct meeting_plan plan = read_plan(&members);
        struct meeting_facts facts = {
                .regulation_version = members_day(&members, "regulation_version"),
                .annex2_version = members_day(&members, "annex2_version"),
                .consultation = read_consultation(&members),
        };

        read_services(&members, &facts);
        if (members.wrong || !plan.role || !plan.confidentiality || !plan.service || !plan.participants ||
            !plan.server_region || !plan.recording || !plan.recording_consent || !plan.client || !plan.venue ||
            !plan.terminals || !members_text(&members, "starts_at") || facts.regulation_version.year == 0 ||
            facts.annex2_version.year == 0)
                return -EINVAL;
        *ret_plan = plan;
        *ret_facts = facts;
        return 0;
}
