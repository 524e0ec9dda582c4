/* The sentences behind the machine words that PostgreSQL refuses with (api.refuse, import checks, constraints). */
#pragma once

#include <stdbool.h>

/* From the files of openapi/, each where it belongs. */
struct word {
        const char *code, *ja, *en;
};

extern const struct word words[]; /* ended by code NULL */

/* What is wrong and what to do. A word that nothing explains is a fault of ours: logged, and answered with itself. */
const char *words_sentence(const char *code, bool english);
