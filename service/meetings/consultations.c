#include "meetings_consultations.sql.h"

#include "http/request.h"
#include "operations.h"

static const char *id_of(const struct request *request) {
        return request_path(request, "service_consultation_id");
}

int op_list_service_consultations(struct request *request) {
        consultations_list(request->transaction, &request->page, request_query(request, "department_id"),
                           request_query(request, "status"), request_query(request, "q"));
        return reply_page(request);
}

int op_get_service_consultation(struct request *request) {
        consultations_get(request->transaction, id_of(request));
        return reply_one(request);
}

int op_create_service_consultation(struct request *request) {
        consultations_create(request->transaction, request->body_text);
        return reply_answer(request);
}

int op_answer_service_consultation(struct request *request) {
        consultations_answer(request->transaction, id_of(request), request->if_match, request->body_text);
        return reply_answer(request);
}
