#include "contract/schema_table.h"
#include "http/problem.h"
#include "http/request.h"
#include "http/target.h"
#include "problems.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct schema text = {.types = SCHEMA_STRING, .limits = SCHEMA_MIN_LENGTH, .min_length = 1};
static const struct schema uuid = {.types = SCHEMA_STRING, .format = SCHEMA_FORMAT_UUID};
static const struct schema flag = {.types = SCHEMA_BOOLEAN};
static const struct schema limit = {
        .types = SCHEMA_INTEGER, .limits = SCHEMA_MINIMUM | SCHEMA_MAXIMUM, .minimum = 1, .maximum = 200};
static const struct parameter in_path[] = {{.name = "thing_id", .schema = &uuid, .required = true}, {0}};
static const struct parameter in_query[] = {
        {.name = "q", .schema = &text},
        {.name = "limit", .schema = &limit, .fallback = "50"},
        {.name = "include_total", .schema = &flag},
        {.name = "sort", .schema = &text},
        {.name = "kind", .schema = &text, .many = true, .many_max = 3},
        {0},
};
static const struct parameter needed[] = {{.name = "as_of", .schema = &text, .required = true}, {0}};
static const struct operation operation = {.id = "get_thing", .path_parameters = in_path, .query_parameters = in_query};

#define ID "01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10"

static struct request request;
static struct report report;

static int set_up(void **state) {
        (void)state;
        request = (struct request){.arena = arena_new(), .operation = &operation, .path = "/things/" ID};
        return 0;
}

static int tear_down(void **state) {
        (void)state;
        arena_free(request.arena);
        return 0;
}

static int read_parameters(const char *id, const char *query) {
        const struct slice values[4] = {{.data = id, .length = strlen(id)}};

        report = (struct report){0};
        request.query = query;
        return target_read(&request, values, &report);
}

static void parameters_are_decoded(void **state) {
        (void)state;
        assert_int_equal(read_parameters(ID, "q=%E9%8D%B5+a%2Bb%26&limit=7&include_total=true&sort=-code"), 0);
        assert_string_equal(request_path(&request, "thing_id"), ID);
        assert_string_equal(request_query(&request, "q"), "鍵 a+b&");
        assert_int_equal(request.page.limit, 7);
        assert_true(request.page.total);
        assert_true(request.page.descending);
        assert_string_equal(request.page.sort, "code");
        assert_null(request_query(&request, "kind"));
        assert_null(request_query(&request, "no_such"));
}

static void none_is_none(void **state) {
        static const char *const queries[] = {NULL, "", "&", "&&&"};

        (void)state;
        for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
                assert_int_equal(read_parameters(ID, queries[i]), 0);
                assert_null(request_query(&request, "q"));
                assert_int_equal(request.page.limit, 50);
                assert_false(request.page.total);
        }
}

static void an_id_that_is_none_names_nothing(void **state) {
        static const char *const ids[] = {"7", "x", ID "0", "01980c5e7a3b7c419d542f6f0b1c7d10", "%41", ID "%2F"};

        (void)state;
        for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
                assert_int_equal(read_parameters(ids[i], NULL), PROBLEM_NOT_FOUND);
                assert_int_equal(report.problem, PROBLEM_NOT_FOUND);
        }
}

static void a_malformed_path_is_said_to_be_so(void **state) {
        static const char *const ids[] = {"%", "%zz", "%00", "%ff", "%ED%A0%80"};

        (void)state;
        for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
                assert_int_equal(read_parameters(ids[i], NULL), PROBLEM_INVALID_PARAMETER);
                assert_string_equal(report.parameter, "thing_id");
        }
}

