#include "placements_placements.sql.h"

#include "http/import.h"
#include "http/request.h"
#include "operations.h"

static const struct csv_column columns[] = {
        {.name = "device_code", .ja = "機器番号", .type = CSV_CODE, .required = true, .max = 32},
        {.name = "department_code", .ja = "所属コード", .type = CSV_CODE, .required = true, .max = 32},
        {.name = "from", .ja = "配置日", .type = CSV_DATE, .required = true},
        {.name = "storage_location", .ja = "保管場所", .type = CSV_LINE, .max = 100},
        {.name = "reason", .ja = "理由", .type = CSV_TEXT, .max = 2000},
        {.name = NULL},
};

/* The devices, then the departments. */
static int hold(struct transaction *transaction) {
        placements_import_hold_devices(transaction);
        return placements_import_hold_departments(transaction);
}

static const struct import import = {
        .columns = columns,
        .event = "placements.imported",
        .subject = "placements",
        .hold = hold,
        .judge = placements_import_judge,
        .write = placements_import_write,
};

int op_import_placements(struct request *request) {
        return import_run(request, &import);
}
