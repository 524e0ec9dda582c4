#include "usage_corrections.sql.h"

#include "http/reply.h"
#include "http/request.h"
#include "operations.h"
#include "usage/judge.h"

/* Of a field that the rules ask about the use is judged anew; of another there is no row of facts. */
int op_correct_usage(struct request *request) {
        struct transaction *t = request->transaction;
        const char *id = request_path(request, "usage_entry_id"), *body = request->body_text;
        struct check_out_plan plan = {0};

        transaction_explicit(t);
        corrections_lock(t, id);
        corrections_hold_meeting(t, id);
        corrections_facts(t, id, body);
        int r = judging_pass(request, &judge_uses);
        if (r == 0 && transaction_rows(t, 0) > 0)
                r = transaction_row(t, 0, 0, &row_check_out_plan, &plan);
        if (r != 0)
                return r;
        corrections_record(t, id, body, plan.user_department_id);
        return reply_answer(request);
}
