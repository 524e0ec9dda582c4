/* The health check of the container: the binary asks itself, so that the image needs no other program. */
#pragma once

/* GET /readyz on that address (any address is asked by loopback). 0 when it answers 200, else -errno. */
int probe_ready(const char *address, unsigned port);
