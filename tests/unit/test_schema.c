/* What a caller is told: pointers, codes and sentences. Whether a value is valid is pinned by test_schema_suite. */
#include "contract/schema.h"
#include "core/cleanup.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct operation *operation_of(const char *id) {
        for (size_t i = 0; i < contract_operations_count; i++)
                if (strcmp(contract_operations[i].id, id) == 0)
                        return &contract_operations[i];
        fail();
        return NULL;
}

/* The faults of a body of create_thing, as "code pointer" in the order they are told, joined by "; ". */
static const char *faults_of(struct arena *arena, const char *body) {
        _cleanup_json_ json_t *value = json_loads(body, JSON_DECODE_ANY, NULL);
        struct faults faults = {0};
        const char *told = "";

        assert_non_null(value);
        int r = schema_validate(operation_of("create_thing")->body, value, arena, &faults);
        assert_int_equal(r, faults.count > 0 ? PROBLEM_VALIDATION_FAILED : 0);
        for (size_t i = 0; i < faults.count; i++) {
                told = arena_printf(arena, "%s%s%s %s", told, i > 0 ? "; " : "", faults.items[i].code,
                                    faults.items[i].pointer);
                assert_true(strlen(faults.items[i].ja) > 0 && strlen(faults.items[i].en) > 0);
        }
        return told;
}

static const struct {
        const char *body, *faults;
} cases[] = {
        {"{\"title\": \"t\", \"code\": \"A1\"}", ""},
        {"{}", "required /code; required /title"},
        {"[]", "type "},
        {"null", "type "},
        {"{\"title\": \"t\", \"code\": \"A1\", \"x\": 1, \"y\": {}}", "unknown_member /x; unknown_member /y"},
        {"{\"title\": 5, \"code\": \"A1\"}", "type /title"},
        {"{\"title\": null, \"code\": \"A1\"}", "type /title"},
        /* Lengths count code points, also beyond the basic plane. */
        {"{\"title\": \"𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷\", \"code\": \"A1\"}", ""},
        {"{\"title\": \"123456789012345678901\", \"code\": \"A1\"}", "too_long /title"},
        {"{\"title\": \"　\", \"code\": \"A1\"}", "too_short /title"},
        {"{\"title\": \"a\\u202eb\", \"code\": \"A1\"}", "character /title"},
        {"{\"title\": \"a\\nb\", \"code\": \"A1\"}", "character /title"},
        {"{\"title\": \"t\", \"code\": \"a1\"}", "pattern /code"},
        {"{\"title\": \"t\", \"code\": \"A1\\n\"}", "pattern /code"},
        {"{\"title\": \"t\", \"code\": \"A１\"}", "pattern /code"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"count\": 1.0}", ""},
        {"{\"title\": \"t\", \"code\": \"A1\", \"count\": 1.5}", "type /count"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"count\": true}", "type /count"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"count\": 0}", "too_small /count"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"count\": 9223372036854775807}", "too_large /count"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"count\": 1e300}", "too_large /count"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"share\": 0}", "too_small /share"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"share\": 1}", "too_large /share"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"share\": null}", ""},
        {"{\"title\": \"t\", \"code\": \"A1\", \"step\": 12}", "not_multiple /step"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"step\": 9007199254740991.0}", "too_large /step; not_multiple /step"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"from\": \"2026-02-28\"}", "required /until"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"until\": \"2026-02-29\"}", "format /until"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"at\": \"2026-04-01T08:30:00+09:00\"}", ""},
        {"{\"title\": \"t\", \"code\": \"A1\", \"at\": \"2026-04-01T08:30:00\"}", "format /at"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"at\": \"2026-04-01T24:00:00Z\"}", "format /at"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"at\": \"2026-04-01T08:30:00+14:00\"}", ""},
        {"{\"title\": \"t\", \"code\": \"A1\", \"at\": \"2026-04-01T08:30:00+14:01\"}", "format /at"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"at\": \"2026-04-01T08:30:00-23:59\"}", "format /at"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"at\": \"1899-12-31T23:59:59Z\"}", "pattern /at"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"until\": \"2200-01-01\"}", "pattern /until"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"until\": \"2199-12-31\"}", ""},
        {"{\"title\": \"t\", \"code\": \"A1\", \"month\": \"0999-04\"}", "pattern /month"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"month\": \"2026-04\"}", ""},
        {"{\"title\": \"t\", \"code\": \"A1\", \"month\": \"2026-13\"}", "format /month"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"month\": \"2026-4\"}", "format /month"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"month\": \"2026-04-01\"}", "format /month"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"mode\": \"fast\"}", ""},
        {"{\"title\": \"t\", \"code\": \"A1\", \"mode\": \"FAST\"}", "enum /mode"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"mode\": \"slow\"}", "required /reason"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"reason\": \"r\"}", "not_allowed /reason"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"names\": []}", "too_few_items /names"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"names\": [\"a\", \"b\", \"c\", \"d\"]}", "too_many_items /names"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"names\": [\"a\", \"b\", \"a\"]}", "duplicate_item /names/2"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"names\": [\"a\", 1]}", "type /names/1"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"a/b~c\": 1}", "type /a~1b~0c"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"tree\": {\"name\": \"n\", \"children\": [{\"name\": \"\"}]}}",
         "too_short /tree/children/0/name"},
        /* An alternative that the caller can only have meant says what is missing. */
        {"{\"title\": \"t\", \"code\": \"A1\", \"terminals\": [{\"kind\": \"device\"}]}",
         "required /terminals/0/device_id"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"terminals\": [{\"kind\": \"other\", \"device_id\": 1}]}",
         "unknown_member /terminals/0/device_id"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"terminals\": [{\"kind\": \"none\"}]}", "no_alternative /terminals/0"},
        {"{\"title\": \"t\", \"code\": \"A1\", \"terminals\": [{\"kind\": \"other\"}, 1]}",
         "no_alternative /terminals/1"},
};

