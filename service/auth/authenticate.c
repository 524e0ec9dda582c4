#include "auth/authenticate.h"

#include "auth/claims.h"
#include "auth/issuers.h"
#include "auth/token.h"
#include "auth/token_cache.h"
#include "core/characters.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/text.h"
#include "problems.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

struct authenticator {
        struct issuer *issuers;
        size_t count;
        struct token_cache *cache;
        EVP_MD *sha256; /* fetched once: OpenSSL takes a lock to look it up by name */
};

static int open_keys(const struct config *config, struct issuer *issuer) {
        const struct keys_options options = {
                .issuer = issuer->profile.issuer,
                .source = issuer->source,
                .location = issuer->location,
                .ca_file = config->ca_file,
                .rules = {.algorithms = issuer->algorithms,
                          .production = config->environment == ENVIRONMENT_PRODUCTION},
                .refresh_s = config->keys_refresh_s,
                .cooldown_s = config->keys_cooldown_s,
                .stale_s = config->keys_stale_s,
        };
        return keys_open(&options, &issuer->keys);
}

int authenticator_new(const struct config *config, struct authenticator **ret_authenticator) {
        struct authenticator *authenticator = calloc(1, sizeof(*authenticator));

        if (!authenticator)
                return -ENOMEM;
        curl_global_init(CURL_GLOBAL_DEFAULT); /* before there are threads, which begin with the first keys_open */
        authenticator->cache = token_cache_new(config->token_cache);
        authenticator->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
        int r = issuers_read(config->issuers_file, config->environment == ENVIRONMENT_PRODUCTION,
                             &authenticator->issuers, &authenticator->count);
        if (r == 0 && !authenticator->sha256)
                r = -ENOTSUP;
        for (size_t i = 0; r == 0 && i < authenticator->count; i++)
                if ((r = open_keys(config, &authenticator->issuers[i])) != 0)
                        issuers_refuse_keys(config->issuers_file, i, &authenticator->issuers[i]);
        if (r != 0) {
                authenticator_free(authenticator);
                return r;
        }
        *ret_authenticator = authenticator;
        return 0;
}

void authenticator_free(struct authenticator *authenticator) {
        if (!authenticator)
                return;
        for (size_t i = 0; i < authenticator->count; i++)
                keys_close(authenticator->issuers[i].keys);
        issuers_free(authenticator->issuers, authenticator->count);
        token_cache_free(authenticator->cache);
        EVP_MD_free(authenticator->sha256);
        curl_global_cleanup();
        free(authenticator);
}

bool authenticator_ready(struct authenticator *authenticator) {
        for (size_t i = 0; i < authenticator->count; i++)
                if (keys_generation(authenticator->issuers[i].keys) != 0)
                        return true;
        return false;
}

void authenticator_write(struct authenticator *authenticator, struct text *text) {
        text_append_string(text, "# HELP kiki_issuer_keys Whether there are keys to check an issuer's tokens with.\n"
                                 "# TYPE kiki_issuer_keys gauge\n");
        for (size_t i = 0; i < authenticator->count; i++) {
                text_append_string(text, "kiki_issuer_keys{issuer=");
                text_append_json(
                        text, authenticator->issuers[i].profile.issuer); /* has no control characters: a label, too */
                text_printf(text, "} %d\n", keys_generation(authenticator->issuers[i].keys) != 0);
        }
}

/* The token of `Bearer token`, or NULL for another scheme (RFC 6750 section 2.1, RFC 9110 section 11.4). */
static const char *bearer(const char *authorization) {
        size_t scheme = strcspn(authorization, " ");

        if (scheme != strlen("Bearer") || strncasecmp(authorization, "Bearer", scheme) != 0)
                return NULL;
        return authorization + scheme + strspn(authorization + scheme, " ");
}

static int refuse(const char **ret_reason, const char *reason) {
        *ret_reason = reason;
        return PROBLEM_INVALID_TOKEN;
}

static int find_issuer(const struct authenticator *authenticator, const json_t *payload, size_t *ret_index) {
        const char *name = json_string_value(json_object_get(payload, "iss"));

        for (size_t i = 0; name && i < authenticator->count; i++)
                if (strcmp(name, authenticator->issuers[i].profile.issuer) == 0) {
                        *ret_index = i;
                        return 0;
                }
        return -ENOENT;
}

