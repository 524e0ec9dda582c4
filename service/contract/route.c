#include "contract/route.h"

#include "contract/contract_table.h"
#include "problems.h"

#include <string.h>

struct search {
        const char *end;
        struct slice values[BOUND_PATH_PARAMETERS];
};

static int compare(const char *segment, size_t length, const char *literal) {
        int order = strncmp(segment, literal, length);
        return order != 0 ? order : (literal[length] == '\0' ? 0 : -1);
}

static const struct contract_node *find_child(const struct contract_node *node, const char *segment, size_t length) {
        size_t low = 0, high = node->children_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = compare(segment, length, node->children[middle].literal);
                if (order == 0)
                        return &node->children[middle];
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

static bool has_operations(const struct contract_node *node) {
        for (size_t i = 0; i < METHODS; i++)
                if (node->operations[i])
                        return true;
        return false;
}

/* The node where the path ends, or NULL. `at` is a slash or the end; `count` parameters have been taken. When the way
   by the literal leads nowhere, the way by the parameter is tried. */
static const struct contract_node *descend(struct search *search, const struct contract_node *node, const char *at,
                                           size_t count) {
        if (at == search->end)
                return has_operations(node) ? node : NULL;
        const char *segment = at + 1;
        const char *slash = memchr(segment, '/', (size_t)(search->end - segment));
        const char *next = slash ?: search->end;
        size_t length = (size_t)(next - segment);
        const struct contract_node *child = length > 0 ? find_child(node, segment, length) : NULL;
        const struct contract_node *found = child ? descend(search, child, next, count) : NULL;

        if (found || length == 0 || !node->parameter || count == BOUND_PATH_PARAMETERS)
                return found;
        search->values[count] = (struct slice){.data = segment, .length = length};
        return descend(search, node->parameter, next, count + 1);
}

int route_find(enum method method, const char *path, size_t length, const struct operation **ret_operation,
               struct slice values[static BOUND_PATH_PARAMETERS], unsigned *ret_allow) {
        struct search search = {.end = path + length};
        unsigned allow = 0;

        if (length == 0 || path[0] != '/')
                return PROBLEM_NOT_FOUND;
        const struct contract_node *node = descend(&search, &contract_root, path, 0);
        if (!node)
                return PROBLEM_NOT_FOUND;
        if (method >= METHODS || !node->operations[method]) {
                for (unsigned i = 0; i < METHODS; i++)
                        if (node->operations[i])
                                allow |= 1U << i;
                *ret_allow = allow;
                return PROBLEM_METHOD_NOT_ALLOWED;
        }
        memcpy(values, search.values, sizeof(search.values));
        *ret_operation = node->operations[method];
        return 0;
}
