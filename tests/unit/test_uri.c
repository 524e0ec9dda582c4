#include "contract/uri.h"
#include "core/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *text, bool query, const char *wanted) {
        struct arena *arena = arena_new();
        const char *decoded = uri_decode(arena, text, strlen(text), query);

        if (wanted)
                assert_string_equal(decoded, wanted);
        else
                assert_null(decoded);
        arena_free(arena);
}

static void escapes_are_decoded(void **state) {
        (void)state;
        check("", false, "");
        check("plain-._~", false, "plain-._~");
        check("%41%6a%6A", false, "Ajj");
        check("%E9%8D%B5", false, "鍵");
        check("a%2Fb%25", false, "a/b%");
        check("鍵", false, "鍵");
}

static void a_plus_is_a_space_only_in_a_query(void **state) {
        (void)state;
        check("a+b%2B", true, "a b+");
        check("a+b", false, "a+b");
}

static void malformed_escapes_are_refused(void **state) {
        static const char *const cases[] = {"%",   "%4",   "a%",   "a%4", "%zz", "%4g",
                                            "%g4", "%%41", "% 41", "%-1", "%+1", "%0x"};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                check(cases[i], false, NULL);
                check(cases[i], true, NULL);
        }
}

static void what_is_no_text_is_refused(void **state) {
        static const char *const cases[] = {"%00",
                                            "a%00b",
                                            "%ff",
                                            "%C0%80",
                                            "%ED%A0%80" /* a lone surrogate */,
                                            "%F4%90%80%80",
                                            "%E9%8D" /* cut */,
                                            "%80",
                                            "\xff",
                                            "\xe9\x8d"};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                check(cases[i], false, NULL);
                check(cases[i], true, NULL);
        }
}

static void nothing_is_read_past_the_length(void **state) {
        struct arena *arena = arena_new();

        (void)state;
        assert_string_equal(uri_decode(arena, "ab%4", 2, false), "ab");
        assert_null(uri_decode(arena, "ab%41", 4, false));
        assert_string_equal(uri_decode(arena, "ab%41", 5, false), "abA");
        arena_free(arena);
}

static void whatever_was_sent_is_encoded_in_a_uri(void **state) {
        static const struct {
                const char *raw, *uri;
        } cases[] = {
                {"a=b", "a=b"},
                {"q=[x]#y", "q=%5Bx%5D%23y"},
                {"q=<>\"\\^`{|} ", "q=%3C%3E%22%5C%5E%60%7B%7C%7D%20"},
                {"q=機", "q=%E6%A9%9F"},
                {"q=%41%2b+-._~!$&'()*,;:@/?", "q=%41%2b+-._~!$&'()*,;:@/?"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(text_free) struct text uri = {0};
                uri_append(&uri, cases[i].raw, strlen(cases[i].raw));
                assert_string_equal(uri.data, cases[i].uri);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(escapes_are_decoded),
                cmocka_unit_test(a_plus_is_a_space_only_in_a_query),
                cmocka_unit_test(malformed_escapes_are_refused),
                cmocka_unit_test(what_is_no_text_is_refused),
                cmocka_unit_test(nothing_is_read_past_the_length),
                cmocka_unit_test(whatever_was_sent_is_encoded_in_a_uri),
        };
        return cmocka_run_group_tests_name("uri", tests, NULL, NULL);
}
