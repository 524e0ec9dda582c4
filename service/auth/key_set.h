/* The keys of one issuer at one moment. Never changed once made, shared by counting. */
#pragma once

#include "auth/key.h"

#include <stddef.h>

enum { KEY_SET_KEYS_MAX = 100 };

struct key_set;

/* Key ids that begin so belong to keys made by `kiki token --new-keys`. */
#define KEY_ID_DEVELOPMENT "kiki-development-"

struct key_rules {
        unsigned algorithms; /* mask of enum algorithm */
        bool production;     /* refuses development keys */
};

/* From a JWK Set (RFC 7517 section 5), passing over keys that are of no use; or of the one key of a PEM file, which
   answers to every key id. 0, or -EINVAL and why there is no usable key. Caller releases. */
int key_set_from_jwks(const char *json, size_t length, const struct key_rules *rules, struct key_set **ret_set,
                      const char **ret_reason);
int key_set_from_pem(const char *pem, const struct key_rules *rules, struct key_set **ret_set, const char **ret_reason);

struct key_set *key_set_hold(struct key_set *set);
void key_set_release(struct key_set *set);
size_t key_set_count(const struct key_set *set);

/* The key for a token's kid (or NULL, which fits when there is one key only). NULL when there is none; `ret_known` then
   says whether the id is known with another algorithm. The key lives as long as the set is held. */
const struct key *key_set_find(const struct key_set *set, const char *id, enum algorithm algorithm, bool *ret_known);
