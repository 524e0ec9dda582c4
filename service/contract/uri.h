/* Percent-encoding (RFC 3986), strictly: ulfius drops what it cannot decode, which would hide it. */
#pragma once

#include "core/arena.h"
#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>

/* The decoded text, or NULL when an escape is malformed, or the result holds U+0000 or is not UTF-8. In a query
   (application/x-www-form-urlencoded) a plus sign is a space. */
const char *uri_decode(struct arena *arena, const char *text, size_t length, bool query);

/* Appends a path or query as a URI has it (RFC 3986 appendix A): clients send raw what must be encoded. Its escapes stay;
   they must be well formed, as those of what uri_decode has read. */
void uri_append(struct text *uri, const char *raw, size_t length);
