#include "core/config.h"
#include "core/log.h"
#include "http/finish.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct config config;
static struct server server = {.config = &config};
static struct request request;

static int set_up(void **state) {
        (void)state;
        request = (struct request){.server = &server, .arena = arena_new(), .id = "7", .path = "/"};
        return reply_string(&request, 201, "application/json", "{}");
}

static int tear_down(void **state) {
        (void)state;
        arena_free(request.arena);
        return 0;
}

static const char *header(const char *name) {
        for (size_t i = 0; i < request.reply.headers_count; i++)
                if (strcmp(request.reply.headers[i].name, name) == 0)
                        return request.reply.headers[i].value;
        return NULL;
}

/* Finishes, and reads what was logged. */
static void finish_into(char *log, size_t size) {
        int pipe_ends[2], standard_error = dup(STDERR_FILENO);

        assert_int_equal(pipe2(pipe_ends, O_NONBLOCK), 0);
        dup2(pipe_ends[1], STDERR_FILENO);
        finish(&request);
        dup2(standard_error, STDERR_FILENO);
        ssize_t length = read(pipe_ends[0], log, size - 1);
        log[length > 0 ? length : 0] = '\0';
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        close(standard_error);
}

static void assert_finished(int status) {
        assert_int_equal(request.reply.status, status);
        assert_string_equal(header("X-Request-ID"), "7");
        assert_string_equal(header("X-Content-Type-Options"), "nosniff");
        assert_string_equal(header("Content-Type"), status == 201 ? "application/json" : "application/problem+json");
        assert_non_null(header("Vary"));
}

static void what_can_be_sent_is_sent(void **state) {
        char log[1024];

        (void)state;
        reply_header(&request, "Location", "/api/v1/things/\xe9\x8d\xb5");
        finish_into(log, sizeof(log));
        assert_finished(201);
        assert_string_equal(header("Location"), "/api/v1/things/\xe9\x8d\xb5");
        assert_string_equal(log, "");
}

static void assert_fault(const char *name) {
        char log[1024];

        finish_into(log, sizeof(log));
        assert_finished(500);
        assert_null(header("Location"));
        assert_non_null(strstr(request.reply.body, "/problems/internal-error"));
        assert_non_null(strstr(log, "\"level\":\"error\""));
        assert_non_null(strstr(log, name));
}

static void a_value_that_cannot_be_sent_is_a_fault(void **state) {
        (void)state;
        reply_header(&request, "Location", "/api/v1/things/\r\nSet-Cookie: a");
        assert_fault("\"unsendable_header\":\"Location\"");
}

static void too_many_headers_are_a_fault(void **state) {
        (void)state;
        for (size_t i = 0; i < REPLY_HEADERS_MAX; i++)
                reply_header(&request, "X-Much", "1");
        assert_fault("\"unsendable_header\":\"");
        assert_null(header("X-Much"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_can_be_sent_is_sent, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_value_that_cannot_be_sent_is_a_fault, set_up, tear_down),
                cmocka_unit_test_setup_teardown(too_many_headers_are_a_fault, set_up, tear_down),
        };
        return cmocka_run_group_tests_name("finish", tests, NULL, NULL);
}
