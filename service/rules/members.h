/* Reads the members of an object that a statement made with json_build_object, and remembers whether any was of another
   kind than it should be. A member that is absent or null reads as 0, NULL or year 0. Texts are borrowed. */
#pragma once

#include "core/clock.h"
#include "vocabularies.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct members {
        const json_t *object;
        bool wrong;
};

struct word {
        const char *word; /* NULL ends the table */
        int value;
};

const json_t *members_value(struct members *members, const char *name, json_type type);
const char *members_text(struct members *members, const char *name);
int members_word(struct members *members, const char *name, const struct word *words);
/* The place of a word of the contract, from 1 on: a constant of its enum (x-enum). */
int members_choice(struct members *members, const char *name, const struct vocabulary_word *words);
bool members_flag(struct members *members, const char *name);
int members_number(struct members *members, const char *name);
int64_t members_instant(struct members *members, const char *name);
struct date members_day(struct members *members, const char *name);
