#include "authenticator_fixture.h"

#include "auth/token.h"

static void good_tokens(void **state) {
        _cleanup_free_ char *first = claims(FIRST, ""), *second = claims(SECOND, "");
        _cleanup_free_ char *rsa = sign(a, HEADER, first),
                            *ec = sign(curve, "{\"alg\":\"ES256\",\"kid\":\"c\"}", first),
                            *pem = sign(b, "{\"alg\":\"RS256\"}", second), *kid = sign(b, HEADER, second);

        (void)state;
        assert_accepted(rsa, FIRST);
        assert_accepted(ec, FIRST);
        assert_accepted(pem, SECOND);
        assert_accepted(kid, SECOND);
        assert_true(authenticator_ready(authenticator));
}

/* Which libjwt 1.10 (Debian 12) refuses. */
static void access_token_type(void **state) {
        static const char *const headers[] = {"{\"alg\":\"RS256\",\"kid\":\"a\",\"typ\":\"at+jwt\"}",
                                              "{\"alg\":\"RS256\",\"kid\":\"a\",\"typ\":\"AT+JWT\"}",
                                              "{\"typ\":\"application/at+jwt\",\"alg\":\"RS256\",\"kid\":\"a\"}"};
        static const char curved[] = "{\"alg\":\"ES256\",\"kid\":\"c\",\"typ\":\"at+jwt\"}";
        _cleanup_free_ char *good = claims(FIRST, ""), *pem = pem_of(a, false);

        (void)state;
        for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
                _cleanup_free_ char *token = sign(a, headers[i], good);
                assert_accepted(token, FIRST);
                assert_signed_refused(b, headers[i], good, "the signature is wrong");
                _cleanup_free_ char *hmac = sign_hmac(pem, headers[i], good);
                assert_refused(hmac, "the signature is wrong");
        }
        _cleanup_free_ char *token = sign(curve, curved, good);
        assert_accepted(token, FIRST);
        assert_signed_refused(b, curved, good, "the signature is wrong");
}

/* As Entra ID sends with 200 groups, and as long as can be. */
static void long_tokens(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        _cleanup_(text_free) struct text more = {0};
        struct caller caller;
        const char *reason = "";

        (void)state;
        text_append_string(&more, ",\"groups\":[\"\"");
        for (int i = 0; i < 200; i++)
                text_append_string(&more, ",\"0d4b6b4c-3b2c-4d6e-9a1f-2b7c8d9e0f1a\"");
        text_append_string(&more, "],\"more\":\"");
        for (int i = 0; i < 3500; i++)
                text_append_char(&more, 'x');
        text_append_string(&more, "\"");
        for (;; text_append_char(&more, ' ')) {
                _cleanup_free_ char *payload = claims(FIRST, more.data);
                _cleanup_free_ char *token = sign(a, HEADER, payload);
                if (strlen(token) > TOKEN_BYTES_MAX) {
                        assert_int_equal(ask(token, arena, &caller, &reason), PROBLEM_TOKEN_TOO_LONG);
                        return;
                }
                if (strlen(token) > TOKEN_BYTES_MAX - 2)
                        assert_accepted(token, FIRST);
        }
}

static void the_header_of_the_request(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        _cleanup_free_ char *good = claims(FIRST, "");
        _cleanup_free_ char *token = sign(a, HEADER, good);
        const struct {
                const char *authorization;
                int result;
        } cases[] = {
                {NULL, PROBLEM_AUTHENTICATION_REQUIRED},
                {"", PROBLEM_AUTHENTICATION_REQUIRED},
                {"Basic dXNlcjpwYXNz", PROBLEM_AUTHENTICATION_REQUIRED},
                {"Bearerx", PROBLEM_AUTHENTICATION_REQUIRED},
                {token, PROBLEM_AUTHENTICATION_REQUIRED},
                {"Bearer", PROBLEM_INVALID_TOKEN},
                {"Bearer ", PROBLEM_INVALID_TOKEN},
                {"Bearer a b", PROBLEM_INVALID_TOKEN},
                {arena_printf(arena, "Bearer %s", token), 0},
                {arena_printf(arena, "bearer %s", token), 0},
                {arena_printf(arena, "BEARER   %s", token), 0},
                {arena_printf(arena, "Bearer %s ", token), PROBLEM_INVALID_TOKEN},
                {arena_printf(arena, "Bearer %s, Bearer %s", token, token), PROBLEM_INVALID_TOKEN},
                {arena_printf(arena, "Bearer\t%s", token), PROBLEM_AUTHENTICATION_REQUIRED},
                {arena_printf(arena, "Bearer %s%*s", token, 9000, "x"), PROBLEM_INVALID_TOKEN},
                {arena_printf(arena, "Bearer %s%*s", token, TOKEN_BYTES_MAX, "x"), PROBLEM_TOKEN_TOO_LONG},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct caller caller;
                const char *reason = NULL;
                int r = authenticate(authenticator, cases[i].authorization, arena, &caller, &reason);
                if (r != cases[i].result)
                        fail_msg("%s: %d, not %d", cases[i].authorization, r, cases[i].result);
                assert_true(r == 0 || reason);
        }
}

