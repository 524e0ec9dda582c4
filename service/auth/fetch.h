/* Fetches a small document over https from a server that the configuration names. No redirects, no other scheme, no
   more than so many bytes and milliseconds. Thread-safe once curl_global_init has been called. */
#pragma once

#include "core/text.h"

#include <stdatomic.h>

enum { FETCH_REASON_SIZE = 128 };

struct fetch {
        const char *url;
        const char *ca_file; /* PEM, or NULL: the system's */
        size_t limit;        /* bytes */
        unsigned deadline_ms;
        const atomic_bool *stop; /* gives up soon after it turns true; or NULL */
};

/* 0, or -EIO and why. Caller frees with text_free. */
int fetch_document(const struct fetch *fetch, struct text *ret_document, char ret_reason[static FETCH_REASON_SIZE]);
