/* Percent-encoding (RFC 3986), strictly: ulfius drops what it cannot decode, which would hide it. */
#pragma once

#include "core/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* The decoded text, or NULL when an escape is malformed, or the result holds U+0000 or is not UTF-8. In a query
   (application/x-www-form-urlencoded) a plus sign is a space. */
const char *uri_decode(struct arena *arena, const char *text, size_t length, bool query);
