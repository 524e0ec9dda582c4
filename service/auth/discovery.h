/* Where an issuer's keys are, as its own document says: OpenID Connect Discovery 1.0 section 4, or RFC 8414 section 3 where
   there is no such. Only https; the document must be of exactly this issuer, whose name is the URL. */
#pragma once

#include "auth/fetch.h"

/* Whether an issuer of this name may have a document: an https URL without query and fragment. */
bool discovery_is_possible(const char *issuer);

/* `fetch` is of the issuer's URL. 0 with the key set's URL, or -EIO and why. `ret_public_only`: whether the document came from a
   public server, which then names no private one. Caller frees the URL. */
int discover(const struct fetch *fetch, char **ret_url, bool *ret_public_only,
             char ret_reason[static FETCH_REASON_SIZE]);

/* The key set's URL in the document. Pure. 0 or -EINVAL and why. Caller frees. */
int discovery_read(const char *json, size_t length, const char *issuer, char **ret_url, const char **ret_reason);
