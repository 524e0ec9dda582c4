#include "rules/meeting.h"

#include "bounds.h"

#include <string.h>

/* A setting of the plan, as the API names it, and what a search may make of it. */
struct setting {
        const char *name; /* NULL ends the group */
        size_t offset;    /* in struct meeting_plan, of a bool or of an enumeration */
        bool is_flag;
        struct {
                int value;
                const char *json; /* NULL ends the choices; of terminals "" */
        } choices[3];
};

#define AT(member) offsetof(struct meeting_plan, member)
/* clang-format off */
#define ON(member) {#member, AT(member), true, {{true, "true"}}}
#define OFF(member) {#member, AT(member), true, {{false, "false"}}}
/* clang-format on */

enum { GROUPS = 10, GROUP_SIZE = 5 };

/* Settings that no rule reads together lie in different groups, so that each group is searched by itself. Of two changes
   that help as much, the later one is taken: rather no recording than no encryption. What is done on the day only is not
   among them, nor whether the class was confirmed: these are true or not, and nobody chooses them. */
static const struct setting groups[GROUPS][GROUP_SIZE] = {
        {{"server_region", AT(server_region), false, {{REGION_JAPAN, "\"japan\""}}}},
        {{"end_to_end_encryption", AT(end_to_end_encryption), true, {{true, "true"}, {false, "false"}}},
         ON(teams_premium),
         OFF(transcription),
         {"recording", AT(recording), false, {{RECORDING_CLOUD, "\"cloud\""}, {RECORDING_NONE, "\"none\""}}}},
        {OFF(screen_sharing)},
        {OFF(chat)},
        {OFF(file_transfer)},
        {ON(waiting_room), ON(can_remove_participants)},
        {{"terminals", AT(personal_terminal), true, {{false, ""}}}},
        {{"account", AT(personal_account), true, {{false, "{\"kind\":\"city\"}"}}}},
        {{"client", AT(client), false, {{CLIENT_NATIVE_APP, "\"native_app\""}}}},
        {{"venue", AT(venue), false, {{VENUE_MEETING_ROOM, "\"meeting_room\""}}}},
};

struct search {
        const struct meeting_facts *facts;
        const struct meeting_service *service;
        struct meeting_plan best;
        size_t findings; /* of the best, those that stand in its way */
        size_t changes;  /* from where the group began */
};

static int value_of(const struct meeting_plan *plan, const struct setting *setting) {
        const char *at = (const char *)plan + setting->offset;
        int value;

        if (setting->is_flag)
                return *(const bool *)at;
        memcpy(&value, at, sizeof(value));
        return value;
}

static struct meeting_plan with(const struct meeting_plan *plan, const struct setting *setting, int value) {
        struct meeting_plan changed = *plan;
        char *at = (char *)&changed + setting->offset;

        if (setting->is_flag)
                *(bool *)at = value;
        else
                memcpy(at, &value, sizeof(value));
        return changed;
}

/* What is not recorded stays so, and servers are in Japan only where the service has some. */
static bool may_become(const struct search *search, const struct meeting_plan *plan, const struct setting *setting,
                       int value) {
        if (value_of(plan, setting) == value)
                return false;
        if (setting->offset == AT(recording))
                return plan->recording != RECORDING_NONE;
        return setting->offset != AT(server_region) || search->service->domestic_servers;
}

static size_t count_in_the_way(const struct meeting_plan *plan, const struct meeting_facts *facts) {
        struct judgement judgement;
        size_t count = 0;

        meeting_judge(plan, facts, &judgement);
        for (size_t i = 0; i < judgement.count; i++)
                count += judgement.findings[i].level != RULE_ADVICE;
        return count;
}

/* Every combination of the settings of a group from this one on, fewer changes first where they help as much. */
static void try_settings(struct search *search, const struct setting *setting, const struct meeting_plan *plan,
                         size_t changes) {
        if (!setting->name) {
                size_t findings = count_in_the_way(plan, search->facts);
                if (findings < search->findings || (findings == search->findings && changes < search->changes)) {
                        search->best = *plan;
                        search->findings = findings;
                        search->changes = changes;
                }
                return;
        }
        try_settings(search, setting + 1, plan, changes);
        for (size_t i = 0; setting->choices[i].json; i++)
                if (may_become(search, plan, setting, setting->choices[i].value)) {
                        struct meeting_plan changed = with(plan, setting, setting->choices[i].value);
                        try_settings(search, setting + 1, &changed, changes + 1);
                }
}

