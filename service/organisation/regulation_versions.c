#include "organisation_regulation_versions.sql.h"

#include "http/request.h"
#include "operations.h"

int op_list_regulation_versions(struct request *request) {
        regulation_versions_list(request->transaction, &request->page, request_query(request, "document"));
        return reply_page(request);
}

int op_get_regulation_version(struct request *request) {
        regulation_versions_get(request->transaction, request_path(request, "regulation_version_id"));
        return reply_one(request);
}

int op_create_regulation_version(struct request *request) {
        regulation_versions_create(request->transaction, request->body_text);
        return reply_answer(request);
}
