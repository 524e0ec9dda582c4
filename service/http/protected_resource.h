/* Where a page learns where to log in: OAuth 2.0 Protected Resource Metadata (RFC 9728). */
#pragma once

struct request;

/* The metadata's URL for a challenge, in the request's arena, or NULL when there is none: below KIKI_PUBLIC_URL, or else
   at the host that was asked, by https when a trusted proxy says so. */
const char *protected_resource_metadata(const struct request *request);
