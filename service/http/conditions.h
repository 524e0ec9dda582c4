/* Entity tags and preconditions (RFC 9110 sections 8.8 and 13). The tag of a row is its version and the language:
   "7.ja". */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct request;

/* If-Match as a bigint[] literal of the versions named, NULL for `*`. Weak tags never match (strong comparison), nor do
   tags that are not ours; the language is not compared, as it is not what changes. */
const char *conditions_versions(struct request *request, const char *if_match);
/* The tag of a version, in the request's language. */
const char *conditions_tag(struct request *request, const char *version);
/* The tag of a computed body. */
const char *conditions_hash(struct request *request, const void *body, size_t length);
/* True when If-None-Match (or NULL) names the tag (weak comparison): answer 304. */
bool conditions_unchanged(const char *if_none_match, const char *tag);