/* The same meeting with that service, as near to permitted as it gets. */
static struct search settle(const struct meeting_plan *plan, const struct meeting_facts *facts,
                            const struct meeting_service *service) {
        struct search search = {.facts = facts, .service = service, .best = *plan};

        search.best.service = service->code;
        search.findings = count_in_the_way(&search.best, facts);
        for (size_t i = 0; i < GROUPS && search.findings > 0; i++) {
                struct meeting_plan from = search.best;
                search.changes = 0;
                try_settings(&search, groups[i], &from, 0);
        }
        return search;
}

static size_t count_changes(const struct meeting_plan *from, const struct meeting_plan *to) {
        size_t count = strcmp(from->service, to->service) != 0;

        for (size_t i = 0; i < GROUPS; i++)
                for (const struct setting *setting = groups[i]; setting->name; setting++)
                        count += value_of(from, setting) != value_of(to, setting);
        return count;
}

/* Terminals of one's own become provided ones, the others stay. */
static void append_terminals(const struct meeting_plan *plan, struct text *json) {
        text_append_char(json, '[');
        for (size_t i = 0; i < plan->terminal_kinds_count; i++) {
                enum meeting_terminal_kind kind = plan->terminal_kinds[i];
                bool personal = kind == TERMINAL_PERSONAL;
                text_printf(json, "%s{\"kind\":\"%s\"", i ? "," : "",
                            vocabulary_meeting_terminal_kind[(personal ? TERMINAL_OTHER_PROVIDED : kind) - 1].word);
                if (i < plan->terminal_devices_count && plan->terminal_devices[i] && !personal)
                        text_printf(json, ",\"device_id\":\"%s\"", plan->terminal_devices[i]);
                text_append_char(json, '}');
        }
        text_append_char(json, ']');
}

static void append_change(const struct meeting_plan *to, const struct setting *setting, struct text *json) {
        size_t i = 0;

        while (setting->choices[i].value != value_of(to, setting))
                i++;
        text_printf(json, "\"%s\":", setting->name);
        if (setting->offset == AT(personal_terminal))
                append_terminals(to, json);
        else
                text_append_string(json, setting->choices[i].json);
}

static void append_alternative(const struct meeting_plan *from, const struct meeting_plan *to, struct text *json) {
        const char *separator = "";

        text_append_string(json, "{\"service\":");
        text_append_json(json, to->service);
        text_append_string(json, ",\"changes\":{");
        for (size_t i = 0; i < GROUPS; i++)
                for (const struct setting *setting = groups[i]; setting->name; setting++) {
                        if (value_of(from, setting) == value_of(to, setting))
                                continue;
                        text_append_string(json, separator);
                        append_change(to, setting, json);
                        separator = ",";
                }
        text_append_string(json, "}}");
}

bool meeting_seeks_alternatives(const struct meeting_plan *plan, const struct judgement *judgement) {
        return plan->role == MEETING_HOSTING && judgement->verdict == VERDICT_REFUSED;
}

void meeting_append_alternatives(const struct meeting_plan *plan, const struct meeting_facts *facts,
                                 struct text *json) {
        struct search found[BOUND_MEETING_SERVICES];
        size_t count = facts->services_count < BOUND_MEETING_SERVICES ? facts->services_count : BOUND_MEETING_SERVICES;
        size_t most = 0;
        const char *separator = "";

        for (size_t i = 0; i < count; i++) {
                found[i] = settle(plan, facts, &facts->services[i]);
                found[i].changes = count_changes(plan, &found[i].best);
                most = found[i].changes > most ? found[i].changes : most;
        }
        text_append_char(json, '[');
        for (size_t changes = 0; changes <= most; changes++)
                for (size_t i = 0; i < count; i++) {
                        if (found[i].findings > 0 || found[i].changes != changes)
                                continue;
                        text_append_string(json, separator);
                        append_alternative(plan, &found[i].best, json);
                        separator = ",";
                }
        text_append_char(json, ']');
}
