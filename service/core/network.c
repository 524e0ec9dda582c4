#include "core/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff}; /* ::ffff:0:0/96, RFC 4291 */

static int parse_prefix(const char *digits, unsigned most, unsigned *ret_bits) {
        char *end;

        if (*digits < '0' || *digits > '9' || strlen(digits) > 3)
                return -EINVAL;
        unsigned long bits = strtoul(digits, &end, 10);
        if (*end || bits > most)
                return -EINVAL;
        *ret_bits = (unsigned)bits;
        return 0;
}

int network_parse(const char *text, struct network *ret_network) {
        struct network network = {0};
        char address[INET6_ADDRSTRLEN];
        const char *slash = strchrnul(text, '/');
        size_t length = (size_t)(slash - text);

        if (length >= sizeof(address))
                return -EINVAL;
        memcpy(address, text, length);
        address[length] = '\0';

        unsigned skipped = 0;
        if (inet_pton(AF_INET, address, network.bytes + sizeof(mapped)) == 1) {
                memcpy(network.bytes, mapped, sizeof(mapped));
                skipped = 96;
        } else if (inet_pton(AF_INET6, address, network.bytes) != 1) {
                return -EINVAL;
        }
        unsigned bits = 128 - skipped;
        if (*slash && parse_prefix(slash + 1, bits, &bits) != 0)
                return -EINVAL;
        network.bits = skipped + bits;
        for (unsigned bit = network.bits; bit < 128; bit++)
                if (network.bytes[bit / 8] & (0x80u >> bit % 8))
                        return -EINVAL;
        *ret_network = network;
        return 0;
}

bool network_contains(const struct network *network, const struct sockaddr *address) {
        unsigned char bytes[16];

        if (address->sa_family == AF_INET) {
                memcpy(bytes, mapped, sizeof(mapped));
                memcpy(bytes + sizeof(mapped), &((const struct sockaddr_in *)address)->sin_addr, 4);
        } else if (address->sa_family == AF_INET6) {
                memcpy(bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
        } else {
                return false;
        }
        unsigned whole = network->bits / 8, rest = network->bits % 8;
        if (memcmp(bytes, network->bytes, whole) != 0)
                return false;
        return rest == 0 || ((bytes[whole] ^ network->bytes[whole]) >> (8 - rest)) == 0;
}

bool network_is_public(const struct sockaddr *address) {
        static const char *const others[] = {"0.0.0.0/8",      "10.0.0.0/8",    "100.64.0.0/10", "127.0.0.0/8",
                                             "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",  "192.168.0.0/16",
                                             "198.18.0.0/15",  "::/127",        "fc00::/7",      "fe80::/10"};
        struct network network;

        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
                if (network_parse(others[i], &network) != 0 || network_contains(&network, address))
                        return false;
        return address->sa_family == AF_INET || address->sa_family == AF_INET6;
}