static void no_signature_no_entry(void **state) {
        _cleanup_free_ char *good = claims(FIRST, ""), *second = claims(SECOND, ""), *pem = pem_of(b, false);
        _cleanup_(text_free) struct text part = {0};

        (void)state;
        text_append_base64url(&part, (const unsigned char *)good, strlen(good));
        for (size_t i = 0; i < 4; i++) { /* alg none, as it is spelt in the wild */
                static const char *const names[] = {"none", "None", "NONE", ""};
                _cleanup_(text_free) struct text token = {0};
                char header[64];
                snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"kid\":\"a\"}", names[i]);
                text_append_base64url(&token, (const unsigned char *)header, strlen(header));
                text_printf(&token, ".%s.", part.data);
                assert_refused(token.data, "not three parts");
                text_append_string(&token, "AAAA");
                assert_refused(token.data, "alg is not one of the issuer's");
        }
        /* HMAC with the public key as its secret. */
        _cleanup_free_ char *hmac = sign_hmac(pem, "{\"alg\":\"HS256\"}", second);
        assert_refused(hmac, "alg is not one of the issuer's");
        _cleanup_free_ char *disguised = sign_hmac(pem, "{\"alg\":\"RS256\"}", second);
        assert_refused(disguised, "the signature is wrong");
        _cleanup_free_ char *empty = sign_hmac("", "{\"alg\":\"HS256\",\"kid\":\"a\"}", good);
        assert_refused(empty, "alg is not one of the issuer's");
}

static void the_wrong_key(void **state) {
        _cleanup_free_ char *good = claims(FIRST, ""), *second = claims(SECOND, ""),
                            *stranger = claims("https://evil.example", "");

        (void)state;
        assert_signed_refused(b, HEADER, good, "the signature is wrong");
        assert_signed_refused(a, "{\"alg\":\"RS256\",\"kid\":\"z\"}", good, "no such key");
        assert_signed_refused(a, "{\"alg\":\"RS256\"}", good, "no such key"); /* which of the two? */
        assert_signed_refused(a, "{\"alg\":\"RS256\",\"kid\":\"c\"}", good, "alg is not the key's");
        assert_signed_refused(curve, "{\"alg\":\"ES256\",\"kid\":\"a\"}", good, "alg is not the key's");
        assert_signed_refused(curve, "{\"alg\":\"ES384\",\"kid\":\"c\"}", good, "alg is not one of the issuer's");
        assert_signed_refused(a, HEADER, second, "the signature is wrong"); /* one issuer's key, another's name */
        assert_signed_refused(a, HEADER, stranger, "the issuer is not known");
}

static void sloppy_tokens(void **state) {
        _cleanup_free_ char *good = claims(FIRST, ""), *twice = claims(FIRST, ",\"sub\":\"100001\"");
        _cleanup_free_ char *token = sign(a, HEADER, good), *padded = NULL, *trailing = NULL, *seven = NULL;
        _cleanup_free_ char *other = strdup(token);

        (void)state;
        assert_signed_refused(a, "{\"alg\":\"RS256\",\"kid\":\"a\",\"alg\":\"none\"}", good, "unique members");
        assert_signed_refused(a, HEADER, twice, "unique members");
        assert_signed_refused(a, HEADER "{}", good, "unique members");
        assert_signed_refused(a, "{\"alg\":\"RS256\",\"kid\":\"a\",\"jku\":\"https://evil.example\"}", good,
                              "never accepted");
        assert_true(asprintf(&padded, "%s==", token) > 0);
        assert_refused(padded, "base64url");
        assert_true(asprintf(&trailing, "%s.", token) > 0);
        assert_refused(trailing, "not three parts");
        assert_true(asprintf(&seven, "%s.%s.a", token, token) > 0);
        assert_refused(seven, "not three parts");
        /* 256 bytes leave four unused bits at the end: the same signature, spelt differently. */
        char *last = other + strlen(other) - 1;
        *last = *last == 'Q' ? 'R' : *last == 'A' ? 'B' : *last == 'g' ? 'h' : 'x';
        assert_refused(other, "base64url");
        assert_accepted(token, FIRST);
}

