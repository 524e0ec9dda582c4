/* What openapi/problems.yaml says of each problem; problems.h, made from it, has the enum. */
#pragma once

struct problem_type {
        const char *slug;
        int status;
        const char *title_ja, *title_en;
        const char *explanation_ja, *explanation_en; /* what happened and what to do */
};

extern const struct problem_type problem_types[]; /* by enum problem */

/* NULL when there is no such problem. */
const struct problem_type *problem_type(int problem);
/* The enum problem of a slug, 0 when there is none. */
int problem_from_slug(const char *slug);
