#include "organisation_assignments.sql.h"

#include "http/import.h"
#include "http/request.h"
#include "operations.h"

static const struct import import = {
        .event = "post_assignments.imported",
        .subject = "posts/assignments",
        .hold = assignments_import_hold,
        .judge = assignments_import_judge,
        .write = assignments_import_write,
};

int op_import_post_assignments(struct request *request) {
        return import_run(request, &import);
}
