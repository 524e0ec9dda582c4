/* An authenticator of two issuers, tokens that they sign, and what is made of them. */
#pragma once

#include "auth/authenticate.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "problems.h"

#include "folder.h"
#include "sign.h"

#include <inttypes.h>
#include <time.h>

/* Two issuers: `first` with a JWK Set of an RSA key `a` and a curve `c`, `second` with a PEM. */
#define FIRST "https://first.example"
#define SECOND "https://second.example"
/* They send JWT as typ, or none; what tells their access tokens is in every one here. */
#define ANY_TYPE "\"access_token\":{\"claim\":\"iss\"}"
#define HEADER "{\"alg\":\"RS256\",\"kid\":\"a\",\"typ\":\"JWT\"}"

static EVP_PKEY *a, *b, *curve;
static char issuers_file[64];
static struct authenticator *authenticator;

static inline void write_jwks(const char *more) {
        _cleanup_free_ char *first = jwk_of(a, "\"kid\":\"a\""), *third = jwk_of(curve, "\"kid\":\"c\""), *set = NULL;

        assert_true(asprintf(&set, "{\"keys\":[%s,%s%s]}", first, third, more) > 0);
        folder_write("jwks.json", set);
}

static inline struct config configuration(void) {
        return (struct config){
                .environment = ENVIRONMENT_TEST,
                .issuers_file = issuers_file,
                .keys_refresh_s = 3600,
                .keys_cooldown_s = 1,
                .keys_stale_s = 3600,
                .token_cache = 64,
        };
}

static inline int begin(void **state) {
        (void)state;
        log_set_level(LOG_LEVEL_ERROR);
        a = EVP_RSA_gen(2048);
        b = EVP_RSA_gen(2048);
        curve = EVP_EC_gen("P-256");
        if (folder_make() != 0)
                return -1;
        _cleanup_free_ char *pem = pem_of(b, false);
        snprintf(issuers_file, sizeof(issuers_file), "%s/issuers.json", folder);
        folder_write("second.pem", pem);
        folder_write("issuers.json",
                     "[{\"issuer\":\"" FIRST "\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\"," ANY_TYPE "},"
                     "{\"issuer\":\"" SECOND "\",\"audience\":\"kiki\",\"pem\":\"second.pem\"," ANY_TYPE "}]");
        return 0;
}

static inline int end(void **state) {
        (void)state;
        folder_remove();
        EVP_PKEY_free(a);
        EVP_PKEY_free(b);
        EVP_PKEY_free(curve);
        return 0;
}

static inline int open_authenticator(void **state) {
        struct config config = configuration();

        (void)state;
        write_jwks("");
        return authenticator_new(&config, &authenticator);
}

static inline int close_authenticator(void **state) {
        (void)state;
        authenticator_free(authenticator);
        return 0;
}

/* The claims of a good token of `issuer`, and more, which begins with a comma. Caller frees. */
static inline char *claims(const char *issuer, const char *more) {
        char *text = NULL;
        int64_t now = clock_now() / CLOCK_SECOND;

        assert_true(asprintf(&text, "{\"iss\":\"%s\",\"aud\":\"kiki\",\"sub\":\"210002\",\"exp\":%" PRId64 "%s}",
                             issuer, now + 300, more) > 0);
        return text;
}

/* Asks with `Bearer token`. */
static inline int ask(const char *token, struct arena *arena, struct caller *ret_caller, const char **ret_reason) {
        return authenticate(authenticator, arena_printf(arena, "Bearer %s", token), arena, ret_caller, ret_reason);
}

static inline void assert_accepted(const char *token, const char *issuer) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        struct caller caller;
        const char *reason = "";

        for (int i = 0; i < 2; i++) { /* the second time from memory */
                if (ask(token, arena, &caller, &reason) != 0)
                        fail_msg("refused because %s", reason);
                assert_string_equal(caller.issuer, issuer);
                assert_string_equal(caller.subject, "210002");
                assert_null(caller.client);
        }
}

static inline void assert_refused(const char *token, const char *reason) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        struct caller caller = {.issuer = "untouched"};
        const char *heard = "";

        for (int i = 0; i < 2; i++) {
                assert_int_equal(ask(token, arena, &caller, &heard), PROBLEM_INVALID_TOKEN);
                if (!strstr(heard, reason))
                        fail_msg("%s: refused because \"%s\", not \"%s\"", token, heard, reason);
                assert_string_equal(caller.issuer, "untouched");
        }
}

static inline void assert_signed_refused(EVP_PKEY *pkey, const char *header, const char *payload, const char *reason) {
        _cleanup_free_ char *token = sign(pkey, header, payload);

        assert_refused(token, reason);
}

#define WITH_AUTHENTICATOR(test) cmocka_unit_test_setup_teardown(test, open_authenticator, close_authenticator)