/* The signature, by the key that the issuer has for the token's kid. */
static int check_signature(struct issuer *issuer, const struct token *parsed, const char *token,
                           uint64_t *ret_generation, const char **ret_reason) {
        enum algorithm algorithm = algorithm_parse(parsed->algorithm);
        struct key_set *set;
        const struct key *key;

        if (!(algorithm & issuer->algorithms))
                return refuse(ret_reason, "alg is not one of the issuer's");
        switch (keys_find(issuer->keys, parsed->key_id, algorithm, &set, &key, ret_generation)) {
        case 0:
                break;
        case -ENOENT:
                return refuse(ret_reason, "the issuer has no such key");
        case -EINVAL:
                return refuse(ret_reason, "alg is not the key's");
        default: /* the token may well be good */
                *ret_reason = "the issuer's keys could not be read";
                return PROBLEM_BUSY;
        }
        bool good = key_verify(key, token, parsed->says_access);
        key_set_release(set);
        return good ? 0 : refuse(ret_reason, "the signature is wrong");
}

/* A name in the form in which it was registered, whichever way the issuer writes its characters. NULL for NULL. */
static char *as_registered(struct arena *arena, const char *name) {
        struct text form = {0};

        if (!name)
                return NULL;
        characters_append_form(&form, name, strlen(name));
        return arena_take(arena, &form);
}

/* Checks everything about a token that is not remembered, and remembers it. */
static int check(struct authenticator *authenticator, const char *token, const unsigned char *digest, int64_t now,
                 struct arena *arena, struct token_memory *ret_memory, const char **ret_reason) {
        _cleanup_(token_free) struct token parsed = {0};
        _cleanup_(claims_free) struct claims claims = {0};
        struct token_memory memory = {0};
        int r;

        if (token_parse(token, &parsed, ret_reason) != 0)
                return PROBLEM_INVALID_TOKEN;
        if (find_issuer(authenticator, parsed.payload, &memory.issuer) != 0)
                return refuse(ret_reason, "the issuer is not known");
        struct issuer *issuer = &authenticator->issuers[memory.issuer];
        if ((r = check_signature(issuer, &parsed, token, &memory.generation, ret_reason)) != 0)
                return r;
        if ((r = claims_check(&parsed, &issuer->profile, now, &claims, ret_reason)) != 0)
                return r == -ETIME ? PROBLEM_TOKEN_EXPIRED : PROBLEM_INVALID_TOKEN;
        memory.expires = claims.expires;
        memory.subject = as_registered(arena, claims.subject);
        memory.client = as_registered(arena, claims.client);
        memory.scopes = arena_strdup(arena, claims.scopes);
        token_cache_keep(authenticator->cache, digest, &memory);
        *ret_memory = memory;
        return 0;
}

/* Whether the token was found good before, and still is. */
static bool remember(struct authenticator *authenticator, const unsigned char *digest, int64_t now, struct arena *arena,
                     struct token_memory *ret_memory) {
        return token_cache_find(authenticator->cache, digest, arena, ret_memory) && ret_memory->expires > now &&
               ret_memory->generation == keys_generation(authenticator->issuers[ret_memory->issuer].keys);
}

int authenticate(struct authenticator *authenticator, const char *authorization, struct arena *arena,
                 struct caller *ret_caller, const char **ret_reason) {
        const char *token = authorization ? bearer(authorization) : NULL;
        unsigned char digest[TOKEN_DIGEST_BYTES];
        int64_t now = clock_now() / CLOCK_SECOND;
        struct token_memory memory;
        int r;

        if (!token) {
                *ret_reason = authorization ? "another scheme than Bearer" : "no Authorization header";
                return PROBLEM_AUTHENTICATION_REQUIRED;
        }
        size_t length = strnlen(token, TOKEN_BYTES_MAX + 1);
        if (length > TOKEN_BYTES_MAX) {
                *ret_reason = "longer than 16 KiB";
                return PROBLEM_TOKEN_TOO_LONG;
        }
        if (EVP_Digest(token, length, digest, NULL, authenticator->sha256, NULL) != 1)
                return -EIO;
        if (!remember(authenticator, digest, now, arena, &memory) &&
            (r = check(authenticator, token, digest, now, arena, &memory, ret_reason)) != 0)
                return r;
        const struct profile *profile = &authenticator->issuers[memory.issuer].profile;
        ret_caller->issuer = profile->issuer;
        ret_caller->subject = memory.subject;
        ret_caller->client = memory.client;
        ret_caller->matches = memory.client ? profile->client.matches : profile->person.matches;
        ret_caller->scopes = memory.scopes;
        return 0;
}

bool caller_has_scope(const struct caller *caller, const char *scope) {
        size_t length = strlen(scope);

        for (const char *word = caller->scopes; length > 0 && *word; word += strspn(word, " ")) {
                size_t size = strcspn(word, " ");
                if (size == length && memcmp(word, scope, length) == 0)
                        return true;
                word += size;
        }
        return false;
}

void authenticator_write_issuers(const struct authenticator *authenticator, struct text *text) {
        for (size_t i = 0; i < authenticator->count; i++) {
                text_append_string(text, i > 0 ? "," : "");
                text_append_json(text, authenticator->issuers[i].profile.issuer);
        }
}
