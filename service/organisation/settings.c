#include "organisation_settings.sql.h"

#include "http/request.h"
#include "operations.h"

int op_get_settings(struct request *request) {
        settings_get(request->transaction);
        return reply_one(request);
}

int op_change_settings(struct request *request) {
        settings_change(request->transaction, request->if_match, request->body_text);
        return reply_answer(request);
}

int op_list_settings_history(struct request *request) {
        settings_history(request->transaction, &request->page);
        return reply_page(request);
}
