/* The request's target: what its path and query say to the operation. */
#pragma once

#include "contract/route.h"

struct report;
struct request;

/* The target of the request line without scheme and authority, which a client may send to any server (RFC 9112 section
   3.2.2). */
const char *target_origin_form(const char *target);
/* Whether a target is a path and perhaps a query, without control characters, which stand in no URI (RFC 3986 section 2)
   and would end up in the header Link of a page. */
bool target_is_path(const char *path, const char *query);
/* Decodes and checks all parameters; fills path_values, query_values and page of the request. On failure returns an enum
   problem with *ret_report naming the parameter: not-found for a path parameter that cannot name anything,
   invalid-parameter, or cursor-expired. */
int target_read(struct request *request, const struct slice *path_values, struct report *ret_report);
