/* The formats that are asserted. Pure. */
#pragma once

#include "contract/schema_table.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether the text, which may hold anything, is of that format:
   uuid       RFC 9562, any version, either case
   date       YYYY-MM-DD of RFC 3339, a day that exists
   date-time  RFC 3339 with an offset of at most 14 hours; a leap second only where one can be
   month      YYYY-MM */
bool schema_format_matches(enum schema_format format, const char *text, size_t length);
