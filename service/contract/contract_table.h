/* The paths of the contract as a tree of segments. openapi/emit.py writes it, contract/route.c reads it. */
#pragma once

#include "contract/contract.h"

struct contract_node {
        const char *literal;                  /* NULL: a parameter, or the root */
        const struct contract_node *children; /* sorted by literal */
        size_t children_count;
        const struct contract_node *parameter;       /* the child that takes any segment, or NULL */
        const struct operation *operations[METHODS]; /* those whose path ends here */
};

extern const struct contract_node contract_root;
