#include "rules/check_out.h"
#include "rules/members.h"

#include <errno.h>
#include <string.h>

static const struct word modes[] = {
        {"ordinary", CHECK_OUT_ORDINARY}, {"late", CHECK_OUT_LATE}, {"handover", CHECK_OUT_HANDOVER}, {NULL, 0}};
static const struct word kinds[] = {{"terminal", DEVICE_TERMINAL},
                                    {"mobile_router", DEVICE_MOBILE_ROUTER},
                                    {"camera", DEVICE_OTHER_KIND},
                                    {"speakerphone", DEVICE_OTHER_KIND},
                                    {"display", DEVICE_OTHER_KIND},
                                    {"other", DEVICE_OTHER_KIND},
                                    {NULL, 0}};
static const struct word conditions[] = {{"usable", DEVICE_USABLE},
                                         {"in_repair", DEVICE_IN_REPAIR},
                                         {"lost", DEVICE_LOST},
                                         {"disposed", DEVICE_DISPOSED},
                                         {NULL, 0}};
static const struct word occupations[] = {
        {"no", OCCUPIED_NO}, {"out", OCCUPIED_OUT}, {"overdue", OCCUPIED_OVERDUE}, {NULL, 0}};
static const struct word incidents[] = {{"none", INCIDENT_NONE},
                                        {"malware", INCIDENT_MALWARE},
                                        {"unauthorised_connection", INCIDENT_UNAUTHORISED_CONNECTION},
                                        {NULL, 0}};
static const struct word statuses[] = {{"none", SECURITY_NONE},
                                       {"unknown", SECURITY_UNKNOWN},
                                       {"current", SECURITY_CURRENT},
                                       {"outdated", SECURITY_OUTDATED},
                                       {NULL, 0}};
static const struct word meetings[] = {{"none", MEETING_NONE},       {"draft", MEETING_DRAFT},
                                       {"refused", MEETING_REFUSED}, {"cancelled", MEETING_CANCELLED},
                                       {"planned", MEETING_STANDS},  {"held", MEETING_STANDS},
                                       {"closed", MEETING_STANDS},   {NULL, 0}};

static enum fact fact(struct members *members, const char *name) {
        bool yes = members_flag(members, name);

        if (!json_is_boolean(json_object_get(members->object, name)))
                return FACT_NOT_KNOWN;
        return yes ? FACT_YES : FACT_NO;
}

/* Rules of meetings, which a determination never turns, may stand beside them and are passed over. */
static uint32_t determined(struct members *members) {
        const json_t *rules = members_value(members, "determined", JSON_ARRAY), *rule;
        uint32_t bits = 0;
        size_t i;

        json_array_foreach(rules, i, rule) {
                const char *id = json_string_value(rule) ?: "";
                for (unsigned j = 0; j < CHECK_OUT_RULES; j++)
                        bits |= (uint32_t)(strcmp(id, check_out_rules[j].id) == 0) << j;
        }
        return bits;
}

static void read_versions(struct members *members, struct check_out_facts *facts) {
        const json_t *versions = members_value(members, "regulation_versions", JSON_ARRAY), *version;
        size_t most = sizeof(facts->regulation_versions) / sizeof(facts->regulation_versions[0]), i;

        json_array_foreach(versions, i, version) {
                const char *value = json_string_value(version);
                if (i == most || !value || clock_parse_date(value, &facts->regulation_versions[i]) != 0) {
                        members->wrong = true;
                        return;
                }
                facts->regulation_version_count = i + 1;
        }
}

int check_out_read(const json_t *object, struct check_out_plan *ret_plan, struct check_out_facts *ret_facts) {
        struct members members = {.object = object, .wrong = !json_is_object(object)};
        struct check_out_plan plan = {
                .mode = (enum check_out_mode)members_word(&members, "mode", modes),
                .purpose = (enum purpose)members_choice(&members, "purpose", vocabulary_purpose),
                .user_department_id = members_text(&members, "user_department_id"),
                .out_at = members_instant(&members, "out_at"),
                .due_at = members_instant(&members, "due_at"),
        };
        struct check_out_facts facts = {
                .kind = (enum device_kind)members_word(&members, "kind", kinds),
                .condition = (enum device_condition)members_word(&members, "condition", conditions),
                .occupied = (enum occupied)members_word(&members, "occupied", occupations),
                .incident = (enum incident)members_word(&members, "incident", incidents),
                .placed = fact(&members, "placed"),
                .holding_department_id = members_text(&members, "holding_department_id"),
                .reserved = fact(&members, "reserved"),
                .approval = fact(&members, "approval"),
                .approval_from = members_day(&members, "approval_from"),
                .approval_until = members_day(&members, "approval_until"),
                .data_percent = members_number(&members, "data_percent"),
                .security = (enum security)members_word(&members, "security", statuses),
                .security_confirmed_at = members_instant(&members, "security_confirmed_at"),
                .antivirus_definitions_on = members_day(&members, "antivirus_definitions_on"),
                .security_confirmed_days = members_number(&members, "security_confirmed_days"),
                .antivirus_definition_days = members_number(&members, "antivirus_definition_days"),
                .last_return_unlocked = fact(&members, "last_return_unlocked"),
                .meeting = (enum meeting)members_word(&members, "meeting", meetings),
                .determined = determined(&members),
        };

        read_versions(&members, &facts);
        if (members.wrong || !plan.out_at || !plan.due_at || !members_text(&members, "purpose"))
                return -EINVAL;
        *ret_plan = plan;
        *ret_facts = facts;
        return 0;
}
