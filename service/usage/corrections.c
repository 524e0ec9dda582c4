#include "usage_corrections.sql.h"

#include "http/reply.h"
#include "http/request.h"
#include "operations.h"

static const char *id_of(const struct request *request) {
        return request_path(request, "usage_entry_id");
}

int op_list_usage_corrections(struct request *request) {
        corrections_visible(request->transaction, id_of(request));
        corrections_list(request->transaction, &request->page, id_of(request));
        return reply_page(request);
}

int op_correct_usage(struct request *request) {
        corrections_hold(request->transaction, id_of(request));
        corrections_create(request->transaction, id_of(request), request->body_text);
        return reply_answer(request);
}