static void faults_of_the_query_are_named(void **state) {
        static const struct {
                const char *query, *parameter;
        } cases[] = {
                {"nope=1", "nope"},
                {"nope", "nope"},
                {"Q=a", "Q"},
                {"access_token=abc", "access_token"},
                {"q=a&q=a", "q"},
                {"q=a&%71=b", "q"},
                {"limit=1&limit=1", "limit"},
                {"q=%zz", "q"},
                {"q=%00", "q"},
                {"q=%ED%A0%80", "q"},
                {"q=a%", "q"},
                {"%zz=a", ""},
                {"=a", ""},
                {"q", "q"},
                {"q=", "q"},
                {"limit=0", "limit"},
                {"limit=201", "limit"},
                {"limit=1.5", "limit"},
                {"limit=x", "limit"},
                {"limit=99999999999999999999", "limit"},
                {"limit=%201", "limit"},
                {"limit=0x10", "limit"},
                {"limit=", "limit"},
                {"include_total=yes", "include_total"},
                {"include_total=TRUE", "include_total"},
                {"kind=a,,b", "kind"},
                {"kind=,", "kind"},
                {"kind=a,b,c,d", "kind"},
                {"kind=a&kind=b", "kind"},
                {"thing_id=" ID, "thing_id"},
                {"q=a?limit=1&x", "x"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(read_parameters(ID, cases[i].query), PROBLEM_INVALID_PARAMETER);
                assert_int_equal(report.problem, PROBLEM_INVALID_PARAMETER);
                assert_string_equal(report.parameter, cases[i].parameter);
                assert_non_null(report.ja);
                assert_non_null(report.en);
        }
}

static void alternatives_are_an_array(void **state) {
        (void)state;
        assert_int_equal(read_parameters(ID, "kind=a,b%2Cc"), 0);
        assert_string_equal(request_query(&request, "kind"),
                            transaction_array(request.arena, (const char *[]){"a", "b", "c"}, 3));
        assert_int_equal(read_parameters(ID, "kind=%22%5C%7B"), 0);
        assert_string_equal(request_query(&request, "kind"),
                            transaction_array(request.arena, (const char *[]){"\"\\{"}, 1));
}

static void what_is_required_is_missed(void **state) {
        static const struct operation strict = {.id = "get_things", .query_parameters = needed};

        (void)state;
        request.operation = &strict;
        assert_int_equal(read_parameters("", NULL), PROBLEM_INVALID_PARAMETER);
        assert_string_equal(report.parameter, "as_of");
        assert_int_equal(read_parameters("", "as_of=x"), 0);
}

static void *no_memory(size_t size) {
        (void)size;
        return NULL;
}

/* A fault of ours, and none of the caller's. */
static void running_out_of_memory_is_no_fault_of_the_query(void **state) {
        (void)state;
        json_set_alloc_funcs(no_memory, free);
        int of_query = read_parameters(ID, "limit=7"), of_items = read_parameters(ID, "kind=a");
        request.query = NULL;
        int of_path = read_parameters(ID, NULL);
        json_set_alloc_funcs(malloc, free);
        assert_int_equal(of_query, -ENOMEM);
        assert_int_equal(of_items, -ENOMEM);
        assert_int_equal(of_path, -ENOMEM);
}

static void an_operation_without_parameters_takes_none(void **state) {
        static const struct operation bare = {.id = "get_livez"};

        (void)state;
        request.operation = &bare;
        assert_int_equal(read_parameters("", NULL), 0);
        assert_int_equal(read_parameters("", "a=b"), PROBLEM_INVALID_PARAMETER);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(parameters_are_decoded, set_up, tear_down),
                cmocka_unit_test_setup_teardown(none_is_none, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_id_that_is_none_names_nothing, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_malformed_path_is_said_to_be_so, set_up, tear_down),
                cmocka_unit_test_setup_teardown(faults_of_the_query_are_named, set_up, tear_down),
                cmocka_unit_test_setup_teardown(alternatives_are_an_array, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_required_is_missed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(running_out_of_memory_is_no_fault_of_the_query, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_operation_without_parameters_takes_none, set_up, tear_down),
        };
        return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
