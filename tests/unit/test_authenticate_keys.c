/* Keys that change or cannot be had, while tokens signed with them come. */
#include "authenticator_fixture.h"

#include <pthread.h>

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
                     "{\"issuer\":\"" SECOND "\",\"audience\":\"kiki\",\"pem\":\"second.pem\"," ANY_TYPE "}]");
        assert_int_equal(authenticator_new(&config, &authenticator), 0);
        assert_true(authenticator_ready(authenticator));
        assert_accepted(there, SECOND);
        assert_int_equal(ask(away, arena, &caller, &reason), PROBLEM_BUSY);
        authenticator_write(authenticator, &numbers);
        assert_non_null(strstr(numbers.data, "kiki_issuer_keys{issuer=\"" FIRST "\"} 0\n"));
        assert_non_null(strstr(numbers.data, "kiki_issuer_keys{issuer=\"" SECOND "\"} 1\n"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                WITH_AUTHENTICATOR(a_remembered_token_goes_with_its_key),
                WITH_AUTHENTICATOR(many_threads),
                cmocka_unit_test_teardown(keys_that_cannot_be_had_are_our_fault, close_authenticator),
                cmocka_unit_test_teardown(one_issuer_with_keys_is_enough, close_authenticator),
        };

        return cmocka_run_group_tests_name("authenticate_keys", tests, begin, end);
}
