/* Path and query parameters, from the raw request target to checked values. */
#pragma once

#include "contract/route.h"
#include "core/arena.h"

/* What was given for a query parameter, decoded and checked, or its fallback. */
struct argument {
        const char *text;         /* NULL: not given; of a parameter that takes several only the fallback */
        const char *const *items; /* the alternatives given for a parameter that takes several, or NULL */
        size_t count;             /* of them */
};

/* Which parameter is at fault and why, in sentences. */
struct parameter_fault {
        const char *name, *ja, *en;
};

/* Decodes and checks the path parameters that the operation declares. Returns 0, PROBLEM_INVALID_PARAMETER with the
   fault, PROBLEM_NOT_FOUND for a value that cannot name anything, or -errno. */
int parameters_of_path(const struct operation *operation, const struct slice *raw, struct arena *arena,
                       const char **ret_values, struct parameter_fault *ret_fault);
/* The same for the query (or NULL), into an array in the order in which the operation declares its parameters. Returns
   0, PROBLEM_INVALID_PARAMETER or -errno. */
int parameters_of_query(const struct operation *operation, const char *query, struct arena *arena,
                        struct argument **ret_arguments, struct parameter_fault *ret_fault);
