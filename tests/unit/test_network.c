#include "core/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct sockaddr_storage address_of(const char *text) {
        struct sockaddr_storage address = {0};
        struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;

        bool is_v4 = inet_pton(AF_INET, text, &v4->sin_addr) == 1;
        assert_true(is_v4 || inet_pton(AF_INET6, text, &v6->sin6_addr) == 1);
        address.ss_family = is_v4 ? AF_INET : AF_INET6;
        return address;
}

static bool contains(const char *network_text, const char *address_text) {
        struct sockaddr_storage address = address_of(address_text);
        struct network network;

        assert_int_equal(network_parse(network_text, &network), 0);
        return network_contains(&network, (const struct sockaddr *)&address);
}

static void networks_contain_their_addresses(void **state) {
        (void)state;
        assert_true(contains("10.0.0.0/8", "10.255.0.1"));
        assert_false(contains("10.0.0.0/8", "11.0.0.1"));
        assert_true(contains("192.0.2.128/25", "192.0.2.200"));
        assert_false(contains("192.0.2.128/25", "192.0.2.127"));
        assert_true(contains("192.0.2.7", "192.0.2.7"));
        assert_false(contains("192.0.2.7", "192.0.2.6"));
        assert_true(contains("192.0.2.7", "::ffff:192.0.2.7"));
        assert_true(contains("0.0.0.0/0", "203.0.113.5"));
        assert_false(contains("0.0.0.0/0", "2001:db8::1"));
        assert_true(contains("fd00::/8", "fdab::1"));
        assert_false(contains("fd00::/8", "fe80::1"));
        assert_true(contains("::1", "::1"));
        assert_true(contains("::/0", "192.0.2.7"));
}

static void other_families_are_nowhere(void **state) {
        struct network everything;
        struct sockaddr address = {.sa_family = AF_UNIX};

        (void)state;
        assert_int_equal(network_parse("::/0", &everything), 0);
        assert_false(network_contains(&everything, &address));
}

static void what_is_no_network_is_refused(void **state) {
        static const char *const cases[] = {
                "",
                "10",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/ 8",
                "10.0.0.1/8",
                "10.0.0.0/8x",
                "localhost",
                "fd00::/129",
                "fd00::1/8",
                "10.0.0.0/8/8",
                "10.0.0.0/00008",
                "10.0.0.0/+8",
                "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct network network;
                assert_int_equal(network_parse(cases[i], &network), -EINVAL);
        }
}

static void what_is_reached_from_anywhere(void **state) {
        static const char *const public[] = {"8.8.8.8",     "11.0.0.0",    "172.15.255.255",
                                             "172.32.0.0",  "192.0.2.7",   "100.63.255.255",
                                             "100.128.0.0", "2001:db8::1", "::ffff:8.8.8.8"},
                                 *const private[] = {"0.0.0.0",
                                                     "10.255.255.255",
                                                     "100.64.0.1",
                                                     "127.0.0.1",
                                                     "127.255.0.1",
                                                     "169.254.169.254",
                                                     "172.16.0.0",
                                                     "172.31.255.255",
                                                     "192.168.0.1",
                                                     "::",
                                                     "::1",
                                                     "fc00::1",
                                                     "fdff::1",
                                                     "fe80::1",
                                                     "febf::1",
                                                     "::ffff:127.0.0.1",
                                                     "::ffff:10.0.0.1"};

        (void)state;
        for (size_t i = 0; i < sizeof(public) / sizeof(public[0]); i++) {
                struct sockaddr_storage address = address_of(public[i]);
                assert_true(network_is_public((struct sockaddr *)&address));
        }
        for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++) {
                struct sockaddr_storage address = address_of(private[i]);
                assert_false(network_is_public((struct sockaddr *)&address));
        }
        struct sockaddr local = {.sa_family = AF_UNIX};
        assert_false(network_is_public(&local));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(networks_contain_their_addresses),
                cmocka_unit_test(other_families_are_nowhere),
                cmocka_unit_test(what_is_no_network_is_refused),
                cmocka_unit_test(what_is_reached_from_anywhere),
        };
        return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
