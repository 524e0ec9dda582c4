/* Tokens that were found good, by their SHA-256, so that a signature is checked once and not at every request.
   Bounded, thread-safe. What is kept counts until it expires or the issuer's keys change; both are for the caller to
   compare. */
#pragma once

#include "core/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct token_cache;

enum { TOKEN_DIGEST_BYTES = 32 };

struct token_memory {
        size_t issuer;       /* index into the issuers */
        uint64_t generation; /* of its keys when the signature was checked */
        int64_t expires;     /* seconds since 1970 */
        const char *subject; /* or NULL */
        const char *client;  /* or NULL */
        const char *scopes;
};

/* Room for at least `size` tokens; none for 0. Caller frees. */
struct token_cache *token_cache_new(size_t size);
void token_cache_free(struct token_cache *cache);

/* Texts are copied into the arena. */
bool token_cache_find(struct token_cache *cache, const unsigned char digest[static TOKEN_DIGEST_BYTES],
                      struct arena *arena, struct token_memory *ret_memory);
/* Texts are copied. May forget another token, the one of its neighbours that was longest not asked for. */
void token_cache_keep(struct token_cache *cache, const unsigned char digest[static TOKEN_DIGEST_BYTES],
                      const struct token_memory *memory);
