#include "core/config.h"
#include "http/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct network trusted[2];
static struct config config = {.trusted_proxies = trusted, .trusted_proxies_count = 2};

static int trust(void **state) {
        (void)state;
        return network_parse("10.0.0.0/8", &trusted[0]) || network_parse("fd00::/8", &trusted[1]);
}

static void check(const char *peer, const char *forwarded_for, const char *wanted) {
        struct arena *arena = arena_new();
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
        const struct sockaddr *address = (const struct sockaddr *)&v4;

        if (inet_pton(AF_INET, peer, &v4.sin_addr) != 1) {
                assert_int_equal(inet_pton(AF_INET6, peer, &v6.sin6_addr), 1);
                address = (const struct sockaddr *)&v6;
        }
        assert_string_equal(address_of(&config, address, forwarded_for, arena), wanted);
        arena_free(arena);
}

static void without_a_proxy_it_is_the_peer(void **state) {
        (void)state;
        check("192.0.2.7", NULL, "192.0.2.7");
        check("2001:db8::7", NULL, "2001:db8::7");
        check("10.1.2.3", NULL, "10.1.2.3");
        check("10.1.2.3", "", "10.1.2.3");
}

static void a_header_of_a_stranger_is_not_believed(void **state) {
        (void)state;
        check("192.0.2.7", "203.0.113.5", "192.0.2.7");
        check("2001:db8::7", "203.0.113.5", "2001:db8::7");
}

static void what_trusted_proxies_wrote_is_believed(void **state) {
        (void)state;
        check("10.1.2.3", "203.0.113.5", "203.0.113.5");
        check("fdab::1", " 2001:db8::9 ", "2001:db8::9");
        check("10.1.2.3", "203.0.113.5, 10.9.9.9", "203.0.113.5");
        check("10.1.2.3", "10.8.8.8, 10.9.9.9", "10.8.8.8");
        check("::ffff:10.1.2.3", "203.0.113.5", "203.0.113.5");
}

static void what_the_client_wrote_before_them_is_not(void **state) {
        (void)state;
        check("10.1.2.3", "127.0.0.1, 203.0.113.5", "203.0.113.5");
        check("10.1.2.3", "127.0.0.1,203.0.113.5,10.9.9.9", "203.0.113.5");
}

static void rubbish_ends_the_search(void **state) {
        static const char *const cases[] = {"unknown",      ",",
                                            ",,",           " ",
                                            "1.2.3",        "1.2.3.4:80",
                                            "[::1]:80",     "203.0.113.5, x",
                                            "203.0.113.5,", "11111111111111111111111111111111111111111111111111111111"};

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                check("10.1.2.3", cases[i], "10.1.2.3");
}

static void no_peer_has_no_address(void **state) {
        struct arena *arena = arena_new();

        (void)state;
        assert_string_equal(address_of(&config, NULL, "203.0.113.5", arena), "");
        arena_free(arena);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(without_a_proxy_it_is_the_peer),
                cmocka_unit_test(a_header_of_a_stranger_is_not_believed),
                cmocka_unit_test(what_trusted_proxies_wrote_is_believed),
                cmocka_unit_test(what_the_client_wrote_before_them_is_not),
                cmocka_unit_test(rubbish_ends_the_search),
                cmocka_unit_test(no_peer_has_no_address),
        };
        return cmocka_run_group_tests_name("address", tests, trust, NULL);
}
