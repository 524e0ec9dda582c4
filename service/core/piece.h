/* Pieces of a header's value, and its parameters (RFC 9110 section 5.6.6). They point into the value. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct piece {
        const char *text;
        size_t length;
};

/* Without the blanks at its end. */
struct piece piece_trimmed(const char *text, size_t length);
/* In any case. */
bool piece_is(const struct piece *piece, const char *word);

/* Reads `name=value` after a semicolon, with blanks wherever they may be met; the value may be quoted, and is empty when
   there is none. Returns where the next semicolon or comma, or the end, is. */
const char *piece_read_parameter(const char *text, struct piece *ret_name, struct piece *ret_value);
