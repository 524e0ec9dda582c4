#include "auth/authenticate.h"
#include "auth/issuers.h"
#include "auth/token.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "problems.h"

#include "folder.h"
#include "sign.h"

#include <errno.h>
#include <inttypes.h>
#include <jwt.h>
#include <pthread.h>
#include <time.h>

/* Two issuers: `first` with a JWK Set of an RSA key `a` and a curve `c`, `second` with a PEM. */
#define FIRST "https://first.example"
#define SECOND "https://second.example"
#define HEADER "{\"alg\":\"RS256\",\"kid\":\"a\",\"typ\":\"JWT\"}"

static EVP_PKEY *a, *b, *curve;
static char issuers_file[64];
static struct authenticator *authenticator;

static void write_jwks(const char *more) {
        _cleanup_free_ char *first = jwk_of(a, "\"kid\":\"a\""), *third = jwk_of(curve, "\"kid\":\"c\""), *set = NULL;

        assert_true(asprintf(&set, "{\"keys\":[%s,%s%s]}", first, third, more) > 0);
        folder_write("jwks.json", set);
}

static struct config configuration(void) {
        return (struct config){
                .environment = ENVIRONMENT_TEST,
                .issuers_file = issuers_file,
                .keys_refresh_s = 3600,
                .keys_cooldown_s = 1,
                .keys_stale_s = 3600,
                .token_cache = 64,
        };
}

static int begin(void **state) {
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
        folder_write("issuers.json", "[{\"issuer\":\"" FIRST "\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\"},"
                                     "{\"issuer\":\"" SECOND "\",\"audience\":\"kiki\",\"pem\":\"second.pem\"}]");
        return 0;
}

static int end(void **state) {
        (void)state;
        folder_remove();
        EVP_PKEY_free(a);
        EVP_PKEY_free(b);
        EVP_PKEY_free(curve);
        return 0;
}

static int open_authenticator(void **state) {
        struct config config = configuration();

        (void)state;
        write_jwks("");
        return authenticator_new(&config, &authenticator);
}

static int close_authenticator(void **state) {
        (void)state;
        authenticator_free(authenticator);
        return 0;
}

/* The claims of a good token of `issuer`, and more, which begins with a comma. Caller frees. */
static char *claims(const char *issuer, const char *more) {
        char *text = NULL;
        int64_t now = clock_now() / CLOCK_SECOND;

        assert_true(asprintf(&text, "{\"iss\":\"%s\",\"aud\":\"kiki\",\"sub\":\"210002\",\"exp\":%" PRId64 "%s}",
                             issuer, now + 300, more) > 0);
        return text;
}

/* Asks with `Bearer token`. */
static int ask(const char *token, struct arena *arena, struct caller *ret_caller, const char **ret_reason) {
        return authenticate(authenticator, arena_printf(arena, "Bearer %s", token), arena, ret_caller, ret_reason);
}

