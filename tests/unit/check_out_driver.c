/* Judges one check-out for each line of standard input, a JSON object with the columns of its plan and facts, and prints
   the judgement as a line of JSON: what tests/unit/test_check_out_rules.py compares with its own reading of the table. */
#include "core/cleanup.h"
#include "row_json.h"
#include "rules/check_out.h"

static void print_judgement(const struct check_out_plan *plan, const struct check_out_facts *facts) {
        _cleanup_(text_free) struct text json = {0};
        struct judgement judgement;

        if (check_out_judge(plan, facts, &judgement) != 0) {
                puts("{\"verdict\":null}");
                return;
        }
        text_printf(&json, "{\"needs_reason\":%s,", judgement.needs_reason ? "true" : "false");
        judgement_append(&judgement, true, &json);
        text_append_char(&json, '}');
        puts(json.data);
}

int main(void) {
        _cleanup_free_ char *line = NULL;
        size_t allocated = 0;

        while (getline(&line, &allocated, stdin) > 0) {
                _cleanup_(cleanup_arena) struct arena *arena = arena_new();
                _cleanup_json_ json_t *object = json_loads(line, 0, NULL);
                struct check_out_plan plan = {0};
                struct check_out_facts facts = {0};
                row_from_json(&row_check_out_plan, object, arena, &plan);
                row_from_json(&row_check_out_facts, object, arena, &facts);
                print_judgement(&plan, &facts);
        }
        return 0;
}
