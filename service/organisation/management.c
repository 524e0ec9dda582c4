#include "organisation_management.sql.h"

#include "http/request.h"
#include "operations.h"

int op_get_management_structure(struct request *request) {
        management_get(request->transaction, request_query(request, "as_of"));
        return reply_view(request);
}
