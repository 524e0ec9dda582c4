#include "audit_audit.sql.h"

#include "http/request.h"
#include "operations.h"

int op_list_audit_log(struct request *request) {
        audit_list(request->transaction, &request->page, request_query(request, "subject"),
                   request_query(request, "actor"), request_query(request, "operation"), request_query(request, "from"),
                   request_query(request, "to"));
        return reply_page(request);
}
