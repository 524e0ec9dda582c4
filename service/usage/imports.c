#include "usage_imports.sql.h"

#include "http/import.h"
#include "http/request.h"
#include "operations.h"

static const struct csv_column columns[] = {
        {.name = "device_code", .ja = "機器番号", .type = CSV_CODE, .required = true, .max = 32},
        {.name = "user_staff_number", .ja = "利用者職員番号", .type = CSV_CODE, .required = true, .max = 32},
        {.name = "purpose", .ja = "利用目的", .type = CSV_ENUM, .required = true, .words = vocabulary_purpose},
        {.name = "purpose_note", .ja = "目的の説明", .type = CSV_TEXT, .max = 2000},
        {.name = "partner_organisation", .ja = "関係機関", .type = CSV_LINE, .max = 100},
        {.name = "out_at", .ja = "開始時刻", .type = CSV_TIMESTAMP, .required = true},
        {.name = "due_at", .ja = "返却期限", .type = CSV_TIMESTAMP, .required = true},
        {.name = "returned_at", .ja = "返却時刻", .type = CSV_TIMESTAMP, .required = true},
        {.name = "returned_by_staff_number", .ja = "返却者職員番号", .type = CSV_CODE, .max = 32},
        {.name = "storage_location", .ja = "保管場所", .type = CSV_LINE, .required = true, .max = 100},
        {.name = "locked", .ja = "施錠", .type = CSV_BOOLEAN, .required = true},
        {.name = "storage_confirmed_at", .ja = "施錠確認時刻", .type = CSV_TIMESTAMP},
        {.name = "storage_confirmed_by_staff_number", .ja = "施錠確認者職員番号", .type = CSV_CODE, .max = 32},
        {.name = "confirmed_at", .ja = "利用管理者確認時刻", .type = CSV_TIMESTAMP},
        {.name = "confirmed_by_staff_number", .ja = "利用管理者職員番号", .type = CSV_CODE, .max = 32},
        {.name = "remarks", .ja = "備考", .type = CSV_TEXT, .max = 2000},
        {.name = NULL},
};

static int hold(struct transaction *transaction) {
        imports_hold_months(transaction);
        return imports_hold_devices(transaction);
}

static const struct import import = {
        .columns = columns,
        .event = "usage_entries.imported",
        .subject = "usage-entries",
        .hold = hold,
        .judge = imports_judge,
        .write = imports_write,
};

int op_import_usage_entries(struct request *request) {
        return import_run(request, &import);
}
