/* From a request's method and path to its operation. */
#pragma once

#include "bounds.h"
#include "contract/contract.h"

/* A piece of a text, not terminated. */
struct slice {
        const char *data;
        size_t length;
};

/* Finds by raw path segments; a literal segment wins over a parameter. Returns 0 and the operation, PROBLEM_NOT_FOUND,
   or PROBLEM_METHOD_NOT_ALLOWED (always for METHODS) with ret_allow a mask of 1 << enum method for that path. `values`
   receives the raw (still encoded) path parameters as begin and length. */
int route_find(enum method method, const char *path, size_t length, const struct operation **ret_operation,
               struct slice values[static BOUND_PATH_PARAMETERS], unsigned *ret_allow);
