/* Whose address a request came from, for the log. Pure. */
#pragma once

#include "core/arena.h"

#include <stdbool.h>
#include <sys/socket.h>

struct config;

bool address_is_trusted(const struct config *config, const struct sockaddr *address);

/* The peer of the socket; or, as far as trusted proxies wrote X-Forwarded-For, the last address in it that is not one
   of them. In the arena, "" when the peer has no address. */
const char *address_of(const struct config *config, const struct sockaddr *peer, const char *forwarded_for,
                       struct arena *arena);
