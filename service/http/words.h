/* The sentences behind the machine words that PostgreSQL refuses with (api.refuse, import checks, constraints). */
#pragma once

#include <stdbool.h>

/* What is wrong and what to do. A word that is not in the table is answered with itself. */
const char *words_sentence(const char *code, bool english);
