#include "organisation_assignments.sql.h"

#include "http/import.h"
#include "http/reply.h"
#include "http/request.h"
#include "operations.h"

static const char *post_of(const struct request *request) {
        return request_path(request, "post_id");
}

int op_list_post_assignments(struct request *request) {
        assignments_visible(request->transaction, post_of(request));
        assignments_list(request->transaction, &request->page, post_of(request), request_query(request, "kind"),
                         request_query(request, "as_of"));
        return reply_page(request);
}

int op_get_post_assignment(struct request *request) {
        assignments_get(request->transaction, post_of(request), request_path(request, "assignment_id"));
        return reply_one(request);
}

int op_create_post_assignment(struct request *request) {
        assignments_hold(request->transaction, post_of(request), request->body_text);
        assignments_create(request->transaction, post_of(request), request->body_text);
        return reply_answer(request);
}

int op_change_post_assignment(struct request *request) {
        const char *id = request_path(request, "assignment_id");

        assignments_admit(request->transaction, post_of(request), id);
        assignments_hold(request->transaction, post_of(request), request->body_text);
        assignments_change(request->transaction, post_of(request), id, request->if_match, request->body_text);
        return reply_answer(request);
}

static const struct csv_column columns[] = {
        {.name = "post_code", .ja = "職コード", .type = CSV_CODE, .required = true, .max = 32},
        {.name = "staff_number", .ja = "職員番号", .type = CSV_CODE, .required = true, .max = 32},
        {.name = "kind", .ja = "種別", .type = CSV_ENUM, .required = true, .words = vocabulary_assignment_kind},
        {.name = "from", .ja = "開始日", .type = CSV_DATE, .required = true},
        {.name = "to", .ja = "終了日", .type = CSV_DATE},
        {.name = "order_number", .ja = "発令番号", .type = CSV_TEXT, .required = true, .max = 100},
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
