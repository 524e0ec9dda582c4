#include "placements_placement_requests.sql.h"

#include "http/reply.h"
#include "http/request.h"
#include "operations.h"

static const char *id_of(const struct request *request) {
        return request_path(request, "placement_request_id");
}

int op_list_placement_requests(struct request *request) {
        placement_requests_list(request->transaction, &request->page, request_query(request, "department_id"),
                                request_query(request, "status"));
        return reply_page(request);
}

int op_get_placement_request(struct request *request) {
        placement_requests_get(request->transaction, id_of(request));
        return reply_one(request);
}

int op_create_placement_request(struct request *request) {
        placement_requests_create(request->transaction, request->body_text);
        return reply_answer(request);
}

int op_decide_placement_request(struct request *request) {
        placement_requests_decide(request->transaction, id_of(request), request->if_match, request->body_text);
        return reply_answer(request);
}

int op_list_placement_request_comments(struct request *request) {
        placement_requests_visible(request->transaction, id_of(request));
        placement_requests_comments(request->transaction, &request->page, id_of(request));
        return reply_page(request);
}

int op_add_placement_request_comment(struct request *request) {
        placement_requests_comment(request->transaction, id_of(request), request->body_text);
        return reply_answer(request);
}
