/* Fetches a small document over https from a server that the configuration names, or that a document names which such a
   server gave. No redirects, no other scheme, no more than so many bytes, and in time. Thread-safe once curl_global_init
   has been called. */
#pragma once

#include "core/text.h"

#include <stdatomic.h>
#include <stdint.h>

#define FETCH_SCHEME "https://"

enum { FETCH_REASON_SIZE = 128 };

struct fetch {
        const char *url;
        const char *ca_file;     /* PEM, or NULL: the system's */
        size_t limit;            /* bytes */
        int64_t until_ms;        /* by clock_monotonic_ms */
        bool public_only;        /* no address of a private network */
        const atomic_bool *stop; /* gives up soon after it turns true; or NULL */
};

/* Whether there is an authority behind the scheme, without a name or password in it, and all may stand in a URL. */
bool fetch_is_url(const char *url);

/* 0; -ENOENT when the server has no such document; or -EIO; and why. `ret_public`: whether the server's address is in no
   private network; or NULL. Caller frees with text_free. */
int fetch_document(const struct fetch *fetch, struct text *ret_document, bool *ret_public,
                   char ret_reason[static FETCH_REASON_SIZE]);
