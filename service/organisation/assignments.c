#include "organisation_assignments.sql.h"

#include "http/import.h"
#include "http/request.h"
#include "operations.h"

static const struct csv_column columns[] = {
        {.name = "post_code", .ja = "職コード", .type = CSV_CODE, .required = true, .max = 32},
        {.name = "staff_number", .ja = "職員番号", .type = CSV_CODE, .required = true, .max = 32},
        {.name = "kind", .ja = "種別", .type = CSV_ENUM, .required = true, .words = vocabulary_assignment_kind},
        {.name = "from", .ja = "開始日", .type = CSV_DATE, .required = true},
        {.name = "to", .ja = "終了日", .type = CSV_DATE},
        {.name = "order_number", .ja = "発令番号", .type = CSV_LINE, .required = true, .max = 100},
        {.name = "reason", .ja = "理由", .type = CSV_TEXT, .max = 2000},
        {.name = NULL},
};

static const struct import import = {
        .columns = columns,
        .event = "post_assignments.imported",
        .subject = "posts/assignments",
        .hold = assignments_import_hold,
        .judge = assignments_import_judge,
        .write = assignments_import_write,
};

int op_import_post_assignments(struct request *request) {
        return import_run(request, &import);
}
