#include "organisation_api_clients.sql.h"

#include "http/request.h"
#include "operations.h"

int op_list_api_clients(struct request *request) {
        api_clients_list(request->transaction, &request->page, request_query(request, "client_id"),
                         request_query(request, "active"));
        return reply_page(request);
}

int op_get_api_client(struct request *request) {
        api_clients_get(request->transaction, request_path(request, "api_client_id"));
        return reply_one(request);
}

int op_create_api_client(struct request *request) {
        api_clients_departments(request->transaction, request->body_text);
        api_clients_create(request->transaction, request->body_text);
        return reply_answer(request);
}

int op_change_api_client(struct request *request) {
        api_clients_departments(request->transaction, request->body_text);
        api_clients_change(request->transaction, request_path(request, "api_client_id"), request->if_match,
                           request->body_text);
        return reply_answer(request);
}
