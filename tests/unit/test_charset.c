#include "documents/charset.h"

#include "core/characters.h"
#include "core/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistr.h>

#include <cmocka.h>

static enum charset find(const char *name) {
        return charset_find(name, strlen(name));
}

static void names_are_known(void **state) {
        (void)state;
        assert_int_equal(find("UTF-8"), CHARSET_UTF8);
        assert_int_equal(find("utf8"), CHARSET_UTF8);
        assert_int_equal(find("cp932"), CHARSET_CP932);
        assert_int_equal(find("Windows-31J"), CHARSET_CP932);
        assert_int_equal(find("Shift_JIS"), CHARSET_CP932);
        assert_int_equal(find("csWindows31J"), CHARSET_CP932); /* other names that IANA has for them */
        assert_int_equal(find("MS_Kanji"), CHARSET_CP932);
        assert_int_equal(find("csShiftJIS"), CHARSET_CP932);
        assert_int_equal(find("euc-jp"), CHARSET_UNKNOWN);
        assert_int_equal(find(""), CHARSET_UNKNOWN);
        assert_int_equal(charset_find("utf-8x", 5), CHARSET_UTF8);
}

static void declared_charsets_are_found(void **state) {
        static const struct {
                const char *type;
                int result;
                enum charset charset;
        } cases[] = {
                {NULL, 0, CHARSET_UNKNOWN},
                {"text/csv", 0, CHARSET_UNKNOWN},
                {"text/csv; header=present", 0, CHARSET_UNKNOWN},
                {"text/csv;charset=utf-8", 0, CHARSET_UTF8},
                {"text/csv; Charset=\"CP932\"; header=present", 0, CHARSET_CP932},
                {"text/csv; charset=Shift_JIS ; header=present", 0, CHARSET_CP932},
                {"text/csv; charset = cp932", 0, CHARSET_CP932},
                {"text/csv;charset= \"utf-8\" ;header=present", 0, CHARSET_UTF8},
                {"text/csv; x-charset=euc-jp", 0, CHARSET_UNKNOWN},
                {"text/csv; name=\"charset=euc-jp\"", 0, CHARSET_UNKNOWN},
                {"text/csv; name=\"a;charset=utf-8\"; charset=cp932", 0, CHARSET_CP932},
                {"text/csv; charset=", -EINVAL, 0},
                {"text/csv; charset=\"\"", -EINVAL, 0},
                {"text/csv; charset=utf-16", -EINVAL, 0},
                {"text/csv; charset=utf-8x", -EINVAL, 0},
                {"text/csv; charset=a-name-that-is-longer-than-any-charset-has", -EINVAL, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                enum charset charset = 99;
                assert_int_equal(charset_declared(cases[i].type, &charset), cases[i].result);
                assert_int_equal(charset, cases[i].result == 0 ? cases[i].charset : 99);
        }
}

static void bytes_are_decoded(void **state) {
        static const struct {
                enum charset charset;
                const char *bytes, *text;
        } cases[] = {
                {CHARSET_UNKNOWN, "", ""},
                {CHARSET_CP932, "", ""},
                {CHARSET_UNKNOWN, "abc", "abc"},
                {CHARSET_UNKNOWN,
                 "\xef\xbb\xbf"
                 "機器",
                 "機器"},
                {CHARSET_UTF8, "\xef\xbb\xbf", ""},
                {CHARSET_UNKNOWN, "\x8b\x40\x8a\xed", "機器"},
                {CHARSET_CP932, "\x8b\x40\x8a\xed", "機器"},
                {CHARSET_CP932, "\x83\x5c\x95\x5c", "ソ表"}, /* second bytes that are a backslash */
                {CHARSET_CP932, "\xb6\xc5", "ｶﾅ"},
                {CHARSET_CP932, "\x87\x40\xfb\xfc\xfa\xb1", "①髙﨑"}, /* NEC's and IBM's characters */
                {CHARSET_CP932, "\x81\x60\x81\x7c\x81\x5c\x81\x61\x81\x91\x81\x92\x81\xca", "～－―∥￠￡￢"},
                {CHARSET_CP932,
                 "a\x81\x60"
                 "b",
                 "a～b"},
                {CHARSET_UTF8, "〜−—‖", "〜−—‖"}, /* as they were written */
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(text_free) struct text text = {0};
                size_t offset;
                assert_int_equal(
                        charset_decode(cases[i].charset, cases[i].bytes, strlen(cases[i].bytes), &text, &offset), 0);
                assert_string_equal(text.data, cases[i].text);
                assert_int_equal(text.length, strlen(cases[i].text));
        }
}

static void unreadable_bytes_are_placed(void **state) {
        static const struct {
                enum charset charset;
                const char *bytes;
                size_t length, offset;
        } cases[] = {
                {CHARSET_UTF8, "ab\xff", 3, 2},
                {CHARSET_UTF8, "ab\xe3\x81", 4, 2},
                {CHARSET_UTF8, "\xed\xa0\x80", 3, 0},
                {CHARSET_UTF8, "\xc0\x80", 2, 0},
                {CHARSET_UTF8, "a\0b", 3, 1},
                {CHARSET_UNKNOWN, "a\0b", 3, 1},
                {CHARSET_CP932, "a\0b", 3, 1},
                {CHARSET_UNKNOWN,
                 "\xff\xfe"
                 "a\0",
                 4, 0}, /* UTF-16 */
                {CHARSET_CP932, "abc\x81", 4, 3},
                {CHARSET_CP932, "\x82\xa0\xfd", 3, 2},
                {CHARSET_UTF8, "\x8b\x40", 2, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(text_free) struct text text = {0};
                size_t offset = 99;
                assert_int_equal(charset_decode(cases[i].charset, cases[i].bytes, cases[i].length, &text, &offset),
                                 -EILSEQ);
                assert_int_equal(offset, cases[i].offset);
        }
}

static void long_files_are_decoded_whole(void **state) {
        _cleanup_(text_free) struct text bytes = {0}, text = {0};
        size_t offset;

        (void)state;
        text_append_char(&bytes, 'x'); /* so that no buffer ends between two characters */
        for (int i = 0; i < 100000; i++)
                text_append_string(&bytes, "\x81\x60\x82\xa0");
        assert_int_equal(charset_decode(CHARSET_CP932, bytes.data, bytes.length, &text, &offset), 0);
        assert_int_equal(text.length, 1 + 600000);
        assert_string_equal(text.data + text.length - 6, "～あ");
}

static void half_width_kana_are_not_taken_for_letters(void **state) {
        static const struct {
                const char *bytes;
                int result;
                size_t offset;
        } cases[] = {
                {"code,name\n1,\xcf\xb2\xc5\xbd\n", -ENOTUNIQ, 12}, /* ﾏｲﾅｽ or ϲŽ */
                {"Caf\xc3\xa9", -ENOTUNIQ, 3},                      /* Cafﾃｩ or Café */
                {"\xe6\xb6\xb1", -ENOTUNIQ, 0},                     /* 趾ｱ or 涱, which is no character of CP932 */
                {"Caf\xc3\xa9, 機", 0, 0},
                {"\xef\xbb\xbf"
                 "Caf\xc3\xa9",
                 0, 0},
                {"\xcf\xb2\xb6", 0, 0}, /* no UTF-8 */
                {"\xc3\x97,", 0, 0},    /* no CP932 */
                {"\xf0\x9f\x98\x80", 0, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(text_free) struct text text = {0};
                size_t offset = 0, length = strlen(cases[i].bytes);
                assert_int_equal(charset_decode(CHARSET_UNKNOWN, cases[i].bytes, length, &text, &offset),
                                 cases[i].result);
                if (cases[i].result)
                        assert_int_equal(offset, cases[i].offset);
                /* who says which it is, is not asked */
                text.length = 0;
                assert_int_not_equal(charset_decode(CHARSET_CP932, cases[i].bytes, length, &text, &offset), -ENOTUNIQ);
                assert_int_not_equal(charset_decode(CHARSET_UTF8, cases[i].bytes, length, &text, &offset), -ENOTUNIQ);
        }
}

static void text_is_encoded(void **state) {
        static const struct {
                const char *text, *bytes;
                size_t lost;
        } cases[] = {
                {"", "", 0},
                {"機器\r\n", "\x8b\x40\x8a\xed\r\n", 0},
                {"〜−—‖～－―∥", "\x81\x60\x81\x7c\x81\x5c\x81\x61\x81\x60\x81\x7c\x81\x5c\x81\x61", 0},
                {"¥100",
                 "\x81\x8f"
                 "100",
                 0},
                {"¥", "\x81\x8f", 0},
                {"か\u3099", "\x82\xaa", 0},
                {"𠮷野é", "\x81\xac\x96\xec\x81\xac", 2},
                {"¢£¬‾", "\x81\x91\x81\x92\x81\xca\x81\x50", 0},
                {"\u212b\u00c5", "\x81\xf0\x81\xf0", 0},
                {"\ufa1b\ufa11", "\xfb\x82\xfa\xb1", 0}, /* 福 﨑, which CP932 has */
                {"\ufa5b", "\x8e\xd2", 1},               /* 者, which it has otherwise */
                {"葛\U000e0100城", "\x8a\x8b\x8f\xe9", 1},
                {"a\u200db\u200bc\u2060\ufe0f", "abc", 4},
                {"\u00a0\u2013㋿", " -\x97\xdf\x98\x61", 3},
                {"½\u2012\u2219\u2044", "1/2-\x81\x45/", 4},
                {"¦«»ゔ\u2716", "\xfa\x55\x81\x73\x81\x74\x83\x94\x81\x7e", 5},
                {"a\U000e0041\U000e007fb", "ab", 2},
        };
        struct charset_encoder *encoder;

        (void)state;
        assert_int_equal(charset_encoder_open(&encoder), 0);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(text_free) struct text text = {0};
                size_t lost = 0;
                assert_int_equal(charset_encode(encoder, cases[i].text, strlen(cases[i].text), &text, &lost), 0);
                assert_int_equal(text.length, strlen(cases[i].bytes));
                if (text.length)
                        assert_string_equal(text.data, cases[i].bytes);
                assert_int_equal(lost, cases[i].lost);
        }
        charset_encoder_close(encoder);
}

/* What comes back is the character as it is kept, or else it is counted. */
static void each_character_comes_back(void **state) {
        struct charset_encoder *encoder;
        size_t kept = 0, geta = 0;

        (void)state;
        assert_int_equal(charset_encoder_open(&encoder), 0);
        for (ucs4_t c = 1; c <= 0x10ffff; c++) {
                _cleanup_(text_free) struct text form = {0}, bytes = {0}, back = {0}, again = {0};
                uint8_t utf8[6];
                int size = u8_uctomb(utf8, c, 6);
                size_t lost = 0, offset;
                if (size < 0)
                        continue;
                characters_append_form(&form, (const char *)utf8, (size_t)size);
                assert_int_equal(charset_encode(encoder, (const char *)utf8, (size_t)size, &bytes, &lost), 0);
                assert_int_equal(charset_decode(CHARSET_CP932, bytes.data ?: "", bytes.length, &back, &offset), 0);
                characters_append_form(&again, back.data, back.length);
                kept += strcmp(form.data, again.data) == 0;
                geta += strcmp(back.data, "〓") == 0;
                if ((lost > 0) != (strcmp(form.data, again.data) != 0))
                        fail_msg("U+%04X came back as %s", c, back.data);
        }
        charset_encoder_close(encoder);
        assert_true(kept > 9300);
        assert_true(geta > 1000000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_are_known),
                cmocka_unit_test(declared_charsets_are_found),
                cmocka_unit_test(bytes_are_decoded),
                cmocka_unit_test(unreadable_bytes_are_placed),
                cmocka_unit_test(long_files_are_decoded_whole),
                cmocka_unit_test(half_width_kana_are_not_taken_for_letters),
                cmocka_unit_test(text_is_encoded),
                cmocka_unit_test(each_character_comes_back),
        };
        return cmocka_run_group_tests_name("charset", tests, NULL, NULL);
}
