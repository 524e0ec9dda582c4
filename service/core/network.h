/* Networks of addresses: 10.0.0.0/8, fd00::/8, 192.0.2.7. Pure. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

struct network {
        unsigned char bytes[16]; /* an IPv4 address stands as ::ffff:a.b.c.d */
        unsigned bits;           /* of the prefix, 0 to 128 */
};

/* An address, or an address, `/` and the length of the prefix; bits after the prefix must be 0. 0 or -EINVAL. */
int network_parse(const char *text, struct network *ret_network);
/* An IPv4 address is the same whether it came over an IPv4 or an IPv6 socket. */
bool network_contains(const struct network *network, const struct sockaddr *address);
/* Whether it is reached from anywhere: of no network of one machine, link, site or carrier (RFC 6890). */
bool network_is_public(const struct sockaddr *address);
