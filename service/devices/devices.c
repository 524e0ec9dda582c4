#include "devices_devices.sql.h"

#include "http/import.h"
#include "http/request.h"
#include "operations.h"

static const struct import import = {
        .event = "devices.imported",
        .subject = "devices",
        .hold = devices_import_hold,
        .judge = devices_import_judge,
        .write = devices_import_write,
};

int op_import_devices(struct request *request) {
        return import_run(request, &import);
}
