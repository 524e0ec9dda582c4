/* Two keys, the key set that tells of them, and a source of keys that is opened on it. */
#pragma once

#include "auth/keys.h"
#include "core/log.h"

#include "folder.h"
#include "sign.h"

#include <errno.h>
#include <time.h>

static EVP_PKEY *first, *second;

static inline int keys_begin(void) {
        log_set_level(LOG_LEVEL_ERROR);
        first = EVP_RSA_gen(2048);
        second = EVP_RSA_gen(2048);
        return folder_make();
}

static inline void keys_end(void) {
        folder_remove();
        EVP_PKEY_free(first);
        EVP_PKEY_free(second);
}

/* A JWK Set of the first key as `a` and, when `both`, the second as `b`. */
static inline void publish(bool both) {
        _cleanup_free_ char *a = jwk_of(first, "\"kid\":\"a\""), *b = jwk_of(second, "\"kid\":\"b\""), *set = NULL;

        assert_true(asprintf(&set, "{\"keys\":[%s%s%s]}", a, both ? "," : "", both ? b : "") > 0);
        folder_write("jwks.json", set);
}

static inline void sleep_ms(long ms) {
        nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static inline struct keys_options options(enum keys_source source, const char *location) {
        return (struct keys_options){
                .issuer = "https://issuer.example",
                .source = source,
                .location = location,
                .rules = {.algorithms = ALGORITHM_RS256},
                .refresh_s = 3600,
                .cooldown_s = 1,
                .stale_s = 3600,
        };
}

static inline void cleanup_keys(struct keys **keys) {
        keys_close(*keys);
}

#define _cleanup_keys_ _cleanup_(cleanup_keys)

static inline struct keys *opened(const struct keys_options *wanted) {
        struct keys *keys = NULL;

        assert_int_equal(keys_open(wanted, &keys), 0);
        return keys;
}

static inline int find(struct keys *keys, const char *id) {
        struct key_set *set = NULL;
        const struct key *key;
        uint64_t generation = 0;
        int r = keys_find(keys, id, ALGORITHM_RS256, &set, &key, &generation);

        if (r == 0) {
                assert_string_equal(key->id, id);
                assert_int_not_equal(generation, 0);
        }
        key_set_release(set);
        return r;
}
