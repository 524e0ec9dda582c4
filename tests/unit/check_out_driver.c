/* Judges one check-out for each line of standard input, a JSON object as check_out_read takes it, and prints the
   judgement as a line of JSON: what tests/unit/test_check_out_rules.py compares with its own reading of the table. */
#include "core/cleanup.h"
#include "rules/check_out.h"

#include <stdio.h>

static void print_judgement(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        _cleanup_(text_free) struct text json = {0};
        struct judgement judgement;

        if (check_out_judge(plan, facts, &judgement) != 0) {
                puts("{\"verdict\":null}");
                return;
        }
        text_printf(&json, "{\"verdict\":\"%s\",\"regulation_version\":\"%s\",\"needs_reason\":%s,\"cancels\":%s,",
                    verdict_word(judgement.verdict), judgement.regulation_version,
                    check_out_needs_reason(plan, &judgement) ? "true" : "false",
                    check_out_cancels_reservation(&judgement) ? "true" : "false");
        text_append_string(&json, "\"findings\":");
        judgement_append_findings(&judgement, true, &json);
        text_append_char(&json, '}');
        puts(json.data);
}

int main(void) {
        _cleanup_free_ char *line = NULL;
        size_t allocated = 0;

        while (getline(&line, &allocated, stdin) > 0) {
                _cleanup_json_ json_t *object = json_loads(line, 0, NULL);
                struct check_out_plan plan;
                struct check_out_facts facts;
                if (check_out_read(object, &plan, &facts) != 0) {
                        fprintf(stderr, "cannot read: %s", line);
                        return 1;
                }
                print_judgement(&plan, &facts);
        }
        return 0;
}
