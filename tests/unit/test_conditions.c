#include "http/conditions.h"
#include "http/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct request request;

static int set_up(void **state) {
        (void)state;
        request = (struct request){.arena = arena_new()};
        return 0;
}

static int tear_down(void **state) {
        (void)state;
        arena_free(request.arena);
        return 0;
}

static void a_version_and_the_language_make_a_tag(void **state) {
        (void)state;
        assert_string_equal(conditions_tag(&request, "7"), "\"7.ja\"");
        request.language = LANGUAGE_EN;
        assert_string_equal(conditions_tag(&request, "7"), "\"7.en\"");
}

static void if_match_names_versions(void **state) {
        static const struct {
                const char *if_match, *versions;
        } cases[] = {
                {"\"7.ja\"", "{7}"},
                {"\"7.en\"", "{7}"},
                {"\"7.ja\", \"8.ja\"", "{7,8}"},
                {"\"7.seen-by_1.ja\"", "{7}"},
                {" ,\"7.ja\",,\"8.en\" ,", "{7,8}"},
                {"\"0.ja\"", "{0}"},
                {"\"999999999999999999.ja\"", "{999999999999999999}"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(conditions_versions(&request, cases[i].if_match), cases[i].versions);
}

static void a_star_is_any_version(void **state) {
        (void)state;
        assert_null(conditions_versions(&request, "*"));
}

static void tags_that_are_not_ours_match_nothing(void **state) {
        static const char *const cases[] = {
                "",
                "7.ja",
                "\"7\"",
                "\"7.\"",
                "\"7.fr\"",
                "\"7.ja.x.en\"",
                "\".ja\"",
                "\"a.ja\"",
                "\"-7.ja\"",
                "\"07.ja\"",
                "\"7,8.ja\"",
                "\"7}.ja\"",
                "\"9999999999999999999.ja\"",
                "\"7.ja",
                "W/\"7.ja\"",
                "w/\"7.ja\"",
                "\"\"",
                "*, \"\"",
                "\"7",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(conditions_versions(&request, cases[i]), "{}");
}

static void a_weak_tag_does_not_hide_a_strong_one(void **state) {
        (void)state;
        assert_string_equal(conditions_versions(&request, "W/\"6.ja\", \"7.ja\""), "{7}");
}

static void if_none_match_compares_weakly(void **state) {
        (void)state;
        assert_true(conditions_unchanged("\"7.ja\"", "\"7.ja\""));
        assert_true(conditions_unchanged("W/\"7.ja\"", "\"7.ja\""));
        assert_true(conditions_unchanged("\"abc\"", "W/\"abc\""));
        assert_true(conditions_unchanged("W/\"abc\"", "W/\"abc\""));
        assert_true(conditions_unchanged("\"6.ja\", \"7.ja\"", "\"7.ja\""));
        assert_true(conditions_unchanged("*", "\"7.ja\""));
}

static void other_tags_have_changed(void **state) {
        static const char *const cases[] = {"",           "\"7.en\"",    "7.ja",     "\"7.ja", "\"7.j\"",
                                            "\"7.jaa\"",  "\"\"",        "W/",       "W/\"",   "W/7.ja",
                                            "\"6\" junk", "*, \"6.ja\"", "\"7.ja2\""};

        (void)state;
        assert_false(conditions_unchanged(NULL, "\"7.ja\""));
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_false(conditions_unchanged(cases[i], "\"7.ja\""));
}

static void a_hash_is_a_strong_tag_of_the_whole_body(void **state) {
        const char *one = conditions_hash(&request, "{\"a\":1}", 7), *other = conditions_hash(&request, "{\"a\":2}", 7);

        (void)state;
        assert_int_equal(one[0], '"');
        assert_int_equal(one[strlen(one) - 1], '"');
        assert_int_equal(strlen(one), 26);
        assert_string_not_equal(one, other);
        assert_string_equal(one, conditions_hash(&request, "{\"a\":1}", 7));
        assert_non_null(conditions_hash(&request, NULL, 0));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_version_and_the_language_make_a_tag, set_up, tear_down),
                cmocka_unit_test_setup_teardown(if_match_names_versions, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_star_is_any_version, set_up, tear_down),
                cmocka_unit_test_setup_teardown(tags_that_are_not_ours_match_nothing, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_weak_tag_does_not_hide_a_strong_one, set_up, tear_down),
                cmocka_unit_test(if_none_match_compares_weakly),
                cmocka_unit_test(other_tags_have_changed),
                cmocka_unit_test_setup_teardown(a_hash_is_a_strong_tag_of_the_whole_body, set_up, tear_down),
        };
        return cmocka_run_group_tests_name("conditions", tests, NULL, NULL);
}
