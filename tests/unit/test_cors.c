#include "core/config.h"
#include "http/cors.h"
#include "http/request.h"
#include "http/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char *origins[] = {(char *)"https://portal.example.jp", (char *)"http://localhost:5173", NULL};
static struct config config = {.cors_origins = origins};
static struct server server = {.config = &config};
static struct arena *arena;

static struct request from(const char *origin) {
        struct request request = {.server = &server, .arena = arena};

        request.headers.value[HEADER_ORIGIN] = origin;
        return request;
}

static const char *header(const struct request *request, const char *name) {
        for (size_t i = 0; i < request->reply.headers_count; i++)
                if (strcmp(request->reply.headers[i].name, name) == 0)
                        return request->reply.headers[i].value;
        return NULL;
}

static void a_configured_origin_may_read(void **state) {
        struct request request = from("http://localhost:5173");

        (void)state;
        cors_apply(&request);
        assert_string_equal(header(&request, "Access-Control-Allow-Origin"), "http://localhost:5173");
        assert_non_null(header(&request, "Access-Control-Expose-Headers"));
        assert_null(header(&request, "Access-Control-Allow-Credentials"));
}

static void others_may_not(void **state) {
        static const char *const cases[] = {NULL,
                                            "",
                                            "null",
                                            "*",
                                            "https://evil.example",
                                            "https://portal.example.jp.evil.example",
                                            "https://portal.example.jp:443",
                                            "http://portal.example.jp",
                                            "https://PORTAL.example.jp",
                                            "https://portal.example.jp, http://localhost:5173"};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct request request = from(cases[i]);
                request.headers.value[HEADER_ACCESS_CONTROL_REQUEST_METHOD] = "GET";
                assert_int_equal(cors_preflight(&request, "GET, HEAD, OPTIONS"), 0);
                cors_apply(&request);
                assert_int_equal(request.reply.status, 204);
                assert_int_equal(request.reply.headers_count, 1);
                assert_string_equal(header(&request, "Allow"), "GET, HEAD, OPTIONS");
        }
}

static void nobody_may_when_no_origin_is_configured(void **state) {
        struct config none = {0};
        struct server closed = {.config = &none};
        struct request request = from("https://portal.example.jp");

        (void)state;
        request.server = &closed;
        cors_apply(&request);
        assert_int_equal(request.reply.headers_count, 0);
}

static void a_preflight_is_told_what_may_be_sent(void **state) {
        struct request request = from("https://portal.example.jp");

        (void)state;
        request.headers.value[HEADER_ACCESS_CONTROL_REQUEST_METHOD] = "PATCH";
        assert_int_equal(cors_preflight(&request, "GET, HEAD, PATCH, OPTIONS"), 0);
        assert_int_equal(request.reply.kind, REPLY_BODY);
        assert_int_equal(request.reply.status, 204);
        assert_string_equal(header(&request, "Access-Control-Allow-Methods"), "GET, HEAD, PATCH, OPTIONS");
        assert_non_null(strstr(header(&request, "Access-Control-Allow-Headers"), "Authorization"));
        assert_non_null(strstr(header(&request, "Access-Control-Allow-Headers"), "If-Match"));
        assert_string_equal(header(&request, "Access-Control-Max-Age"), "600");
}

static void options_without_a_method_to_come_is_no_preflight(void **state) {
        struct request request = from("https://portal.example.jp");

        (void)state;
        assert_int_equal(cors_preflight(&request, "GET, HEAD, OPTIONS"), 0);
        assert_null(header(&request, "Access-Control-Allow-Methods"));
}

int main(void) {
        arena = arena_new();
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_configured_origin_may_read),
                cmocka_unit_test(others_may_not),
                cmocka_unit_test(nobody_may_when_no_origin_is_configured),
                cmocka_unit_test(a_preflight_is_told_what_may_be_sent),
                cmocka_unit_test(options_without_a_method_to_come_is_no_preflight),
        };
        int failed = cmocka_run_group_tests_name("cors", tests, NULL, NULL);
        arena_free(arena);
        return failed;
}
