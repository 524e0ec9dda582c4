/* From an Authorization header to a checked caller (RFC 6750, 8725, 9068). Thread-safe.
   The token says who is calling and nothing about roles: those are the database's. */
#pragma once

#include "core/arena.h"

#include <stdbool.h>

struct authenticator;
struct config;
struct text;

struct caller {
        const char *issuer;
        const char *subject; /* names a member of staff; NULL for an API client */
        const char *client;  /* names an API client; NULL for staff */
        const char *matches; /* which member of staff or api-clients that is: see auth/profile.h */
        const char *scopes;  /* separated by spaces; "" when none */
};

/* Reads the issuers file and the key sets. Refuses development issuers in production. 0 or -errno, logged. */
int authenticator_new(const struct config *config, struct authenticator **ret_authenticator);
void authenticator_free(struct authenticator *authenticator);

/* `authorization` is the header's value or NULL. Returns 0 with the caller in the arena,
   PROBLEM_AUTHENTICATION_REQUIRED when nothing was given, PROBLEM_TOKEN_TOO_LONG, PROBLEM_INVALID_TOKEN,
   PROBLEM_TOKEN_EXPIRED when that is all that is wrong with it, or PROBLEM_BUSY while the issuer's keys cannot be had;
   each with a reason for the log. Issuer and `matches` live as long as the authenticator. */
int authenticate(struct authenticator *authenticator, const char *authorization, struct arena *arena,
                 struct caller *ret_caller, const char **ret_reason);
bool caller_has_scope(const struct caller *caller, const char *scope);

/* At least one issuer has a usable key. Where one of several has none, its callers are told PROBLEM_BUSY and the others
   are served. */
bool authenticator_ready(struct authenticator *authenticator);
/* Appends the names of the issuers as JSON texts with commas between. */
void authenticator_write_issuers(const struct authenticator *authenticator, struct text *text);
/* Appends in Prometheus text format which issuers have keys. */
void authenticator_write(struct authenticator *authenticator, struct text *text);
