#include "placements_placements.sql.h"

#include "http/import.h"
#include "http/request.h"
#include "operations.h"

/* The devices, then the departments. */
static int hold(struct transaction *transaction) {
        placements_import_hold_devices(transaction);
        return placements_import_hold_departments(transaction);
}

static const struct import import = {
        .event = "placements.imported",
        .subject = "placements",
        .hold = hold,
        .judge = placements_import_judge,
        .write = placements_import_write,
};

int op_import_placements(struct request *request) {
        return import_run(request, &import);
}
