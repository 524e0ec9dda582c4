#include "usage_entries.sql.h"

#include "http/reply.h"
#include "http/request.h"
#include "operations.h"

#include <string.h>

/* The only item of an array literal, or NULL. */
static const char *only_item(struct request *request, const char *literal) {
        size_t length = literal ? strlen(literal) : 0;

        if (length < 2 || strchr(literal, ','))
                return NULL;
        bool quoted = literal[1] == '"';
        size_t frame = quoted ? 2 : 1;
        return length > 2 * frame ? arena_strndup(request->arena, literal + frame, length - 2 * frame) : NULL;
}

int op_list_usage_entries(struct request *request) {
        const char *departments = request_query(request, "department_id"), *status = request_query(request, "status");
        const char *department = only_item(request, departments);
        const char *unconfirmed = status && !strstr(status, "confirmed") ? "true" : NULL;

        entries_list(request->transaction, &request->page, department, department ? NULL : departments,
                     request_query(request, "device_id"), request_query(request, "user_staff_id"),
                     request_query(request, "month"), status, unconfirmed, request_query(request, "purpose"),
                     request_query(request, "meeting_id"), request_query(request, "out_at_from"),
                     request_query(request, "out_at_to"), language_tag(request->language));
        return reply_page(request);
}
