/* Answers from a list that the program itself has: all of it, or the one of a name. */
#pragma once

#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>

struct request;

struct constants {
        const char *(*name)(size_t at); /* NULL behind the last */
        void (*append)(size_t at, bool english, struct text *json);
};

int constants_reply_all(struct request *request, const struct constants *constants);
int constants_reply_one(struct request *request, const struct constants *constants, const char *name);
