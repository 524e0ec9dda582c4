/* Opaque cursors: key id, id and sort key of the last row seen, and an HMAC over these and what the cursor is bound to
   (operation, path, sort and filters), in base64url. They do not expire but with their key.
   ?cursor takes 2,000 characters: a sort key has at most 1,400 bytes. */
#pragma once

#include "core/arena.h"

struct secrets;

/* In the arena, never NULL. A key of NULL comes back as NULL. */
const char *cursor_seal(const struct secrets *secrets, struct arena *arena, const char *binding, const char *key,
                        const char *tie);
/* Returns 0, PROBLEM_CURSOR_EXPIRED when its key is not in use any more, or PROBLEM_INVALID_PARAMETER when it was made
   for another list or not by this service. */
int cursor_open(const struct secrets *secrets, struct arena *arena, const char *binding, const char *cursor,
                const char **ret_key, const char **ret_tie);
