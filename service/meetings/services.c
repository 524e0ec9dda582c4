#include "meetings_services.sql.h"

#include "http/reply.h"
#include "http/request.h"
#include "meetings/judge.h"
#include "operations.h"

int op_create_meeting_service_version(struct request *request) {
        struct transaction *t = request->transaction;

        transaction_explicit(t);
        services_hold(t); /* gives the id */
        int r = transaction_flush(t);
        if (r != 0)
                return r;
        const char *id = transaction_value(t, 0, 0, 0);
        services_add(t, id, request->body_text);
        services_added(t, id);
        services_planned(t, id);
        r = judging_pass(request, &judge_meetings);
        if (r != 0)
                return r;
        services_judged(t);
        services_answer(t, id);
        return reply_answer(request);
}
