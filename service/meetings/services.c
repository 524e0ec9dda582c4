#include "meetings_services.sql.h"

#include "http/reply.h"
#include "http/request.h"
#include "meetings/judged.h"
#include "operations.h"

/* Rows of services_planned: (id, facts). Each is judged by the version that was added. */
static int judge_planned(struct request *request, const char **ret_judged) {
        struct transaction *t = request->transaction;
        struct text judged = {0};
        int r = 0;

        text_append_char(&judged, '[');
        for (size_t i = 0; i < transaction_rows(t, 0) && r == 0; i++) {
                struct judgement judgement;
                r = judged_read(transaction_value(t, 0, i, 1), &judgement);
                if (r != 0)
                        break;
                if (i > 0)
                        text_append_char(&judged, ',');
                const char *row = arena_printf(request->arena, "{\"id\":\"%s\"}", transaction_value(t, 0, i, 0));
                judgement_append_record(&judgement, row, &judged);
        }
        text_append_char(&judged, ']');
        *ret_judged = arena_take(request->arena, &judged);
        return r;
}

int op_create_meeting_service_version(struct request *request) {
        struct transaction *t = request->transaction;
        const char *judged;

        transaction_explicit(t);
        services_hold(t); /* gives the id */
        int r = transaction_flush(t);
        if (r != 0)
                return r;
        const char *id = transaction_value(t, 0, 0, 0);
        services_add(t, id, request->body_text);
        services_planned(t, id);
        r = transaction_flush(t);
        if (r == 0)
                r = judge_planned(request, &judged);
        if (r != 0)
                return r;
        services_judged(t, judged);
        services_answer(t, id);
        return reply_answer(request);
}