static void assert_accepted(const char *token, const char *issuer) {
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

static void assert_refused(const char *token, const char *reason) {
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

static void assert_signed_refused(EVP_PKEY *pkey, const char *header, const char *payload, const char *reason) {
        _cleanup_free_ char *token = sign(pkey, header, payload);

        assert_refused(token, reason);
}

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

/* libjwt 1.10 (Debian 12) refuses the type itself; the one of Debian 13, which also knows PS256, takes it. */
static void access_token_type(void **state) {
        static const char header[] = "{\"alg\":\"RS256\",\"kid\":\"a\",\"typ\":\"at+jwt\"}";
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        _cleanup_free_ char *good = claims(FIRST, "");
        _cleanup_free_ char *token = sign(a, header, good);
        struct caller caller;
        const char *reason = "";

        (void)state;
        bool newer = jwt_str_alg("PS256") != JWT_ALG_INVAL;
        assert_int_equal(ask(token, arena, &caller, &reason), newer ? 0 : PROBLEM_INVALID_TOKEN);
        assert_signed_refused(b, header, good, "the signature is wrong");
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
        assert_signed_refused(a, HEADER, late, "expired");
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
        assert_int_equal(ask(token, arena, &caller, &reason), PROBLEM_INVALID_TOKEN);
        assert_string_equal(reason, "expired");
}

static void a_remembered_token_goes_with_its_key(void **state) {
        _cleanup_free_ char *good = claims(FIRST, ""), *d = jwk_of(b, "\"kid\":\"d\""), *set = NULL, *more = NULL;
        _cleanup_free_ char *old = sign(a, HEADER, good), *new = sign(b, "{\"alg\":\"RS256\",\"kid\":\"d\"}", good);

        (void)state;
        assert_accepted(old, FIRST);
        assert_true(asprintf(&more, ",%s", d) > 0);
        write_jwks(more);
        assert_accepted(new, FIRST);
        assert_accepted(old, FIRST);
        nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 100000000}, NULL);
        assert_true(asprintf(&set, "{\"keys\":[%s]}", d) > 0);
        folder_write("jwks.json", set);
        assert_signed_refused(a, "{\"alg\":\"RS256\",\"kid\":\"z\"}", good,
                              "no such key"); /* and so the file is read */
        assert_refused(old, "no such key");
        assert_accepted(new, FIRST);
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

/* 200 tokens in a memory of 64, by threads, while the keys change. */
static void *ask_often(void *tokens) {
        for (int i = 0; i < 400; i++)
                assert_accepted(((char **)tokens)[i * 7 % 200], FIRST);
        return NULL;
}

static void many_threads(void **state) {
        pthread_t threads[4];
        char *tokens[200];

        (void)state;
        for (int i = 0; i < 200; i++) {
                char more[32];
                snprintf(more, sizeof(more), ",\"jti\":\"%d\"", i);
                _cleanup_free_ char *good = claims(FIRST, more);
                tokens[i] = sign(a, HEADER, good);
        }
        for (size_t i = 0; i < 4; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, ask_often, tokens), 0);
        write_jwks(",{}");
        _cleanup_free_ char *good = claims(FIRST, "");
        assert_signed_refused(a, "{\"alg\":\"RS256\",\"kid\":\"z\"}", good, "no such key");
        for (size_t i = 0; i < 4; i++)
                pthread_join(threads[i], NULL);
        for (int i = 0; i < 200; i++)
                free(tokens[i]);
}

static void keys_that_cannot_be_had_are_our_fault(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        _cleanup_free_ char *good = claims(FIRST, "");
        _cleanup_free_ char *token = sign(a, HEADER, good);
        struct config config = configuration();
        char path[64];
        struct caller caller;
        const char *reason = "";

        (void)state;
        snprintf(path, sizeof(path), "%s/away.json", folder);
        config.issuers_file = path;
        folder_write("away.json",
                     "[{\"issuer\":\"" FIRST "\",\"audience\":\"kiki\",\"jwks\":\"https://127.0.0.1:9/keys\"}]");
        assert_int_equal(authenticator_new(&config, &authenticator), 0);
        assert_false(authenticator_ready(authenticator));
        assert_int_equal(ask(token, arena, &caller, &reason), PROBLEM_BUSY);
        assert_string_equal(reason, "the issuer's keys could not be read");
}

/* An issuer that is away keeps its own callers out and nobody else. */
static void one_issuer_with_keys_is_enough(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        _cleanup_(text_free) struct text numbers = {0};
        _cleanup_free_ char *first = claims(FIRST, ""), *second = claims(SECOND, "");
        _cleanup_free_ char *away = sign(a, HEADER, first), *there = sign(b, HEADER, second);
        struct config config = configuration();
        struct caller caller;
        const char *reason = "";
        char path[64];

        (void)state;
        snprintf(path, sizeof(path), "%s/half.json", folder);
        config.issuers_file = path;
        folder_write("half.json",
                     "[{\"issuer\":\"" FIRST "\",\"audience\":\"kiki\",\"jwks\":\"https://127.0.0.1:9/keys\"},"
                     "{\"issuer\":\"" SECOND "\",\"audience\":\"kiki\",\"pem\":\"second.pem\"}]");
        assert_int_equal(authenticator_new(&config, &authenticator), 0);
        assert_true(authenticator_ready(authenticator));
        assert_accepted(there, SECOND);
        assert_int_equal(ask(away, arena, &caller, &reason), PROBLEM_BUSY);
        authenticator_write(authenticator, &numbers);
        assert_non_null(strstr(numbers.data, "kiki_issuer_keys{issuer=\"" FIRST "\"} 0\n"));
        assert_non_null(strstr(numbers.data, "kiki_issuer_keys{issuer=\"" SECOND "\"} 1\n"));
}

