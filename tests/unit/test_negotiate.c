#include "http/negotiate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void japanese_unless_english_is_liked_better(void **state) {
        static const char *const japanese[] = {
                NULL,
                "",
                "ja",
                "ja-JP",
                "JA",
                "*",
                "fr",
                "en;q=0",
                "ja, en",
                "en, ja",
                "en;q=0.5, ja;q=0.5",
                "jax, enx",
                "enough",
                "en_US",
                "en;q=0.5, *",
                "fr, *;q=0.1",
                "en;q=2",
                "en;q=nan",
                "en;q=inf",
                "en;q=-1",
                "en;q=0x1",
                "en;q=",
                "en;q",
                "en;q=0.0001",
                "en;q=1.5",
                "en;q=1.001",
                ",,,",
                ";",
                ";;;q=1",
                "en;q=0.1;q=0",
                "en;q=\"",
        };
        static const char *const english[] = {
                "en",
                "en-GB",
                "EN-us",
                "en, ja;q=0.9",
                "fr, en;q=0.3",
                "en-US,en;q=0.9,ja;q=0.8",
                "ja;q=0, en;q=0.001",
                "ja;q=0, *",
                "ja;q=0.1, en;q=0.5, *;q=0.8",
                " ,\ten ; q=1.000 , ja ; Q=0.5",
                "en;q=1.",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(japanese) / sizeof(japanese[0]); i++)
                assert_int_equal(negotiate_language(japanese[i]), LANGUAGE_JA);
        for (size_t i = 0; i < sizeof(english) / sizeof(english[0]); i++)
                assert_int_equal(negotiate_language(english[i]), LANGUAGE_EN);
}

static const char *const ledger[] = {"application/json", "text/csv;charset=utf-8", "text/csv;charset=cp932", NULL};

static void the_media_type_liked_best_is_answered(void **state) {
        static const struct {
                const char *accept;
                int answer; /* index into ledger, -1: none */
        } cases[] = {
                {NULL, 0},
                {"", 0},
                {" ", 0},
                {"*/*", 0},
                {"application/*", 0},
                {"APPLICATION/JSON", 0},
                {"text/*", 1},
                {"text/csv", 1},
                {"text/csv;charset=cp932", 2},
                {"text/csv; charset=\"CP932\"", 2},
                {"text/csv; header=present; charset=cp932; q=0.5", 2},
                {"text/csv;charset=cp932;q=0.5, application/json;q=0.4", 2},
                {"text/csv, application/json", 0},
                {"text/csv;q=0.9, */*;q=0.1", 1},
                {"application/json;q=0, */*", 1},
                {"*/*, application/json;q=0", 1},
                {"text/csv;q=0, */*;q=0.1, text/csv;charset=cp932", 2},
                {"text/html, application/xhtml+xml, */*;q=0.8", 0},
                {"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", 0}, /* what Java sends by itself */
                {"text/csv;q=.9, */*;q=.125", 1},
                {"text/csv;q = 0.9, */*; q= 0.1", 1},
                {"text/csv;charset = cp932", 2},
                {"text/csv;charset=csWindows31J", 2},
                {"application/json;q=.", -1},
                {"application/json;q=..5", -1},
                {"application/json;q=.1234", -1},
                {"application/json;q=.0", -1},
                {"text/csv;profile=\"a,b;q=0\";q=1", 1},
                {"application/pdf", -1},
                {"application/json;q=0", -1},
                {"application/json;q=0.000", -1},
                {"text/csv;charset=euc-jp", -1},
                {"application/jsonx", -1},
                {"application", -1},
                {"*", -1},
                {"*/json", -1},
                {"/", -1},
                {"application/json;q=9", -1},
                {"application/json;q=1e9", -1},
                {"application/json;q=nan, text/csv;q=0.1", 1},
                {"application/json;q=0.9999", -1},
                {",", -1},
                {";", -1},
                {"\"", -1},
                {"application/json;\"", 0},
                {"text/csv;charset=\"cp932", 2},
                {"text/csv; charset=Shift_JIS", 2},
                {"text/csv;charset=\"shift_jis\"", 2},
                {"text/csv;charset=Windows-31J", 2},
                {"text/csv;charset=ms932", 2},
                {"text/csv;charset=SJIS;q=0.5, text/csv;charset=utf8;q=0.4", 2},
                {"text/csv;charset=UTF8", 1},
                {"text/csv;charset=shift", -1},
                {"text/csv;charset=shift_jisx0213", -1},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_ptr_equal(negotiate_media(ledger, cases[i].accept),
                                 cases[i].answer < 0 ? NULL : ledger[cases[i].answer]);
}

static void without_answers_there_is_none(void **state) {
        static const char *const none[] = {NULL};

        (void)state;
        assert_null(negotiate_media(none, NULL));
        assert_null(negotiate_media(none, "*/*"));
}

static void gzip_is_sent_to_those_who_ask(void **state) {
        static const char *const yes[] = {"gzip",
                                          "GZIP",
                                          "x-gzip",
                                          "gzip, deflate, br, zstd",
                                          "deflate;q=0.5, gzip;q=0.1",
                                          "*",
                                          "identity;q=0.5, *;q=0.6",
                                          "gzip;q=0.5, identity;q=0.5"};
        static const char *const no[] = {NULL,       "",        "identity",    "br",
                                         "gzip;q=0", "*;q=0",   "gzip;q=0, *", "gzip;q=0.5, identity",
                                         "gzipped",  "gzip;q=x"};

        (void)state;
        for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
                assert_true(negotiate_gzip(yes[i]));
        for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
                assert_false(negotiate_gzip(no[i]));
}

static void a_content_type_is_its_name(void **state) {
        (void)state;
        assert_true(negotiate_is("application/json", "application/json"));
        assert_true(negotiate_is("Application/JSON; charset=utf-8", "application/json"));
        assert_true(negotiate_is("application/json ;charset=utf-8", "application/json"));
        assert_false(negotiate_is("application/json5", "application/json"));
        assert_false(negotiate_is("application/jso", "application/json"));
        assert_false(negotiate_is("", "application/json"));
        assert_false(negotiate_is(" application/json", "application/json"));
        assert_false(negotiate_is("application/json, text/csv", "application/json"));
}

static void a_format_names_an_answer(void **state) {
        static const char *const answers[] = {"application/json", "text/csv; charset=utf-8", "text/csv; charset=cp932",
                                              NULL};
        static const char *const formats[] = {"json", "csv", "csv_cp932", NULL};

        (void)state;
        assert_string_equal(negotiate_format(answers, formats, "json"), answers[0]);
        assert_string_equal(negotiate_format(answers, formats, "csv"), answers[1]);
        assert_string_equal(negotiate_format(answers, formats, "csv_cp932"), answers[2]);
        assert_null(negotiate_format(answers, formats, "xml"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(japanese_unless_english_is_liked_better),
                cmocka_unit_test(the_media_type_liked_best_is_answered),
                cmocka_unit_test(without_answers_there_is_none),
                cmocka_unit_test(gzip_is_sent_to_those_who_ask),
                cmocka_unit_test(a_content_type_is_its_name),
                cmocka_unit_test(a_format_names_an_answer),
        };
        return cmocka_run_group_tests_name("negotiate", tests, NULL, NULL);
}
