#include "http/address.h"

#include "core/config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

bool address_is_trusted(const struct config *config, const struct sockaddr *address) {
        for (size_t i = 0; i < config->trusted_proxies_count; i++)
                if (network_contains(&config->trusted_proxies[i], address))
                        return true;
        return false;
}

static bool parse(const char *text, size_t length, struct sockaddr_storage *ret_address) {
        char address[INET6_ADDRSTRLEN] = "";
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

        if (length >= sizeof(address))
                return false;
        memcpy(address, text, length);
        if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
                memcpy(ret_address, &v4, sizeof(v4));
        else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1)
                memcpy(ret_address, &v6, sizeof(v6));
        else
                return false;
        return true;
}

static const char *format(const struct sockaddr_storage *address, struct arena *arena) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
        char *text = arena_alloc(arena, INET6_ADDRSTRLEN);

        if (address->ss_family == AF_INET)
                inet_ntop(AF_INET, &v4->sin_addr, text, INET6_ADDRSTRLEN);
        else if (address->ss_family == AF_INET6)
                inet_ntop(AF_INET6, &v6->sin6_addr, text, INET6_ADDRSTRLEN);
        return text;
}

const char *address_of(const struct config *config, const struct sockaddr *peer, const char *forwarded_for,
                       struct arena *arena) {
        struct sockaddr_storage address = {0};
        size_t end = forwarded_for ? strlen(forwarded_for) : 0;

        if (!peer)
                return "";
        memcpy(&address, peer, peer->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
        /* Each proxy appends the address that called it, so the list is read from its end. */
        while (end > 0 && address_is_trusted(config, (const struct sockaddr *)&address)) {
                size_t begin = end;
                while (begin > 0 && forwarded_for[begin - 1] != ',')
                        begin--;
                size_t first = begin + strspn(forwarded_for + begin, " \t"), last = end;
                while (last > first && strchr(" \t", forwarded_for[last - 1]))
                        last--;
                if (first >= last || !parse(forwarded_for + first, last - first, &address))
                        break;
                end = begin > 0 ? begin - 1 : 0;
        }
        return format(&address, arena);
}