static void tells_every_fault(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        unsigned wrong = 0;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const char *told = faults_of(arena, cases[i].body);
                if (strcmp(told, cases[i].faults) != 0) {
                        print_message("%s\n  told     %s\n  expected %s\n", cases[i].body, told, cases[i].faults);
                        wrong++;
                }
        }
        assert_int_equal(wrong, 0);
}

static void says_what_to_do(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        _cleanup_json_ json_t *value =
                json_loads("{\"title\": 5, \"code\": \"x\", \"count\": 11, \"mode\": \"x\"}", 0, NULL);
        struct faults faults = {0};

        (void)state;
        assert_int_equal(schema_validate(operation_of("create_thing")->body, value, arena, &faults),
                         PROBLEM_VALIDATION_FAILED);
        assert_int_equal(faults.count, 4);
        assert_string_equal(faults.items[0].ja, "英大文字の後に数字を続けてください。");
        assert_string_equal(faults.items[0].en, "Give a capital letter and digits.");
        assert_string_equal(faults.items[1].ja, "10以下にしてください。");
        assert_string_equal(faults.items[2].en, "Give one of: \"fast\", \"slow\"");
        assert_string_equal(faults.items[3].en, "The type is wrong: give a string.");
}

static void stops_at_the_most_faults(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        _cleanup_json_ json_t *value = json_object();
        struct faults faults = {0};

        (void)state;
        for (int i = 0; i < 10000; i++)
                json_object_set_new(value, arena_printf(arena, "m%d", i), json_null());
        assert_int_equal(schema_validate(operation_of("create_thing")->body, value, arena, &faults),
                         PROBLEM_VALIDATION_FAILED);
        assert_int_equal(faults.count, SCHEMA_FAULTS_MAX);
}

static void survives_depth(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        json_t *tree = json_pack("{s:s}", "name", "n");
        struct faults faults = {0};

        (void)state;
        for (int i = 0; i < 500; i++)
                tree = json_pack("{s:s, s:[o]}", "name", "n", "children", tree);
        _cleanup_json_ json_t *value = json_pack("{s:s, s:s, s:o}", "title", "t", "code", "A1", "tree", tree);
        assert_int_equal(schema_validate(operation_of("create_thing")->body, value, arena, &faults),
                         PROBLEM_VALIDATION_FAILED);
        assert_int_equal(faults.count, 1);
        assert_string_equal(faults.items[0].code, "too_deep");
}

