#include "auth/token.h"

#include "sign.h"

#include <errno.h>

static const char good_header[] = "{\"alg\":\"RS256\",\"kid\":\"a\"}";

/* A token of these three parts, the first two in base64url. Caller frees. */
static char *assemble(const char *header, const char *payload, const char *signature) {
        struct text text = {0};

        text_append_base64url(&text, (const unsigned char *)header, strlen(header));
        text_append_char(&text, '.');
        text_append_base64url(&text, (const unsigned char *)payload, strlen(payload));
        text_append_char(&text, '.');
        text_append_string(&text, signature);
        return text_take(&text);
}

static void assert_refused(const char *text, const char *reason) {
        struct token token = {0};
        const char *heard = NULL;

        assert_int_equal(token_parse(text, &token, &heard), -EINVAL);
        assert_non_null(heard);
        if (!strstr(heard, reason))
                fail_msg("%s: refused because \"%s\", not \"%s\"", text, heard, reason);
        assert_null(token.header);
}

static void a_good_one(void **state) {
        static const char *const headers[] = {
                "{\"alg\":\"RS256\",\"kid\":\"a\"}",
                "{\"alg\":\"RS256\",\"kid\":\"a\",\"typ\":\"JWT\",\"x5t\":\"abc\"}",
                "{\"alg\":\"RS256\",\"kid\":\"a\",\"typ\":\"jwt\"}",
                "{\"alg\":\"RS256\",\"kid\":\"a\",\"typ\":\"at+jwt\"}",
                "{\"alg\":\"RS256\",\"kid\":\"a\",\"typ\":\"application/at+jwt\"}",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
                _cleanup_free_ char *text = assemble(headers[i], "{\"sub\":\"消防\"}", "AAAA");
                _cleanup_(token_free) struct token token = {0};
                const char *reason = NULL;
                assert_int_equal(token_parse(text, &token, &reason), 0);
                assert_string_equal(token.algorithm, "RS256");
                assert_string_equal(token.key_id, "a");
                assert_int_equal(token.says_access, strstr(headers[i], "at+jwt") != NULL);
                assert_string_equal(json_string_value(json_object_get(token.payload, "sub")), "消防");
        }
}

static void the_parts(void **state) {
        static const char *const not_three[] = {
                "",
                ".",
                "..",
                "...",
                "a",
                "e30.e30",
                "e30.e30.",
                ".e30.AAAA",
                "e30..",
                "e30..AA",
                "e30.e30.AA.",
                "e30.e30.AA.AA",
                "a.b.c.d.e.f.g",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(not_three) / sizeof(not_three[0]); i++)
                assert_refused(not_three[i], "not three parts");
}

static void the_length(void **state) {
        char longest[TOKEN_BYTES_MAX + 2];

        (void)state;
        memset(longest, 'A', sizeof(longest));
        longest[TOKEN_BYTES_MAX + 1] = '\0';
        assert_refused(longest, "longer than 16 KiB");
        longest[TOKEN_BYTES_MAX] = '\0';
        assert_refused(longest, "not three parts");
}

static void base64url_is_strict(void **state) {
        static const char *const signatures[] = {"AAA=", "AA==", "AA+A",   "AA/A",  "AAAAA",
                                                 "AB",   "AA A", "AAAA\n", " AAAA", "AAAA "};

        (void)state;
        for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
                _cleanup_free_ char *text = assemble(good_header, "{}", signatures[i]);
                assert_refused(text, "strict base64url");
        }
        assert_refused("e30=.e30.AAAA", "strict base64url");
        assert_refused("e31.e30.AAAA", "strict base64url"); /* {} with its unused bits set */
        assert_refused("eyJhbGciOiJSUzI1NiJ9.e30 .AAAA", "strict base64url");
}

static void header_and_payload_are_objects(void **state) {
        static const char *const bad[] = {
                "[]",
                "\"a\"",
                "1",
                "null",
                "{",
                "{} {}",
                "{}x",
                "{\"a\":1,\"a\":1}",
                "{\"a\":{\"b\":1,\"b\":2}}",
                "{\"a\":\"\\u0000\"}",
                "{\"a\\u0000\":1}",
                "{\"a\":\"\xff\"}",
                "{\"a\":\"\\ud800\"}",
                "{'a':1}",
                "{\"a\":1e999}",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                _cleanup_free_ char *header = assemble(bad[i], "{}", "AAAA");
                _cleanup_free_ char *payload = assemble(good_header, bad[i], "AAAA");
                assert_refused(header, "not a JSON object");
                assert_refused(payload, "not a JSON object");
        }
}

static void depth_is_bounded(void **state) {
        _cleanup_(text_free) struct text deep = {0};

        (void)state;
        text_append_string(&deep, "{\"a\":");
        for (int i = 0; i < 2000; i++)
                text_append_char(&deep, '[');
        for (int i = 0; i < 2000; i++)
                text_append_char(&deep, ']');
        text_append_char(&deep, '}');
        _cleanup_free_ char *token = assemble(good_header, deep.data, "AAAA");
        assert_refused(token, "too deep");
}

static void a_header_brings_no_rules(void **state) {
        static const char *const members[] = {
                "\"crit\":[\"exp\"]", "\"jku\":\"https://evil.example\"",
                "\"jwk\":{}",         "\"x5u\":\"https://evil.example\"",
                "\"x5c\":[]",         "\"b64\":false",
                "\"zip\":\"DEF\"",    "\"enc\":\"A128GCM\"",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
                char header[128];
                snprintf(header, sizeof(header), "{\"alg\":\"RS256\",%s}", members[i]);
                _cleanup_free_ char *token = assemble(header, "{}", "AAAA");
                assert_refused(token, "never accepted");
        }
}

static void header_members_have_their_types(void **state) {
        _cleanup_free_ char *long_kid = calloc(1, 400);

        (void)state;
        memset(long_kid, 'k', 256);
        char *long_header;
        assert_true(asprintf(&long_header, "{\"alg\":\"RS256\",\"kid\":\"%s\"}", long_kid) > 0);
        const struct {
                const char *header, *reason;
        } cases[] = {
                {"{}", "alg is missing"},
                {"{\"alg\":256}", "alg is missing"},
                {"{\"alg\":[\"RS256\"]}", "alg is missing"},
                {"{\"alg\":\"RS256\",\"kid\":1}", "kid"},
                {"{\"alg\":\"RS256\",\"kid\":null}", "kid"},
                {long_header, "kid"},
                {"{\"alg\":\"RS256\",\"typ\":\"dpop+jwt\"}", "typ"},
                {"{\"alg\":\"RS256\",\"typ\":\"JWE\"}", "typ"},
                {"{\"alg\":\"RS256\",\"typ\":\"\"}", "typ"},
                {"{\"alg\":\"RS256\",\"typ\":1}", "typ"},
        };
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_free_ char *token = assemble(cases[i].header, "{}", "AAAA");
                assert_refused(token, cases[i].reason);
        }
        free(long_header);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_good_one),
                cmocka_unit_test(the_parts),
                cmocka_unit_test(the_length),
                cmocka_unit_test(base64url_is_strict),
                cmocka_unit_test(header_and_payload_are_objects),
                cmocka_unit_test(depth_is_bounded),
                cmocka_unit_test(a_header_brings_no_rules),
                cmocka_unit_test(header_members_have_their_types),
        };
        return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
