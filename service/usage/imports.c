#include "usage_imports.sql.h"

#include "http/import.h"
#include "http/request.h"
#include "operations.h"

static int hold(struct transaction *transaction) {
        imports_hold_months(transaction);
        return imports_hold_devices(transaction);
}

static const struct import import = {
        .event = "usage_entries.imported",
        .subject = "usage-entries",
        .hold = hold,
        .judge = imports_judge,
        .write = imports_write,
};

int op_import_usage_entries(struct request *request) {
        return import_run(request, &import);
}
