#include "http/headers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What a plain request has. */
static struct headers plain(void) {
        struct headers headers = {0};

        headers.value[HEADER_HOST] = "kiki.example.jp";
        headers.count[HEADER_HOST] = 1;
        return headers;
}

static void give(struct headers *headers, enum header name, const char *value, unsigned count) {
        headers->value[name] = value;
        headers->count[name] = count;
}

static void assert_sound(const struct headers *headers) {
        bool close = true;

        assert_null(headers_fault(headers, &close));
        assert_false(close);
}

static void assert_fault(const struct headers *headers, bool wanted_close) {
        bool close = !wanted_close;

        assert_non_null(headers_fault(headers, &close));
        assert_true(close == wanted_close);
}

static void a_plain_request_is_sound(void **state) {
        struct headers headers = plain();

        (void)state;
        assert_sound(&headers);
        give(&headers, HEADER_CONTENT_LENGTH, "5", 1);
        assert_sound(&headers);
        headers = plain();
        give(&headers, HEADER_TRANSFER_ENCODING, "Chunked", 1);
        assert_sound(&headers);
}

static void a_request_framed_in_two_ways_ends_the_connection(void **state) {
        struct headers headers = plain();

        (void)state;
        give(&headers, HEADER_CONTENT_LENGTH, "5", 2);
        assert_fault(&headers, true);
        headers = plain();
        give(&headers, HEADER_CONTENT_LENGTH, "5", 1);
        give(&headers, HEADER_TRANSFER_ENCODING, "chunked", 1);
        assert_fault(&headers, true);
        headers = plain();
        give(&headers, HEADER_TRANSFER_ENCODING, "chunked", 2);
        assert_fault(&headers, true);
}

static void only_chunked_is_understood(void **state) {
        static const char *const cases[] = {"",         "identity",   "gzip, chunked", "chunked, chunked",
                                            "xchunked", "chunked;a=b"};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct headers headers = plain();
                give(&headers, HEADER_TRANSFER_ENCODING, cases[i], 1);
                assert_fault(&headers, true);
        }
}

static void host_comes_once(void **state) {
        struct headers headers = plain();

        (void)state;
        give(&headers, HEADER_HOST, NULL, 0);
        assert_fault(&headers, true);
        give(&headers, HEADER_HOST, "a", 2);
        assert_fault(&headers, true);
}

static void what_may_come_once_comes_once(void **state) {
        static const enum header once[] = {HEADER_AUTHORIZATION,   HEADER_CONTENT_TYPE,
                                           HEADER_IDEMPOTENCY_KEY, HEADER_ORIGIN,
                                           HEADER_REQUEST_ID,      HEADER_ACCESS_CONTROL_REQUEST_METHOD};
        static const enum header lists[] = {HEADER_ACCEPT,   HEADER_ACCEPT_LANGUAGE, HEADER_ACCEPT_ENCODING,
                                            HEADER_IF_MATCH, HEADER_IF_NONE_MATCH,   HEADER_FORWARDED_FOR};

        (void)state;
        for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
                struct headers headers = plain();
                give(&headers, once[i], "a", 2);
                assert_fault(&headers, false);
        }
        for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
                struct headers headers = plain();
                give(&headers, lists[i], "a, b", 2);
                assert_sound(&headers);
        }
}

static void values_are_utf8(void **state) {
        struct headers headers = plain();

        (void)state;
        give(&headers, HEADER_IDEMPOTENCY_KEY, "\xff", 1);
        assert_fault(&headers, false);
        give(&headers, HEADER_IDEMPOTENCY_KEY, "\xed\xa0\x80", 1);
        assert_fault(&headers, false);
        give(&headers, HEADER_IDEMPOTENCY_KEY, "鍵", 1);
        assert_sound(&headers);
}

static void a_misshapen_header_ends_the_connection(void **state) {
        struct headers headers = plain();

        (void)state;
        headers.misshapen = true;
        assert_fault(&headers, true);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_plain_request_is_sound),
                cmocka_unit_test(a_request_framed_in_two_ways_ends_the_connection),
                cmocka_unit_test(only_chunked_is_understood),
                cmocka_unit_test(host_comes_once),
                cmocka_unit_test(what_may_come_once_comes_once),
                cmocka_unit_test(values_are_utf8),
                cmocka_unit_test(a_misshapen_header_ends_the_connection),
        };
        return cmocka_run_group_tests_name("headers", tests, NULL, NULL);
}
