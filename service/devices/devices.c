#include "devices_devices.sql.h"

#include "http/import.h"
#include "http/reply.h"
#include "http/request.h"
#include "operations.h"

int op_list_devices(struct request *request) {
        devices_list(request->transaction, &request->page, request_query(request, "department_id"),
                     request_query(request, "kind"), request_query(request, "status"), request_query(request, "code"),
                     request_query(request, "q"));
        return reply_page(request);
}

int op_get_device(struct request *request) {
        devices_get(request->transaction, request_path(request, "device_id"));
        return reply_one(request);
}

int op_create_device(struct request *request) {
        devices_create(request->transaction, request->body_text);
        return reply_answer(request);
}

int op_change_device(struct request *request) {
        devices_change(request->transaction, request_path(request, "device_id"), request->if_match, request->body_text);
        return reply_answer(request);
}

int op_list_device_history(struct request *request) {
        const char *id = request_path(request, "device_id");

        devices_visible(request->transaction, id);
        devices_history(request->transaction, &request->page, id);
        return reply_page(request);
}

int op_dispose_device(struct request *request) {
        const char *id = request_path(request, "device_id");

        devices_lock(request->transaction, id);
        devices_dispose(request->transaction, id, request->if_match, request->body_text);
        return reply_answer(request);
}

static const struct csv_column columns[] = {
        {.name = "code", .ja = "機器番号", .type = CSV_CODE, .required = true, .max = 32},
        {.name = "name", .ja = "品名", .type = CSV_TEXT, .required = true, .max = 100},
        {.name = "kind", .ja = "種別", .type = CSV_ENUM, .required = true, .words = vocabulary_device_kind},
        {.name = "introduced_on", .ja = "導入日", .type = CSV_DATE, .required = true},
        {.name = "manufacturer", .ja = "メーカー", .type = CSV_TEXT, .max = 100},
        {.name = "model", .ja = "型番", .type = CSV_CODE, .max = 100},
        {.name = "serial_number", .ja = "シリアル番号", .type = CSV_CODE, .max = 100},
        {.name = "accessories", .ja = "付属品", .type = CSV_TEXT, .max = 1000},
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
