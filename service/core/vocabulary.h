/* The enumerations of the contract that people see; vocabularies.h, made from it, names them. */
#pragma once

struct vocabulary_word {
        const char *word; /* NULL ends a vocabulary */
        const char *ja, *en;
        const char *also; /* what imports take besides, or NULL */
};

struct vocabulary {
        const char *name; /* of its schema; NULL ends the table */
        const char *json; /* its name and its words in both languages */
};

extern const struct vocabulary vocabularies[]; /* by name */
