#include "usage/judge.h"

#include "http/request.h"
#include "rules/check_out.h"

/* What a finding tells besides the rule's words: the item of a set that it is about, and who has the device that is out. */
static void tell(const struct check_out_told *told, struct judgement *judgement) {
        for (size_t i = 0; i < judgement->count; i++) {
                struct finding *finding = &judgement->findings[i];
                bool taken = told->taken && finding->rule == &check_out_rules[CHECK_OUT_DEVICE_AVAILABLE];
                finding->members[0] = told->item;
                finding->members[1] = taken ? told->taken : NULL;
        }
}

static int judge(struct request *request, size_t row, struct judgement *ret_judgement) {
        struct check_out_facts facts;
        struct check_out_plan plan;
        struct check_out_told told;

        int r = transaction_row(request->transaction, 0, row, &row_check_out_plan, &plan);
        if (r == 0)
                r = transaction_row(request->transaction, 0, row, &row_check_out_facts, &facts);
        if (r == 0)
                r = transaction_row(request->transaction, 0, row, &row_check_out_told, &told);
        if (r == 0)
                r = check_out_judge(&plan, &facts, ret_judgement);
        if (r == 0)
                tell(&told, ret_judgement);
        return r;
}

const struct judging judge_uses = {.judge = judge};
