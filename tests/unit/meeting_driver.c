/* Judges one meeting for each line of standard input, a JSON object with the columns of its plan and facts and the rows of
   `services`, and prints the judgement as a line of JSON: what tests/unit/test_meeting_rules.py compares with its own
   reading of the table. */
#include "core/cleanup.h"
#include "row_json.h"
#include "rules/meeting.h"

static void print_judgement(const struct meeting_plan *plan, const struct meeting_facts *facts) {
        _cleanup_(text_free) struct text json = {0};
        struct judgement judgement;

        meeting_judge(plan, facts, &judgement);
        text_append_char(&json, '{');
        judgement_append(&judgement, true, &json);
        if (meeting_seeks_alternatives(plan, &judgement)) {
                text_append_string(&json, ",\"alternatives\":");
                meeting_append_alternatives(plan, facts, &json);
        }
        text_append_char(&json, '}');
        puts(json.data);
}

static void read_services(const json_t *object, struct arena *arena, struct meeting_facts *facts) {
        const json_t *services = json_object_get(object, "services"), *service;
        struct meeting_service *rows = arena_alloc(arena, (json_array_size(services) + 1) * sizeof(*rows));
        size_t i;

        json_array_foreach(services, i, service) {
                rows[i] = (struct meeting_service){0};
                row_from_json(&row_meeting_service, service, arena, &rows[i]);
        }
        facts->services = rows;
        facts->services_count = i;
}

int main(void) {
        _cleanup_free_ char *line = NULL;
        size_t allocated = 0;

        while (getline(&line, &allocated, stdin) > 0) {
                _cleanup_(cleanup_arena) struct arena *arena = arena_new();
                _cleanup_json_ json_t *object = json_loads(line, 0, NULL);
                struct meeting_plan plan = {0};
                struct meeting_facts facts = {0};
                row_from_json(&row_meeting_plan, object, arena, &plan);
                row_from_json(&row_meeting_versions, object, arena, &facts.versions);
                row_from_json(&row_meeting_consultation, object, arena, &facts.consultation);
                read_services(object, arena, &facts);
                print_judgement(&plan, &facts);
        }
        return 0;
}
