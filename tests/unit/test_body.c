#include "contract/schema_table.h"
#include "http/body.h"
#include "http/problem.h"
#include "http/request.h"
#include "problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct schema anything = {0};
static const char *const json_alone[] = {"application/json", NULL};
static const struct operation operation = {.id = "create_thing",
                                           .method = METHOD_POST,
                                           .body_types = json_alone,
                                           .body = &anything,
                                           .body_required = true};

static struct request request;
static struct report report;

static int set_up(void **state) {
        (void)state;
        report = (struct report){0};
        request = (struct request){.arena = arena_new(), .operation = &operation, .method = METHOD_POST};
        request.headers.value[HEADER_CONTENT_TYPE] = "application/json";
        return 0;
}

static int tear_down(void **state) {
        (void)state;
        json_decref(request.body);
        arena_free(request.arena);
        return 0;
}

static int read_body(const char *bytes, size_t length) {
        json_decref(request.body);
        request.body = NULL;
        request.body_text = NULL;
        request.payload = bytes;
        request.payload_length = length;
        return body_read(&request, &report);
}

static void what_is_json_is_read(void **state) {
        static const struct {
                const char *sent, *text;
        } cases[] = {
                {"{}", "{}"},
                {" {\"a\" : [ 1 , null , true ] } \n", "{\"a\":[1,null,true]}"},
                {"\"\\u9375\"", "\"鍵\""},
                {"\"\\ud842\\udfb7\"", "\"𠮷\""},
                {"0", "0"},
                {"\"{[{[\\\"[[[\"", "\"{[{[\\\"[[[\""},
                {"\xef\xbb\xbf{}", "{}"},
                {"\xef\xbb\xbf [\"\xef\xbb\xbf\"]", "[\"\xef\xbb\xbf\"]"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(read_body(cases[i].sent, strlen(cases[i].sent)), 0);
                assert_string_equal(request.body_text, cases[i].text);
        }
}

static void a_number_without_a_fraction_is_an_integer(void **state) {
        static const struct {
                const char *sent, *text;
        } cases[] = {{"[1.0]", "[1]"},
                     {"[-1.0]", "[-1]"},
                     {"{\"a\":1e3}", "{\"a\":1000}"},
                     {"[1.0,{\"a\":[2.0]}]", "[1,{\"a\":[2]}]"},
                     {"[-0.0]", "[0]"},
                     {"[1.5]", "[1.5]"},
                     {"[100e-2]", "[1]"},
                     {"[9007199254740991.0]", "[9007199254740991]"},
                     {"[0.5]", "[0.5]"},
                     {"[1e17]", "[1e17]"}};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(read_body(cases[i].sent, strlen(cases[i].sent)), 0);
                assert_string_equal(request.body_text, cases[i].text);
        }
}

static void what_is_no_json_is_malformed(void **state) {
        static const char *const cases[] = {
                "{",
                "}",
                "]",
                "{\"a\":1,}",
                "{'a':1}",
                "{a:1}",
                "[1 2]",
                "{} {}",
                "nul",
                "NaN",
                "Infinity",
                "01",
                "+1",
                "\xef\xbb\xbf",
                "\xef\xbb\xbf\xef\xbb\xbf{}",
                " \xef\xbb\xbf{}",
                "\xef\xbb{}",
                "1.",
                ".5",
                "1e400",
                "99999999999999999999",
                "\"\t\"",
                "\"",
                "\"\\x41\"",
                "\"\\u00\"",
                "\"\\u0000\"" /* U+0000 */,
                "{\"a\\u0000b\":1}",
                "\"\\ud800\"" /* a lone surrogate */,
                "\"\\udc00\\ud800\"",
                "\"\xed\xa0\x80\"",
                "\"\xff\"",
                "\"\xc0\x80\"",
                "\"\xe9\x8d\"",
                "\xff\xfe{\x00",
                "// no\n{}",
                " ",
                "{\"a\":1,\"a\":2}",
                "{\"a\":1,\"\\u0061\":2}",
                "[{\"b\":{\"a\":1,\"a\":1}}]",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(read_body(cases[i], strlen(cases[i])), PROBLEM_MALFORMED_JSON);
                assert_int_equal(report.problem, PROBLEM_MALFORMED_JSON);
                assert_non_null(report.ja);
                assert_non_null(report.en);
        }
        assert_int_equal(read_body("[1,\0 2]", 7), PROBLEM_MALFORMED_JSON);
        assert_int_equal(read_body("\"a\0b\"", 5), PROBLEM_MALFORMED_JSON);
        assert_int_equal(read_body("{}\0", 3), PROBLEM_MALFORMED_JSON);
        assert_int_equal(read_body("", 0), PROBLEM_MALFORMED_JSON);
}

/* Faults of the schema below, as "code pointer" each. */
static const char *faults_of(const char *sent) {
        static const struct schema integer = {.types = SCHEMA_INTEGER,
                                              .limits = SCHEMA_MINIMUM | SCHEMA_MAXIMUM,
                                              .minimum = -9223372036854775807.0L,
                                              .maximum = 9223372036854775807.0L};
        static const struct schema string = {.types = SCHEMA_STRING}, never = {.never = true};
        static const struct schema_member members[] = {{"a", &integer}, {"b", &string}};
        static const struct schema closed = {
                .types = SCHEMA_OBJECT, .properties = members, .properties_count = 2, .additional = &never};
        struct operation bounded = operation;

        bounded.body = &closed;
        request.operation = &bounded;
        int r = read_body(sent, strlen(sent));
        request.operation = &operation;
        if (r != PROBLEM_VALIDATION_FAILED || report.problem != r)
                return r == 0 ? "" : "malformed";
        const char *told = "";
        for (size_t i = 0; i < report.faults.count; i++)
                told = arena_printf(request.arena, "%s%s%s %s", told, i > 0 ? "; " : "", report.faults.items[i].code,
                                    report.faults.items[i].pointer);
        return told;
}

