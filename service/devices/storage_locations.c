#include "devices_storage_locations.sql.h"

#include "http/reply.h"
#include "http/request.h"
#include "operations.h"

int op_list_storage_locations(struct request *request) {
        storage_locations_list(request->transaction, &request->page, request_query(request, "department_id"),
                               request_query(request, "lockable"));
        return reply_page(request);
}

int op_get_storage_location(struct request *request) {
        storage_locations_get(request->transaction, request_path(request, "storage_location_id"));
        return reply_one(request);
}

int op_create_storage_location(struct request *request) {
        storage_locations_create(request->transaction, request->body_text);
        return reply_answer(request);
}

int op_change_storage_location(struct request *request) {
        storage_locations_change(request->transaction, request_path(request, "storage_location_id"), request->if_match,
                                 request->body_text);
        return reply_answer(request);
}
