#include "documents/charset.h"

#include "core/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <uninorm.h>
#include <unistr.h>

#include <cmocka.h>

static void names_are_known(void **state) {
        (void)state;
        assert_int_equal(charset_find("UTF-8"), CHARSET_UTF8);
        assert_int_equal(charset_find("utf8"), CHARSET_UTF8);
        assert_int_equal(charset_find("cp932"), CHARSET_CP932);
        assert_int_equal(charset_find("Windows-31J"), CHARSET_CP932);
        assert_int_equal(charset_find("Shift_JIS"), CHARSET_CP932);
        assert_int_equal(charset_find("euc-jp"), CHARSET_UNKNOWN);
        assert_int_equal(charset_find(""), CHARSET_UNKNOWN);
        assert_int_equal(charset_find(NULL), CHARSET_UNKNOWN);
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
                {CHARSET_CP932, "\x81\x60\x81\x7c\x81\x5c\x81\x61\x81\x91\x81\x92\x81\xca", "〜−—‖¢£¬"},
                {CHARSET_CP932,
                 "a\x81\x60"
                 "b",
                 "a〜b"},
                {CHARSET_UTF8, "～－―∥", "～－―∥"}, /* as they were written */
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
        assert_string_equal(text.data + text.length - 6, "〜あ");
}

static void each_character_is_normalised_as_the_library_does(void **state) {
        _cleanup_(text_free) struct text ours = {0};

        (void)state;
        for (ucs4_t c = 1; c <= 0x10ffff; c++) {
                static const char before[] = "が", after[] = "゙́a";
                uint8_t bytes[32], theirs[128];
                size_t length = strlen(before), theirs_length = sizeof(theirs);
                int size;
                memcpy(bytes, before, length);
                if ((size = u8_uctomb(bytes + length, c, 6)) < 0)
                        continue;
                length += (size_t)size;
                /* alone it may take the quick way, with marks after it never */
                for (int marked = 0; marked < 2; marked++) {
                        ours.length = 0;
                        charset_append_nfc(&ours, (const char *)bytes, length);
                        theirs_length = sizeof(theirs);
                        u8_normalize(UNINORM_NFC, bytes, length, theirs, &theirs_length);
                        assert_int_equal(ours.length, theirs_length);
                        assert_memory_equal(ours.data, theirs, theirs_length);
                        memcpy(bytes + length, after, strlen(after));
                        length += strlen(after);
                }
        }
}

static void widths_are_folded(void **state) {
        static const struct {
                const char *text, *folded;
        } cases[] = {
                {"", ""},
                {"R-01", "R-01"},
                {"Ｒ－０１", "R-01"},
                {"Ｒ−０１", "R-01"},
                {"ﾙｰﾀ", "ルータ"},
                {"ｶﾞ", "ガ"},
                {"Ⅰ", "I"},
                {"か\u3099", "が"},
                {"　", " "},
                {"機器−", "機器-"},
                {"ＷＥＢ会議", "WEB会議"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(text_free) struct text text = {0};
                charset_append_folded(&text, cases[i].text, strlen(cases[i].text));
                assert_string_equal(text.data, cases[i].folded);
                assert_int_equal(text.length, strlen(cases[i].folded));
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
                {"𠮷野é㋿", "\x81\xac\x96\xec\x81\xac\x81\xac", 3},
                {"a\U000e0041\U000e007fb",
                 "a\x81\xac\x81\xac"
                 "b",
                 2}, /* iconv itself would drop them */
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

/* What comes back is the character itself, or one that CP932 cannot tell from it: 〓 is always counted. */
static void each_character_comes_back(void **state) {
        struct charset_encoder *encoder;
        size_t kept = 0, geta = 0;

        (void)state;
        assert_int_equal(charset_encoder_open(&encoder), 0);
        for (ucs4_t c = 1; c <= 0x10ffff; c++) {
                _cleanup_(text_free) struct text normal = {0}, bytes = {0}, back = {0};
                uint8_t utf8[6];
                int size = u8_uctomb(utf8, c, 6);
                size_t lost = 0, offset;
                if (size < 0)
                        continue;
                charset_append_nfc(&normal, (const char *)utf8, (size_t)size);
                assert_int_equal(charset_encode(encoder, (const char *)utf8, (size_t)size, &bytes, &lost), 0);
                assert_int_equal(charset_decode(CHARSET_CP932, bytes.data, bytes.length, &back, &offset), 0);
                kept += strcmp(normal.data, back.data) == 0;
                geta += lost > 0;
                if (lost == 0 && strcmp(normal.data, back.data) != 0 && c != 0xa5 && c != 0x203e &&
                    !strstr("～－―∥￠￡￢", normal.data))
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
                cmocka_unit_test(each_character_is_normalised_as_the_library_does),
                cmocka_unit_test(widths_are_folded),
                cmocka_unit_test(text_is_encoded),
                cmocka_unit_test(each_character_comes_back),
        };
        return cmocka_run_group_tests_name("charset", tests, NULL, NULL);
}