/* They are JSON (RFC 8259 section 6), so what is wrong is told with its place. */
static void numbers_that_cannot_be_held_are_out_of_bounds(void **state) {
        static const struct {
                const char *sent, *faults;
        } cases[] = {
                {"{\"a\":9223372036854775807}", ""},
                {"{\"a\":9223372036854775808}", "too_large /a"},
                {"{\"a\":-9223372036854775809}", "too_small /a"},
                {"{\"a\":1e309}", "too_large /a"},
                {"{\"a\":-2e308,\"b\":5}", "too_small /a; type /b"},
                {"{\"a\":-99999999999999999999.5e999 }", "too_small /a"},
                {"{\"b\":99999999999999999999}", "type /b"},
                {"{\"c\":[99999999999999999999]}", "unknown_member /c"},
                {"{\"b\":\"99999999999999999999 \\\" 1e999\",\"a\":1e999}", "too_large /a"},
                {"1e999", "type "},
                {"{\"a\":1e999,}", "malformed"},
                {"{\"a\":99999999999999999999-}", "malformed"},
                {"{\"a\":1e999,\"a\":1}", "malformed"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(faults_of(cases[i].sent), cases[i].faults);
        assert_string_equal(faults_of("{\"b\":\"9\"}"), "");
}

static void thirty_two_levels_are_deep_enough(void **state) {
        char deep[2 * 33 + 1] = "";

        (void)state;
        memset(deep, '[', 32);
        memset(deep + 32, ']', 32);
        assert_int_equal(read_body(deep, 64), 0);
        memset(deep, '[', 33);
        memset(deep + 33, ']', 33);
        assert_int_equal(read_body(deep, 66), PROBLEM_MALFORMED_JSON);
        /* Much deeper than a thread's stack could follow. */
        static char deepest[1 << 20];
        memset(deepest, '[', sizeof(deepest));
        assert_int_equal(read_body(deepest, sizeof(deepest)), PROBLEM_MALFORMED_JSON);
        /* Closing brackets do not buy depth. */
        static char closed[200];
        memset(closed, ']', 100);
        memset(closed + 100, '[', 100);
        assert_int_equal(read_body(closed, sizeof(closed)), PROBLEM_MALFORMED_JSON);
}

static void a_body_that_may_be_missing_may_be_missing(void **state) {
        static const struct operation lenient = {.body_types = json_alone, .body = &anything};

        (void)state;
        request.operation = &lenient;
        request.headers.value[HEADER_CONTENT_TYPE] = NULL;
        assert_int_equal(body_media(&request, &report), 0);
        assert_int_equal(read_body("", 0), 0);
        assert_null(request.body);
}

static void a_body_that_is_not_taken_is_left_alone(void **state) {
        static const struct operation reading = {.method = METHOD_GET};

        (void)state;
        request.operation = &reading;
        request.headers.value[HEADER_CONTENT_ENCODING] = "gzip";
        request.payload_length = 1;
        assert_int_equal(body_media(&request, &report), 0);
        assert_int_equal(read_body("{", 1), 0);
        assert_null(request.body);
}

static void other_media_types_are_refused(void **state) {
        static const char *const cases[] = {NULL,
                                            "",
                                            "text/plain",
                                            "application/x-www-form-urlencoded",
                                            "application/merge-patch+json",
                                            "application/jsonx"};

        (void)state;
        request.payload_length = 2;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                request.reply.headers_count = 0;
                request.headers.value[HEADER_CONTENT_TYPE] = cases[i];
                assert_int_equal(body_media(&request, &report), PROBLEM_UNSUPPORTED_MEDIA_TYPE);
                assert_string_equal(request.reply.headers[0].name, "Accept-Post");
                assert_string_equal(request.reply.headers[0].value, "application/json");
        }
        request.headers.value[HEADER_CONTENT_TYPE] = "application/json; charset=utf-8";
        assert_int_equal(body_media(&request, &report), 0);
}

static void encoded_bodies_are_refused(void **state) {
        static const char *const cases[] = {"gzip", "br", "identity, gzip", "gzip, identity", ""};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                request.reply.headers_count = 0;
                request.headers.value[HEADER_CONTENT_ENCODING] = cases[i];
                assert_int_equal(body_media(&request, &report), PROBLEM_UNSUPPORTED_MEDIA_TYPE);
                assert_string_equal(request.reply.headers[0].name, "Accept-Encoding");
        }
        request.headers.value[HEADER_CONTENT_ENCODING] = "Identity";
        assert_int_equal(body_media(&request, &report), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_is_json_is_read, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_number_without_a_fraction_is_an_integer, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_no_json_is_malformed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(numbers_that_cannot_be_held_are_out_of_bounds, set_up, tear_down),
                cmocka_unit_test_setup_teardown(thirty_two_levels_are_deep_enough, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_body_that_may_be_missing_may_be_missing, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_body_that_is_not_taken_is_left_alone, set_up, tear_down),
                cmocka_unit_test_setup_teardown(other_media_types_are_refused, set_up, tear_down),
                cmocka_unit_test_setup_teardown(encoded_bodies_are_refused, set_up, tear_down),
        };
        return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
