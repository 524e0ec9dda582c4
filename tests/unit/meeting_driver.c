/* Judges one meeting for each line of standard input, a JSON object as meeting_read takes it, and prints the judgement as
   a line of JSON: what tests/unit/test_meeting_rules.py compares with its own reading of the table. */
#include "core/cleanup.h"
#include "rules/meeting.h"

#include <stdio.h>

static void print_judgement(const struct meeting_plan *plan, const struct meeting_facts *facts) {
        _cleanup_(text_free) struct text json = {0};
        struct judgement judgement;

        meeting_judge(plan, facts, &judgement);
        text_append_char(&json, '{');
        judgement_append_verdict(&judgement, &json);
        text_append_string(&json, ",\"findings\":");
        judgement_append_findings(&judgement, true, &json);
        if (meeting_seeks_alternatives(plan, &judgement)) {
                text_append_string(&json, ",\"alternatives\":");
                meeting_append_alternatives(plan, facts, &json);
        }
        text_append_char(&json, '}');
        puts(json.data);
}

int main(void) {
        _cleanup_free_ char *line = NULL;
        size_t allocated = 0;

        while (getline(&line, &allocated, stdin) > 0) {
                _cleanup_json_ json_t *object = json_loads(line, 0, NULL);
                struct meeting_plan plan;
                struct meeting_facts facts;
                if (meeting_read(object, &plan, &facts) != 0) {
                        fprintf(stderr, "cannot read: %s", line);
                        return 1;
                }
                print_judgement(&plan, &facts);
        }
        return 0;
}