static void survives_a_pattern_that_takes_long(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        struct schema slow = {.types = SCHEMA_STRING, .pattern = 1};
        _cleanup_json_ json_t *value =
                json_string("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
        struct faults faults = {0};

        (void)state;
        while (strcmp(schema_patterns[slow.pattern - 1], "^(?:a+)+$") != 0)
                assert_non_null(schema_patterns[slow.pattern++]);
        assert_int_equal(schema_validate(&slow, value, arena, &faults), PROBLEM_VALIDATION_FAILED);
        assert_string_equal(faults.items[0].code, "pattern");
}

static bool takes(const struct parameter *parameter, const char *text) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        struct faults faults = {0};

        return schema_validate_text(parameter->schema, text, arena, &faults) == 0;
}

static void reads_parameters_by_their_type(void **state) {
        const struct parameter *query = operation_of("list_things")->query_parameters;
        const struct parameter *path = operation_of("get_thing")->path_parameters;
        static const char *const no_limits[] = {"0",
                                                "201",
                                                "",
                                                " 5",
                                                "5 ",
                                                "1.0",
                                                "1e1",
                                                "0x5",
                                                "five",
                                                "\"5\"",
                                                "true",
                                                "+5",
                                                "99999999999999999999",
                                                "-1",
                                                "null",
                                                "[5]",
                                                "05"};
        static const char *const no_booleans[] = {"", "1", "TRUE", "True", "yes", " true", "null"};

        (void)state;
        assert_string_equal(query[0].name, "limit");
        assert_true(takes(&query[0], "1") && takes(&query[0], "200"));
        for (size_t i = 0; i < sizeof(no_limits) / sizeof(no_limits[0]); i++)
                if (takes(&query[0], no_limits[i]))
                        fail_msg("limit takes '%s'", no_limits[i]);
        assert_true(takes(&query[2], "true") && takes(&query[2], "false"));
        for (size_t i = 0; i < sizeof(no_booleans) / sizeof(no_booleans[0]); i++)
                if (takes(&query[2], no_booleans[i]))
                        fail_msg("a boolean takes '%s'", no_booleans[i]);
        assert_true(takes(&query[3], "a"));
        assert_false(takes(&query[3], "c"));
        assert_true(takes(&path[0], "01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10"));
        assert_true(takes(&path[0], "01980C5E-7A3B-7C41-9D54-2F6F0B1C7D10"));
        assert_false(takes(&path[0], "01980c5e7a3b7c419d542f6f0b1c7d10"));
        assert_false(takes(&path[0], "01980c5e-7a3b-7c41-9d54-2f6f0b1c7d1g"));
        assert_false(takes(&path[0], "x01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10"));
}

/* Wherever a schema says that people write it, and nowhere else. */
static void what_people_write_is_settled(void **state) {
        _cleanup_json_ json_t *value = json_loads("{\"title\": \"　か\\u3099−\\n\", \"code\": \" A1\","
                                                  " \"names\": [\" a\", \"a\"], \"other\": \" b\"}",
                                                  0, NULL);
        _cleanup_json_ json_t *wanted = json_loads("{\"title\": \"が－\", \"code\": \" A1\","
                                                   " \"names\": [\"a\", \"a\"], \"other\": \" b\"}",
                                                   0, NULL);

        (void)state;
        schema_settle(operation_of("create_thing")->body, value);
        assert_true(json_equal(value, wanted));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(tells_every_fault),
                cmocka_unit_test(says_what_to_do),
                cmocka_unit_test(stops_at_the_most_faults),
                cmocka_unit_test(survives_depth),
                cmocka_unit_test(survives_a_pattern_that_takes_long),
                cmocka_unit_test(reads_parameters_by_their_type),
                cmocka_unit_test(what_people_write_is_settled),
        };
        if (schema_prepare() < 0)
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