static void issuers_files(void **state) {
        static const struct {
                const char *content;
                bool production;
                int result;
        } cases[] = {
                {"", false, -EINVAL},
                {"[]", false, -EINVAL},
                {"{}", false, -EINVAL},
                {"[{}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\"}]", true, 0},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\",\"algorithms\":[\"RS256\",\"ES384\"]}"
                 "]",
                 true, 0},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\\nb\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\"}]", false, -EINVAL},
                {"[{\"issuer\":\"\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"\",\"jwks\":\"jwks.json\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"jwks\":\"jwks.json\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":[\"kiki\"],\"jwks\":\"jwks.json\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\",\"pem\":\"a.pem\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\",\"alg\":\"RS256\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\",\"algorithms\":[\"HS256\"]}]", false,
                 -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\",\"algorithms\":[]}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\",\"algorithms\":\"RS256\"}]", false,
                 -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"http://a.example/keys\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"file:///etc/passwd\"}]", false, -EINVAL},
                {"[{\"issuer\":\"a\",\"audience\":\"kiki\",\"jwks\":\"x\"},{\"issuer\":\"a\",\"audience\":\"k\","
                 "\"jwks\":\"y\"}]",
                 false, -EINVAL},
                {"[{\"issuer\":\"" ISSUER_DEVELOPMENT "\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\"}]", false, 0},
                {"[{\"issuer\":\"" ISSUER_DEVELOPMENT "\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\"}]", true,
                 -EINVAL},
        };
        int silent = open("/dev/null", O_WRONLY), standard_error = dup(STDERR_FILENO);

        (void)state;
        dup2(silent, STDERR_FILENO);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct issuer *issuers = NULL;
                size_t count = 0;
                folder_write("case.json", cases[i].content);
                assert_int_equal(issuers_read(in_folder("case.json"), cases[i].production, &issuers, &count),
                                 cases[i].result);
                assert_int_equal(count, cases[i].result == 0);
                if (count > 0)
                        assert_string_equal(issuers[0].location, in_folder("jwks.json"));
                issuers_free(issuers, count);
        }
        dup2(standard_error, STDERR_FILENO);
        close(standard_error);
        close(silent);
}

int main(void) {
#define WITH_AUTHENTICATOR(test) cmocka_unit_test_setup_teardown(test, open_authenticator, close_authenticator)
        const struct CMUnitTest tests[] = {
                WITH_AUTHENTICATOR(good_tokens),
                WITH_AUTHENTICATOR(access_token_type),
                WITH_AUTHENTICATOR(the_header_of_the_request),
                WITH_AUTHENTICATOR(no_signature_no_entry),
                WITH_AUTHENTICATOR(the_wrong_key),
                WITH_AUTHENTICATOR(sloppy_tokens),
                WITH_AUTHENTICATOR(claims_count),
                WITH_AUTHENTICATOR(a_remembered_token_expires),
                WITH_AUTHENTICATOR(a_remembered_token_goes_with_its_key),
                WITH_AUTHENTICATOR(clients_and_scopes),
                WITH_AUTHENTICATOR(many_threads),
                cmocka_unit_test_teardown(keys_that_cannot_be_had_are_our_fault, close_authenticator),
                cmocka_unit_test_teardown(one_issuer_with_keys_is_enough, close_authenticator),
                cmocka_unit_test(issuers_files),
        };
        return cmocka_run_group_tests_name("authenticate", tests, begin, end);
}
