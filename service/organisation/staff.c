#include "organisation_staff.sql.h"

#include "http/import.h"
#include "http/request.h"
#include "operations.h"

static const struct csv_column columns[] = {
        {.name = "number", .ja = "職員番号", .type = CSV_CODE, .required = true, .max = 32},
        {.name = "name", .ja = "氏名", .type = CSV_LINE, .required = true, .max = 100},
        {.name = "kana", .ja = "ふりがな", .type = CSV_LINE, .max = 100},
        {.name = "title", .ja = "役職", .type = CSV_LINE, .max = 100},
        {.name = "department_code", .ja = "所属コード", .type = CSV_CODE, .max = 32},
        {.name = "from", .ja = "異動日", .type = CSV_DATE},
        {.name = "order_number", .ja = "発令番号", .type = CSV_LINE, .max = 100},
        {.name = "left_on", .ja = "退職日の翌日", .type = CSV_DATE},
        {.name = "subject", .ja = "認証ID", .type = CSV_LINE, .max = 255},
        {.name = "issuer", .ja = "認証元", .type = CSV_LINE, .max = 255},
        {.name = NULL},
};

static int hold(struct transaction *transaction) {
        staff_import_hold_departments(transaction);
        return staff_import_hold(transaction);
}

static const struct import import = {
        .columns = columns,
        .event = "staff.imported",
        .subject = "staff",
        .hold = hold,
        .judge = staff_import_judge,
        .write = staff_import_write,
};

int op_import_staff(struct request *request) {
        return import_run(request, &import);
}