static void claims_count(void **state) {
        _cleanup_free_ char *audience = strdup("{\"iss\":\"" FIRST
                                               "\",\"aud\":\"other\",\"sub\":\"210002\",\"exp\":4000000000}"),
                            *late = strdup("{\"iss\":\"" FIRST
                                           "\",\"aud\":\"kiki\",\"sub\":\"210002\",\"exp\":1000000000}"),
                            *early = claims(FIRST, ",\"nbf\":4000000000"),
                            *endless = strdup("{\"iss\":\"" FIRST "\",\"aud\":\"kiki\",\"sub\":\"210002\"}");

        (void)state;
        assert_signed_refused(a, HEADER, audience, "audience");
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        _cleanup_free_ char *expired = sign(a, HEADER, late), *forged = sign(b, HEADER, late);
        struct caller caller;
        const char *reason = "";
        assert_int_equal(ask(expired, arena, &caller, &reason), PROBLEM_TOKEN_EXPIRED);
        assert_refused(forged, "the signature is wrong");
        assert_signed_refused(a, HEADER, early, "not valid yet");
        assert_signed_refused(a, HEADER, endless, "exp is missing");
}

static void a_remembered_token_expires(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        _cleanup_free_ char *soon = NULL;
        int64_t expires = clock_now() / CLOCK_SECOND + 2;
        struct caller caller;
        const char *reason = "";

        (void)state;
        assert_true(asprintf(&soon, "{\"iss\":\"" FIRST "\",\"aud\":\"kiki\",\"sub\":\"210002\",\"exp\":%" PRId64 "}",
                             expires) > 0);
        _cleanup_free_ char *token = sign(a, HEADER, soon);
        assert_accepted(token, FIRST);
        while (clock_now() / CLOCK_SECOND < expires)
                nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
        assert_int_equal(ask(token, arena, &caller, &reason), PROBLEM_TOKEN_EXPIRED);
        assert_string_equal(reason, "expired");
}

static void clients_and_scopes(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        _cleanup_free_ char *good = claims(FIRST, ",\"client_id\":\"210002\",\"scope\":\"usage:read devices:read\"");
        _cleanup_free_ char *token = sign(a, HEADER, good);
        struct caller caller;
        const char *reason = "";

        (void)state;
        for (int i = 0; i < 2; i++) {
                assert_int_equal(ask(token, arena, &caller, &reason), 0);
                assert_null(caller.subject);
                assert_string_equal(caller.client, "210002");
                assert_true(caller_has_scope(&caller, "usage:read"));
                assert_true(caller_has_scope(&caller, "devices:read"));
                assert_false(caller_has_scope(&caller, "usage:write"));
                assert_false(caller_has_scope(&caller, "usage:rea"));
                assert_false(caller_has_scope(&caller, "usage:reads"));
                assert_false(caller_has_scope(&caller, "sage:read"));
                assert_false(caller_has_scope(&caller, "usage:read devices:read"));
                assert_false(caller_has_scope(&caller, ""));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                WITH_AUTHENTICATOR(good_tokens),
                WITH_AUTHENTICATOR(access_token_type),
                WITH_AUTHENTICATOR(long_tokens),
                WITH_AUTHENTICATOR(the_header_of_the_request),
                WITH_AUTHENTICATOR(no_signature_no_entry),
                WITH_AUTHENTICATOR(the_wrong_key),
                WITH_AUTHENTICATOR(sloppy_tokens),
                WITH_AUTHENTICATOR(claims_count),
                WITH_AUTHENTICATOR(a_remembered_token_expires),
                WITH_AUTHENTICATOR(clients_and_scopes),
        };

        return cmocka_run_group_tests_name("authenticate", tests, begin, end);
}
