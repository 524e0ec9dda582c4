#include "devices_devices.sql.h"

#include "http/import.h"
#include "http/request.h"
#include "operations.h"

static const struct csv_column columns[] = {
        {.name = "code", .ja = "機器番号", .type = CSV_CODE, .required = true, .max = 32},
        {.name = "name", .ja = "品名", .type = CSV_LINE, .required = true, .max = 100},
        {.name = "kind", .ja = "種別", .type = CSV_ENUM, .required = true, .words = vocabulary_device_kind},
        {.name = "introduced_on", .ja = "導入日", .type = CSV_DATE, .required = true},
        {.name = "manufacturer", .ja = "メーカー", .type = CSV_LINE, .max = 100},
        {.name = "model", .ja = "型番", .type = CSV_LINE, .max = 100},
        {.name = "serial_number", .ja = "シリアル番号", .type = CSV_LINE, .max = 100},
        {.name = "accessories", .ja = "付属品", .type = CSV_LINE, .max = 1000},
        {.name = "remarks", .ja = "備考", .type = CSV_TEXT, .max = 2000},
        {.name = "reason", .ja = "理由", .type = CSV_TEXT, .max = 2000},
        {.name = NULL},
};

static const struct import import = {
        .columns = columns,
        .event = "devices.imported",
        .subject = "devices",
        .hold = devices_import_hold,
        .judge = devices_import_judge,
        .write = devices_import_write,
};

int op_import_devices(struct request *request) {
        return import_run(request, &import);
}
