#include "meetings/judge.h"

#include "http/request.h"

static int read_services(struct request *request, struct meeting_facts *facts) {
        size_t count = transaction_rows(request->transaction, 1);
        struct meeting_service *rows = arena_alloc(request->arena, (count + 1) * sizeof(*rows));
        int r = 0;

        for (size_t i = 0; i < count && r == 0; i++)
                r = transaction_row(request->transaction, 1, i, &row_meeting_service, &rows[i]);
        facts->services = rows;
        facts->services_count = count;
        return r;
}

int judge_read(struct request *request, size_t row, struct meeting_plan *ret_plan, struct meeting_facts *ret_facts) {
        struct transaction *t = request->transaction;
        int r = transaction_row(t, 0, row, &row_meeting_plan, ret_plan);

        if (r == 0)
                r = transaction_row(t, 0, row, &row_meeting_versions, &ret_facts->versions);
        if (r == 0)
                r = transaction_row(t, 0, row, &row_meeting_consultation, &ret_facts->consultation);
        return r == 0 ? read_services(request, ret_facts) : r;
}

static int judge(struct request *request, size_t row, struct judgement *ret_judgement) {
        struct meeting_facts facts;
        struct meeting_plan plan;

        int r = judge_read(request, row, &plan, &facts);
        if (r == 0)
                meeting_judge(&plan, &facts, ret_judgement);
        return r;
}

const struct judging judge_meetings = {.judge = judge};
