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

static bool contains(const char *network_text, const char *address_text) {
        struct network network;
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

        assert_int_equal(network_parse(network_text, &network), 0);
        if (inet_pton(AF_INET, address_text, &v4.sin_addr) == 1)
                return network_contains(&network, (const struct sockaddr *)&v4);
        assert_int_equal(inet_pton(AF_INET6, address_text, &v6.sin6_addr), 1);
        return network_contains(&network, (const struct sockaddr *)&v6);
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

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(networks_contain_their_addresses),
                cmocka_unit_test(other_families_are_nowhere),
                cmocka_unit_test(what_is_no_network_is_refused),
        };
        return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
