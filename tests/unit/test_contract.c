#include "fixture.h"

#include "contract/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID "01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10"

static const struct operation *find(enum method method, const char *path, struct slice values[static 4]) {
        const struct operation *operation = NULL;
        unsigned allow = 0;

        assert_int_equal(route_find(method, path, strlen(path), &operation, values, &allow), 0);
        return operation;
}

static void finds_by_literals(void **state) {
        struct slice values[4];

        (void)state;
        assert_string_equal(find(METHOD_GET, "/livez", values)->id, "get_livez");
        assert_string_equal(find(METHOD_GET, "/api/v1/things", values)->id, "list_things");
        assert_string_equal(find(METHOD_POST, "/api/v1/things", values)->id, "create_thing");
}

static void gives_raw_parameters_in_the_order_of_the_path(void **state) {
        struct slice values[4];
        const struct operation *operation = find(METHOD_GET, "/api/v1/things/" ID "/parts/%41+b", values);

        (void)state;
        assert_string_equal(operation->id, "get_part");
        assert_int_equal(values[0].length, 36);
        assert_memory_equal(values[0].data, ID, 36);
        assert_int_equal(values[1].length, 5);
        assert_memory_equal(values[1].data, "%41+b", 5);
        assert_string_equal(operation->path_parameters[0].name, "thing_id");
        assert_string_equal(operation->path_parameters[1].name, "part");
        assert_null(operation->path_parameters[2].name);
}

static void a_literal_wins_but_does_not_hide(void **state) {
        struct slice values[4];

        (void)state;
        assert_string_equal(find(METHOD_POST, "/api/v1/things/import", values)->id, "import_things");
        assert_string_equal(find(METHOD_GET, "/api/v1/things/imports", values)->id, "get_thing");
        assert_string_equal(find(METHOD_GET, "/api/v1/things/impor", values)->id, "get_thing");
        /* The segment `import` as the id of a thing: the way by the literal ends, the other goes on. */
        assert_string_equal(find(METHOD_GET, "/api/v1/things/import/import", values)->id, "get_thing_import");
        assert_memory_equal(values[0].data, "import/import", 13);
        assert_int_equal(values[0].length, 6);
}

static void refuses_what_is_not_there(void **state) {
        static const char *const paths[] = {
                "",
                "/",
                "livez",
                "//livez",
                "/livez/",
                "/livez/x",
                "/livezz",
                "/live",
                "/LIVEZ",
                "/api",
                "/api/v1",
                "/api/v1/",
                "/api/v1/things/",
                "/api/v1/things//parts/x",
                "/api/v1/things/" ID "/parts",
                "/api/v1/things/" ID "/parts/",
                "/api/v1/things/" ID "/parts/x/y",
                "/{x}",
                "*",
                "/%6civez",
        };
        struct slice values[4];
        const struct operation *operation = NULL;
        unsigned allow = 77;

        (void)state;
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
                assert_int_equal(route_find(METHOD_GET, paths[i], strlen(paths[i]), &operation, values, &allow),
                                 PROBLEM_NOT_FOUND);
                assert_null(operation);
                assert_int_equal(allow, 77);
        }
}

static void tells_the_methods_that_are_allowed(void **state) {
        const char *path = "/api/v1/things/" ID;
        struct slice values[4];
        const struct operation *operation = NULL;
        unsigned allow = 0;

        (void)state;
        assert_int_equal(route_find(METHOD_DELETE, path, strlen(path), &operation, values, &allow),
                         PROBLEM_METHOD_NOT_ALLOWED);
        assert_int_equal(allow, 1U << METHOD_GET | 1U << METHOD_PATCH);
        allow = 0;
        assert_int_equal(route_find(METHODS, path, strlen(path), &operation, values, &allow),
                         PROBLEM_METHOD_NOT_ALLOWED);
        assert_int_equal(allow, 1U << METHOD_GET | 1U << METHOD_PATCH);
        assert_null(operation);
}

static void respects_the_length(void **state) {
        struct slice values[4];
        const struct operation *operation = NULL;
        unsigned allow;

        (void)state;
        assert_int_equal(route_find(METHOD_GET, "/livez?x=1", 6, &operation, values, &allow), 0);
        assert_int_equal(route_find(METHOD_GET, "/livez", 5, &operation, values, &allow), PROBLEM_NOT_FOUND);
}

static bool has_problem(const struct operation *operation, int problem) {
        for (const int *one = operation->problems; *one; one++)
                if (*one == problem)
                        return true;
        return false;
}

static void says_what_an_operation_is(void **state) {
        struct slice values[4];
        const struct operation *create = find(METHOD_POST, "/api/v1/things", values);
        const struct operation *change = find(METHOD_PATCH, "/api/v1/things/x", values);
        const struct operation *list = find(METHOD_GET, "/api/v1/things", values);
        const struct operation *import = find(METHOD_POST, "/api/v1/things/import", values);
        const struct operation *key = find(METHOD_POST, "/api/v1/things/x/key", values);

        (void)state;
        assert_string_equal(create->roles, "{general_manager,operator}");
        assert_string_equal(create->scope, "devices:write");
        assert_string_equal(change->scope, "");
        assert_int_equal(create->flags, OPERATION_WRITES);
        assert_int_equal(change->flags, OPERATION_WRITES | OPERATION_IF_MATCH);
        assert_int_equal(import->flags, OPERATION_WRITES | OPERATION_IMPORT);
        assert_int_equal(find(METHOD_GET, "/livez", values)->flags, OPERATION_PUBLIC);
        assert_int_equal(key->flags, OPERATION_WRITES | OPERATION_SECRET_RESPONSE);
        assert_true(has_problem(key, PROBLEM_ANSWER_WAS_SECRET));
        assert_false(has_problem(create, PROBLEM_ANSWER_WAS_SECRET));
        assert_string_equal(change->body_types[0], "application/merge-patch+json");
        assert_null(change->body_types[1]);
        assert_non_null(change->body);
        assert_null(import->body);
        assert_true(import->body_required);
        assert_null(list->body_types);
        assert_string_equal(list->answers[0], "application/json");
        assert_string_equal(list->answers[1], "text/csv");
        assert_null(list->answers[2]);
        assert_true(list->query_parameters[3].many);
        assert_int_equal(list->query_parameters[3].many_max, 2);
        assert_true(has_problem(create, PROBLEM_CONFLICT));
        assert_true(has_problem(create, PROBLEM_REQUEST_IN_PROGRESS));
        assert_false(has_problem(create, PROBLEM_PRECONDITION_REQUIRED));
        assert_true(has_problem(change, PROBLEM_PRECONDITION_REQUIRED));
        assert_false(has_problem(list, PROBLEM_VALIDATION_FAILED));
        assert_true(create->handler == op_create_thing);
}

static void carries_the_bundle(void **state) {
        (void)state;
        assert_int_equal(strlen(contract_json), contract_json_length);
        assert_int_equal(strlen(contract_yaml), contract_yaml_length);
        assert_memory_equal(contract_json, "{\"openapi\":\"3.1.0\"", 18);
        assert_memory_equal(contract_yaml, "openapi: 3.1.0", 14);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_by_literals),
                cmocka_unit_test(gives_raw_parameters_in_the_order_of_the_path),
                cmocka_unit_test(a_literal_wins_but_does_not_hide),
                cmocka_unit_test(refuses_what_is_not_there),
                cmocka_unit_test(tells_the_methods_that_are_allowed),
                cmocka_unit_test(respects_the_length),
                cmocka_unit_test(says_what_an_operation_is),
                cmocka_unit_test(carries_the_bundle),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
