#include "rules/check_out.h"
#include "rules/meeting.h"

/* In the order in which rules are shown to people. */
const struct rule_set *const rule_sets[] = {&check_out_rule_set, &meeting_rule_set, NULL};
