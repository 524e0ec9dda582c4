#include "usage_changes.sql.h"

#include "http/reply.h"
#include "http/request.h"
#include "operations.h"

static const char *id_of(const struct request *request) {
        return request_path(request, "usage_entry_id");
}

static int answer(struct request *request, const char *event) {
        changes_answer(request->transaction, id_of(request), event, language_tag(request->language));
        return reply_answer(request);
}

int op_return_device(struct request *request) {
        changes_hold(request->transaction, id_of(request));
        changes_return(request->transaction, id_of(request), request->if_match, request->body_text);
        return answer(request, "usage_entry.returned");
}

int op_extend_usage(struct request *request) {
        changes_hold(request->transaction, id_of(request));
        changes_extend(request->transaction, id_of(request), request->if_match, request->body_text);
        return answer(request, "usage_entry.extended");
}

int op_confirm_storage(struct request *request) {
        changes_hold(request->transaction, id_of(request));
        changes_confirm_storage(request->transaction, id_of(request), request->if_match, request->body_text);
        return answer(request, "usage_entry.storage_confirmed");
}

int op_confirm_usage(struct request *request) {
        changes_hold(request->transaction, id_of(request));
        changes_confirm(request->transaction, id_of(request), request->if_match, request->body_text);
        return answer(request, "usage_entry.confirmed");
}
