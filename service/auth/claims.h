/* What a verified token says: whether it is an access token, who is calling, and until when. RFC 7519 section 4, RFC 9068
   section 4. Pure. */
#pragma once

#include "auth/profile.h"
#include "auth/token.h"

#include <stdint.h>

enum { CLAIMS_LEEWAY_S = 60 }; /* how far an issuer's clock may be ahead of ours */

struct claims {
        const char *subject; /* borrowed from the payload; NULL for an API client */
        const char *client;  /* borrowed from the payload; NULL for a person */
        char *scopes;        /* separated by one space, "" when none; owned */
        int64_t expires;     /* seconds since 1970 */
};

/* `now` in seconds since 1970. 0; -ETIME when nothing is wrong but that it has expired; or -EINVAL and what is wrong.
   Caller frees with claims_free. */
int claims_check(const struct token *token, const struct profile *profile, int64_t now, struct claims *ret_claims,
                 const char **ret_reason);
void claims_free(struct claims *claims);
