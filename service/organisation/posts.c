#include "organisation_posts.sql.h"

#include "http/reply.h"
#include "http/request.h"
#include "operations.h"

int op_list_posts(struct request *request) {
        posts_list(request->transaction, &request->page, request_query(request, "code"),
                   request_query(request, "department_id"), request_query(request, "role"),
                   request_query(request, "is_head"), request_query(request, "active"));
        return reply_page(request);
}

int op_get_post(struct request *request) {
        posts_get(request->transaction, request_path(request, "post_id"));
        return reply_one(request);
}

int op_create_post(struct request *request) {
        posts_create(request->transaction, request->body_text);
        return reply_answer(request);
}

int op_change_post(struct request *request) {
        posts_change(request->transaction, request_path(request, "post_id"), request->if_match, request->body_text);
        return reply_answer(request);
}
