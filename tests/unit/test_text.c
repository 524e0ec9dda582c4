#include "core/cleanup.h"
#include "core/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void grows(void **state) {
        _cleanup_(text_free) struct text text = {0};

        (void)state;
        for (int i = 0; i < 1000; i++) {
                text_append_string(&text, "ab");
                text_append_char(&text, 'c');
                text_printf(&text, "%04d", i);
        }
        assert_int_equal(text.length, 7000);
        assert_int_equal(strlen(text.data), 7000);
        assert_memory_equal(text.data + 6993, "abc0999", 8);
        text_append(&text, "", 0);
        assert_int_equal(text.length, 7000);
}

static void is_given_away(void **state) {
        struct text text = {0};

        (void)state;
        _cleanup_free_ char *empty = text_take(&text);
        assert_string_equal(empty, "");
        text_append_string(&text, "full");
        _cleanup_free_ char *full = text_take(&text);
        assert_string_equal(full, "full");
        assert_null(text.data);
        assert_int_equal(text.length, 0);
}

static void json_strings(void **state) {
        _cleanup_(text_free) struct text text = {0};

        (void)state;
        text_append_json(&text, "a\"b\\c\n\r\t\x01\x1f/ 消𠮷");
        assert_string_equal(text.data, "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f/ 消𠮷\"");
        _cleanup_json_ json_t *read = json_loads(text.data, JSON_DECODE_ANY, NULL);
        assert_string_equal(json_string_value(read), "a\"b\\c\n\r\t\x01\x1f/ 消𠮷");
}

static void utf8(void **state) {
        static const char *const good[] = {
                "", "a", "\x7f", "é", "消", "𠮷", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"};
        static const char *const bad[] = {
                "\x80",
                "\xc0\x80",
                "\xc1\xbf",
                "\xc3",
                "\xc3(",
                "\xe0\x9f\xbf",
                "\xed\xa0\x80",
                "\xf0\x8f\xbf\xbf",
                "\xf4\x90\x80\x80",
                "\xf5\x80\x80\x80",
                "\xff",
                "\xe6\xb6",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
                assert_true(text_is_utf8(good[i], strlen(good[i])));
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_false(text_is_utf8(bad[i], strlen(bad[i])));
        assert_false(text_is_utf8("a\0b", 3));
        assert_false(text_is_utf8("消", 2));
}

static void uuids(void **state) {
        (void)state;
        assert_true(text_is_uuid("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"));
        assert_true(text_is_uuid("0190A1B2-C3D4-7E5F-8A9B-0C1D2E3F4A5B"));
        assert_false(text_is_uuid(""));
        assert_false(text_is_uuid("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5"));
        assert_false(text_is_uuid("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b0"));
        assert_false(text_is_uuid("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5g"));
        assert_false(text_is_uuid("0190a1b2c3d4-7e5f-8a9b-0c1d2e3f4a5b-"));
        assert_false(text_is_uuid("{190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5}"));
}

static void depth_of_json(void **state) {
        static const struct {
                const char *json;
                unsigned depth;
        } cases[] = {
                {"", 0},       {"1", 0},           {"{}", 1},   {"{\"a\":[{}]}", 3}, {"[[],[],[]]", 2},
                {"\"[[\"", 0}, {"[\"\\\"[\"]", 1}, {"]]][", 1}, {"[\"\\", 1},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(text_json_depth(cases[i].json, strlen(cases[i].json)), cases[i].depth);
}

static void base64url_there_and_back(void **state) {
        unsigned char bytes[67];

        (void)state;
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (unsigned char)(i * 37 + 251);
        for (size_t length = 0; length <= sizeof(bytes); length++) {
                _cleanup_(text_free) struct text text = {0};
                _cleanup_free_ unsigned char *read = NULL;
                size_t read_length = 0;
                text_append_string(&text, "");
                text_append_base64url(&text, bytes, length);
                assert_int_equal(text_from_base64url(text.data, text.length, &read, &read_length), 0);
                assert_int_equal(read_length, length);
                assert_memory_equal(read, bytes, length);
        }
}

static void base64url_is_strict(void **state) {
        static const char *const bad[] = {"A",    "AAAAA", "AA==", "AA=", "A+AA", "A/AA",
                                          "AA A", "AA\nA", "AB",   "AAB", "A.AA", "\xff-AA"};
        unsigned char *bytes = NULL;
        size_t length = 42;

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_int_equal(text_from_base64url(bad[i], strlen(bad[i]), &bytes, &length), -EINVAL);
        assert_null(bytes);
        assert_int_equal(length, 42);
        assert_int_equal(text_from_base64url("-_-_", 4, &bytes, &length), 0);
        assert_int_equal(length, 3);
        assert_memory_equal(bytes, "\xfb\xff\xbf", 3);
        free(bytes);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(grows),
                cmocka_unit_test(is_given_away),
                cmocka_unit_test(json_strings),
                cmocka_unit_test(utf8),
                cmocka_unit_test(depth_of_json),
                cmocka_unit_test(uuids),
                cmocka_unit_test(base64url_there_and_back),
                cmocka_unit_test(base64url_is_strict),
        };
        return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
