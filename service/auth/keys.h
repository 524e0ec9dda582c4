/* The keys of one issuer, kept fresh. Thread-safe.
   A thread of its own reads them at the start, every so often, and once when a token names an unknown key, after which
   unknown keys are refused for a cool-down. While reading fails the known keys stay, for a bounded time. A token with a
   known key never waits for a fetch. */
#pragma once

#include "auth/key_set.h"

#include <stdbool.h>
#include <stdint.h>

struct keys;

enum keys_source { KEYS_JWKS_URL, KEYS_DISCOVERED, KEYS_JWKS_FILE, KEYS_PEM_FILE };

/* All is borrowed and lives until keys_close. */
struct keys_options {
        const char *issuer; /* for the log */
        enum keys_source source;
        const char *location; /* https URL, that of the issuer (auth/discovery.h), or path */
        const char *ca_file;  /* or NULL: the system's */
        struct key_rules rules;
        unsigned refresh_s, cooldown_s, stale_s;
};

/* Reads the keys for the first time. A file that cannot be used is an error; a server that cannot be reached is not, as
   it may come back. 0 or -errno, logged. */
int keys_open(const struct keys_options *options, struct keys **ret_keys);
void keys_close(struct keys *keys);

/* The key for a token's kid (or NULL) and algorithm; waits for a refresh when the kid is unknown, unless others enough
   wait already. Caller releases the set, which keeps the key. 0, -ENOENT when there is no such key, -EINVAL when the key
   is for another algorithm, -EAGAIN when it is not known: the issuer's keys could not be read for too long, or are being
   read. `ret_generation` changes when the keys do, and is never 0. */
int keys_find(struct keys *keys, const char *id, enum algorithm algorithm, struct key_set **ret_set,
              const struct key **ret_key, uint64_t *ret_generation);
/* Of the keys in use; 0 when there are none. */
uint64_t keys_generation(struct keys *keys);
