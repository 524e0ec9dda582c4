#include "core/cleanup.h"
#include "core/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Runs `write` with standard error going to a file, and reads what it wrote. Caller frees. */
static char *written_by(void (*write)(void)) {
        FILE *file = tmpfile();
        int saved = dup(STDERR_FILENO);
        char *text = calloc(1, 4096);

        assert_non_null(file);
        assert_non_null(text);
        dup2(fileno(file), STDERR_FILENO);
        write();
        dup2(saved, STDERR_FILENO);
        close(saved);
        rewind(file);
        assert_true(fread(text, 1, 4095, file) < 4095);
        fclose(file);
        return text;
}

static void one_event(void) {
        LOG(LOG_LEVEL_WARNING, "pool-slow", LOG_TEXT("operation", "get_\"device\""), LOG_INT("ms", -12),
            LOG_TEXT("none", NULL));
}

static void no_fields(void) {
        LOG(LOG_LEVEL_ERROR, "stopped");
}

static void too_low(void) {
        LOG(LOG_LEVEL_DEBUG, "detail");
}

static void not_utf8(void) {
        LOG(LOG_LEVEL_INFO, "odd", LOG_TEXT("path", "/\xff\n消"));
}

static void a_line_is_json(void **state) {
        _cleanup_free_ char *line = written_by(one_event);
        const char *time, *level, *event, *operation, *none;
        json_int_t ms;

        (void)state;
        assert_int_equal(line[strlen(line) - 1], '\n');
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
        _cleanup_json_ json_t *value = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        assert_int_equal(json_unpack(value, "{s:s,s:s,s:s,s:s,s:I,s:s!}", "time", &time, "level", &level, "event",
                                     &event, "operation", &operation, "ms", &ms, "none", &none),
                         0);
        assert_string_equal(level, "warning");
        assert_string_equal(event, "pool-slow");
        assert_string_equal(operation, "get_\"device\"");
        assert_int_equal(ms, -12);
        assert_string_equal(none, "");
        assert_string_equal(time + strlen(time) - 6, "+09:00");
}

static void fields_may_be_missing(void **state) {
        _cleanup_free_ char *line = written_by(no_fields);

        (void)state;
        assert_non_null(strstr(line, "\"level\":\"error\",\"event\":\"stopped\"}\n"));
}

static void what_is_below_the_level_is_not_written(void **state) {
        _cleanup_free_ char *nothing = written_by(too_low);

        (void)state;
        assert_string_equal(nothing, "");
        log_set_level(LOG_LEVEL_DEBUG);
        _cleanup_free_ char *line = written_by(too_low);
        assert_non_null(strstr(line, "detail"));
        log_set_level(LOG_LEVEL_INFO);
}

static void bytes_that_are_no_text_are_replaced(void **state) {
        _cleanup_free_ char *line = written_by(not_utf8);

        (void)state;
        assert_non_null(strstr(line, "\"path\":\"/?\\n???\"}\n"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_line_is_json),
                cmocka_unit_test(fields_may_be_missing),
                cmocka_unit_test(what_is_below_the_level_is_not_written),
                cmocka_unit_test(bytes_that_are_no_text_are_replaced),
        };
        return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
