/* The official JSON Schema test suite, draft 2020-12: every test of every keyword that the service supports. */
#include "contract/schema.h"
#include "core/cleanup.h"
#include "suite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static bool agrees(const struct suite_test *test) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        _cleanup_json_ json_t *data = json_loads(test->data, JSON_DECODE_ANY, NULL);
        struct faults faults = {0};

        assert_non_null(data);
        bool valid = schema_validate(test->schema, data, arena, &faults) == 0;
        if (valid != test->valid)
                print_message("%s: %s should be %s\n", test->name, test->data, test->valid ? "valid" : "invalid");
        if (!valid)
                assert_true(faults.count > 0 && faults.items[0].ja && faults.items[0].en);
        return valid == test->valid;
}

static void test_every_test_agrees(void **state) {
        unsigned wrong = 0;

        (void)state;
        for (size_t i = 0; i < SUITE_TESTS; i++)
                wrong += !agrees(&suite_tests[i]);
        print_message("suite: %d tests run, %u left out for an unsupported keyword\n", SUITE_TESTS, suite_left_out);
        assert_int_equal(wrong, 0);
}

static void test_every_keyword_was_run(void **state) {
        unsigned missing = 0;

        (void)state;
        for (size_t i = 0; i < sizeof(suite_keywords) / sizeof(suite_keywords[0]); i++) {
                print_message("suite: %-22s %u tests\n", suite_keywords[i].name, suite_keywords[i].tests);
                missing += suite_keywords[i].tests == 0;
        }
        assert_int_equal(missing, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_test_agrees),
                cmocka_unit_test(test_every_keyword_was_run),
        };
        if (schema_prepare() < 0)
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
