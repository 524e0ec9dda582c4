/* Path and query parameters, from the raw request target to checked values. */
#pragma once

#include "contract/contract.h"

struct report;
struct request;

/* Decodes and checks all of them; fills path_values, query_values and page of the request. On failure returns an enum
   problem with *ret_report naming the parameter: not-found for a path parameter that cannot name anything,
   invalid-parameter, or cursor-expired. */
int parameters_read(struct request *request, const struct slice *path_values, struct report *ret_report);
