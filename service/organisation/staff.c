#include "organisation_staff.sql.h"

#include "http/import.h"
#include "http/reply.h"
#include "http/request.h"
#include "operations.h"

int op_list_staff(struct request *request) {
        staff_list(request->transaction, &request->page, request_query(request, "number"),
                   request_query(request, "department_id"), request_query(request, "active"),
                   request_query(request, "q"));
        return reply_page(request);
}

int op_get_staff(struct request *request) {
        staff_get(request->transaction, request_path(request, "staff_id"));
        return reply_one(request);
}

int op_create_staff(struct request *request) {
        staff_create(request->transaction, request->body_text);
        return reply_answer(request);
}

int op_change_staff(struct request *request) {
        const char *id = request_path(request, "staff_id");

        staff_hold(request->transaction, id);
        staff_change(request->transaction, id, request->if_match, request->body_text);
        return reply_answer(request);
}

int op_list_staff_transfers(struct request *request) {
        const char *id = request_path(request, "staff_id");

        staff_visible(request->transaction, id);
        staff_transfers(request->transaction, &request->page, id);
        return reply_page(request);
}

int op_create_staff_transfer(struct request *request) {
        const char *id = request_path(request, "staff_id");

        staff_hold_department(request->transaction, request->body_text);
        staff_hold(request->transaction, id);
        staff_transfer(request->transaction, id, request->body_text);
        return reply_answer(request);
}

static const struct csv_column columns[] = {
        {.name = "number", .ja = "職員番号", .type = CSV_CODE, .required = true, .max = 32},
        {.name = "name", .ja = "氏名", .type = CSV_TEXT, .required = true, .max = 100},
        {.name = "kana", .ja = "ふりがな", .type = CSV_TEXT, .max = 100},
        {.name = "title", .ja = "役職", .type = CSV_TEXT, .max = 100},
        {.name = "department_code", .ja = "所属コード", .type = CSV_CODE, .max = 32},
        {.name = "from", .ja = "異動日", .type = CSV_DATE},
        {.name = "order_number", .ja = "発令番号", .type = CSV_TEXT, .max = 100},
        {.name = "left_on", .ja = "退職日の翌日", .type = CSV_DATE},
        {.name = "subject", .ja = "認証ID", .type = CSV_TEXT, .max = 255},
        {.name = "issuer", .ja = "認証元", .type = CSV_TEXT, .max = 255},
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
