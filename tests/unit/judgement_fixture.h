/* What tests look for in a judgement. */
#pragma once

#include "rules/rule.h"

/* The finding of a rule, or NULL. */
static inline const struct finding *judgement_find(const struct judgement *judgement, const struct rule *rule) {
        for (size_t i = 0; i < judgement->count; i++)
                if (judgement->findings[i].rule == rule)
                        return &judgement->findings[i];
        return NULL;
}
