#include "core/problem_type.h"

#include "problems.h"

#include <stddef.h>
#include <string.h>

const struct problem_type *problem_type(int problem) {
        return problem > 0 && problem < PROBLEMS_END ? &problem_types[problem] : NULL;
}

int problem_from_slug(const char *slug) {
        for (int problem = 1; problem < PROBLEMS_END; problem++)
                if (strcmp(problem_types[problem].slug, slug) == 0)
                        return problem;
        return 0;
}
