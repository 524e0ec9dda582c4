#include "organisation_departments.sql.h"

#include "http/reply.h"
#include "http/request.h"
#include "operations.h"

int op_list_departments(struct request *request) {
        departments_list(request->transaction, &request->page, request_query(request, "code"),
                         request_query(request, "kind"), request_query(request, "parent_id"),
                         request_query(request, "is_shozoku"), request_query(request, "active"),
                         request_query(request, "q"));
        return reply_page(request);
}

int op_get_department(struct request *request) {
        departments_get(request->transaction, request_path(request, "department_id"));
        return reply_one(request);
}

int op_create_department(struct request *request) {
        departments_hold_tree(request->transaction);
        departments_create(request->transaction, request->body_text);
        return reply_answer(request);
}

int op_change_department(struct request *request) {
        const char *id = request_path(request, "department_id");

        departments_hold(request->transaction, id, request->body_text);
        departments_change(request->transaction, id, request->if_match, request->body_text);
        return reply_answer(request);
}
