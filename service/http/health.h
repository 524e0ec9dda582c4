/* Whether requests can be served. What was found is held for a second, so that asking often costs nothing; the database
   is asked over a connection of its own, so that a busy pool does not take the instance out of service. */
#pragma once

#include <stdbool.h>

struct readiness;
struct server;

/* Copies nothing of the server, which must outlive it. Does not connect. 0 or -errno. */
int readiness_new(struct server *server, struct readiness **ret_readiness);
void readiness_free(struct readiness *readiness);
/* The database answers and has this binary's schema, and every issuer has a key. Logs when the answer changes. */
bool readiness_look(struct readiness *readiness);
