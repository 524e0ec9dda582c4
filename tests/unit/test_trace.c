#include "http/request.h"
#include "http/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"
#define VALID "00-" TRACE "-" SPAN "-01"

/* The request after its two headers were read; the caller frees its arena. */
static struct request read_headers(const char *id, const char *traceparent) {
        struct request request = {.arena = arena_new()};

        request.headers.value[HEADER_REQUEST_ID] = id;
        request.headers.value[HEADER_TRACEPARENT] = traceparent;
        request.headers.count[HEADER_TRACEPARENT] = traceparent != NULL;
        trace_read(&request);
        return request;
}

static void a_request_id_is_kept_when_well_formed(void **state) {
        static const char *const kept[] = {"a", "A-b_c.9",
                                           "0123456789012345678901234567890123456789012345678901234567890123"};
        static const char *const replaced[] = {
                "",  " ",   "a b",      "a\nb",
                "ä", "a\"", "<script>", "01234567890123456789012345678901234567890123456789012345678901234"};

        (void)state;
        for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
                struct request request = read_headers(kept[i], NULL);
                assert_string_equal(request.id, kept[i]);
                arena_free(request.arena);
        }
        for (size_t i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++) {
                struct request request = read_headers(replaced[i], NULL);
                assert_int_equal(strlen(request.id), 32);
                assert_int_equal(strspn(request.id, "0123456789abcdef"), 32);
                arena_free(request.arena);
        }
}

static void ids_of_our_own_differ(void **state) {
        struct request one = read_headers(NULL, NULL), other = read_headers(NULL, NULL);

        (void)state;
        assert_string_not_equal(one.id, other.id);
        arena_free(one.arena);
        arena_free(other.arena);
}

static void a_trace_is_continued_under_a_span_of_our_own(void **state) {
        struct request request = read_headers(NULL, VALID);

        (void)state;
        assert_string_equal(request.trace_id, TRACE);
        assert_int_equal(request.reply.headers_count, 1);
        assert_string_equal(request.reply.headers[0].name, "traceparent");
        const char *ours = request.reply.headers[0].value;
        assert_int_equal(strlen(ours), 55);
        assert_memory_equal(ours, "00-" TRACE "-", 36);
        assert_memory_not_equal(ours + 36, SPAN, 16);
        assert_int_equal(strspn(ours + 36, "0123456789abcdef"), 16);
        assert_string_equal(ours + 52, "-01");
        arena_free(request.arena);
}

static void only_the_sampled_flag_is_passed_on(void **state) {
        struct request request = read_headers(NULL, "00-" TRACE "-" SPAN "-fe");

        (void)state;
        assert_string_equal(request.reply.headers[0].value + 52, "-00");
        arena_free(request.arena);
        request = read_headers(NULL, "00-" TRACE "-" SPAN "-ff");
        assert_string_equal(request.reply.headers[0].value + 52, "-01");
        arena_free(request.arena);
}

static void a_version_to_come_is_read_as_far_as_it_is_known(void **state) {
        static const char *const cases[] = {"01-" TRACE "-" SPAN "-01", "cc-" TRACE "-" SPAN "-01-what-is-this"};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct request request = read_headers(NULL, cases[i]);
                assert_string_equal(request.trace_id, TRACE);
                assert_memory_equal(request.reply.headers[0].value, "00-", 3);
                arena_free(request.arena);
        }
}

static void what_is_no_traceparent_is_ignored(void **state) {
        static const char *const cases[] = {
                "",
                "00",
                "ff-" TRACE "-" SPAN "-01",
                "0-" TRACE "-" SPAN "-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01",
                "00-" TRACE "-00F067AA0BA902B7-01",
                "00-00000000000000000000000000000000-" SPAN "-01",
                "00-" TRACE "-0000000000000000-01",
                "00-" TRACE "-" SPAN "-01-more",
                "00-" TRACE "-" SPAN "-011",
                "01-" TRACE "-" SPAN "-01x",
                "00-" TRACE "-" SPAN "-0",
                "00-" TRACE "-" SPAN "-zz",
                "00_" TRACE "_" SPAN "_01",
                "00-" TRACE SPAN "-01",
                " " VALID,
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct request request = read_headers(NULL, cases[i]);
                assert_null(request.trace_id);
                assert_int_equal(request.reply.headers_count, 0);
                arena_free(request.arena);
        }
}

static void two_traceparents_are_none(void **state) {
        struct request request = {.arena = arena_new()};

        (void)state;
        request.headers.value[HEADER_TRACEPARENT] = VALID;
        request.headers.count[HEADER_TRACEPARENT] = 2;
        trace_read(&request);
        assert_null(request.trace_id);
        arena_free(request.arena);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_request_id_is_kept_when_well_formed),
                cmocka_unit_test(ids_of_our_own_differ),
                cmocka_unit_test(a_trace_is_continued_under_a_span_of_our_own),
                cmocka_unit_test(only_the_sampled_flag_is_passed_on),
                cmocka_unit_test(a_version_to_come_is_read_as_far_as_it_is_known),
                cmocka_unit_test(what_is_no_traceparent_is_ignored),
                cmocka_unit_test(two_traceparents_are_none),
        };
        return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
