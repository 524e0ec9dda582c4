#include "core/characters.h"

#include "core/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <uninorm.h>
#include <unistr.h>

#include <cmocka.h>

/* The two exceptions from NFC. */
static bool is_kept(ucs4_t c) {
        return (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

static bool has_twin(ucs4_t c) {
        static const ucs4_t twins[] = {0xa2, 0xa3, 0xa5, 0xac, 0x2014, 0x2016, 0x203e, 0x2212, 0x301c};

        for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++)
                if (twins[i] == c)
                        return true;
        return false;
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
                if (has_twin(c) || is_kept(c) || (size = u8_uctomb(bytes + length, c, 6)) < 0)
                        continue;
                length += (size_t)size;
                /* alone it may take the quick way, with marks after it never */
                for (int marked = 0; marked < 2; marked++) {
                        ours.length = 0;
                        characters_append_form(&ours, (const char *)bytes, length);
                        theirs_length = sizeof(theirs);
                        u8_normalize(UNINORM_NFC, bytes, length, theirs, &theirs_length);
                        assert_int_equal(ours.length, theirs_length);
                        assert_memory_equal(ours.data, theirs, theirs_length);
                        memcpy(bytes + length, after, strlen(after));
                        length += strlen(after);
                }
        }
}

static void texts_have_one_form(void **state) {
        static const char *const cases[][2] = {
                {"", ""},
                {"か\u3099", "が"},
                {"〜−—‖¢£¬¥‾", "～－―∥￠￡￢￥￣"},
                {"～－―∥￠￡￢￥￣", "～－―∥￠￡￢￥￣"},
                {"\ufa1b田", "\ufa1b田"},
                {"か\u3099\ufa1bか\u3099\U0002f81aは\u309a", "が\ufa1bが\U0002f81aぱ"},
                {"葛\U000e0100城", "葛\U000e0100城"},
                {"　 名\u00a0前\u3000\n", "名\u00a0前"},
                {"\u200b名\u2060", "名"},
                {"一\r\n二\r三\u2028四\u2029五", "一\n二\n三\n四\n五"},
                {"　\u00a0\t\n", ""},
        };
        _cleanup_(text_free) struct text once = {0}, twice = {0};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const char *settled = characters_settle(&once, cases[i][0], strlen(cases[i][0]));
                assert_string_equal(settled, cases[i][1]);
                assert_string_equal(characters_settle(&twice, settled, strlen(settled)), settled);
        }
}

static void widths_are_folded(void **state) {
        static const char *const cases[][2] = {
                {"", ""},           {"R-01", "R-01"},  {"Ｒ－０１", "R-01"}, {"Ｒ−０１", "R-01"},
                {"R‐01", "R-01"},   {"ﾙｰﾀ", "ルータ"}, {"ｶﾞ", "ガ"},         {"Ⅰ", "I"},
                {"か\u3099", "が"}, {"　", " "},       {"機器−", "機器-"},   {"ＷＥＢ会議", "WEB会議"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(text_free) struct text text = {0};
                characters_append_narrow(&text, cases[i][0], strlen(cases[i][0]));
                assert_string_equal(text.data, cases[i][1]);
                assert_int_equal(text.length, strlen(cases[i][1]));
        }
}

static void blanks_are_known(void **state) {
        static const char *const blank[] = {"",       " ",      "　", "\u00a0\u2003", "\u200b\u200d\ufe0f",
                                            "\u3164", "\u2800", "\n"};
        static const char *const visible[] = {"a", "　。", "\u309b", "〓", "-"};

        (void)state;
        for (size_t i = 0; i < sizeof(blank) / sizeof(blank[0]); i++)
                assert_true(characters_are_blank(blank[i], strlen(blank[i])));
        for (size_t i = 0; i < sizeof(visible) / sizeof(visible[0]); i++)
                assert_false(characters_are_blank(visible[i], strlen(visible[i])));
}

static void some_characters_are_refused(void **state) {
        static const char *const never[] = {"\x01",       "\x7f",   "\xc2\x85",   "\ue000", "\U000f0000",
                                            "\U0010ffff", "\u202e", "\u202a",     "\u2066", "\u2069",
                                            "\ufdd0",     "\uffff", "\U0001fffe", "\ufeff", "\r"};
        static const char *const always[] = {"機", "葛\U000e0100", "👨\u200d👩", "\u200f", "\u00a0", "\u0378", "é"};

        (void)state;
        for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
                assert_true(characters_are_refused(never[i], strlen(never[i]), true));
        for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
                assert_false(characters_are_refused(always[i], strlen(always[i]), false));
        assert_true(characters_are_refused("a\tb", 3, false));
        assert_true(characters_are_refused("a\nb", 3, false));
        assert_false(characters_are_refused("a\tb\n", 4, true));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_character_is_normalised_as_the_library_does),
                cmocka_unit_test(texts_have_one_form),
                cmocka_unit_test(widths_are_folded),
                cmocka_unit_test(blanks_are_known),
                cmocka_unit_test(some_characters_are_refused),
        };
        return cmocka_run_group_tests_name("characters", tests, NULL, NULL);
}
