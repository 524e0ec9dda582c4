#include "usage_lending.sql.h"

#include "bounds.h"
#include "http/reply.h"
#include "http/request.h"
#include "judging/judging.h"
#include "operations.h"
#include "problems.h"
#include "rules/check_out.h"

static int judge(struct request *request, size_t row, struct judgement *ret_judgement) {
        struct check_out_facts facts;
        struct check_out_plan plan;

        int r = transaction_row(request->transaction, 0, row, &row_check_out_plan, &plan);
        if (r == 0)
                r = transaction_row(request->transaction, 0, row, &row_check_out_facts, &facts);
        return r == 0 ? check_out_judge(&plan, &facts, ret_judgement) : r;
}

/* What was judged of a plan and is written so: the same for all of a set. */
struct passed {
        char at[CLOCK_INSTANT_SIZE]; /* when it begins */
        const char *user_department_id;
};

static int pass(struct request *request, bool set, struct passed *ret_passed) {
        const struct judging judging = {.judge = judge, .of_devices = set};
        struct check_out_plan plan;

        int r = judging_pass(request, &judging);
        if (r == 0 && transaction_rows(request->transaction, 0) == 0)
                r = PROBLEM_NOT_FOUND;
        if (r == 0)
                r = transaction_row(request->transaction, 0, 0, &row_check_out_plan, &plan);
        if (r != 0)
                return r;
        clock_format_instant(plan.out_at, ret_passed->at);
        ret_passed->user_department_id = plan.user_department_id;
        return 0;
}

static int write_judgement(struct request *request) {
        struct judgement judgement;

        int r = judge(request, 0, &judgement);
        return r == 0 ? judging_reply(request, &judgement, NULL) : r;
}

static const char *device_of(struct request *request) {
        const char *const id = request_member(request, "device_id");

        return transaction_array(request->arena, &id, 1);
}

static const char *devices_of(struct request *request) {
        json_t *ids = json_object_get(request->body, "device_ids"), *id;
        const char *items[BOUND_CHECK_OUT_SET];
        size_t i;

        json_array_foreach(ids, i, id) items[i] = json_string_value(id);
        return transaction_array(request->arena, items, json_array_size(ids));
}

int op_check_usage(struct request *request) {
        lending_facts(request->transaction, device_of(request), request->body_text, "/device_id", false, false);
        return reply_render(request, write_judgement);
}

/* `pointer` leads to the device's id in the body, or to the ids of a set, which goes out as a whole. */
static int lend(struct request *request, const char *devices, const char *pointer, bool set) {
        struct transaction *transaction = request->transaction;
        const char *language = language_tag(request->language);
        struct passed passed;

        transaction_explicit(transaction);
        lending_lock(transaction, devices, request_member(request, "out_at"));
        lending_hold_meeting(transaction, request_member(request, "meeting_id"));
        lending_facts(transaction, devices, request->body_text, pointer, set, true);
        int r = pass(request, set, &passed);
        if (r != 0)
                return r;
        if (set)
                lending_record_set(transaction, devices, request->body_text, passed.at, passed.user_department_id,
                                   language);
        else
                lending_record(transaction, devices, request->body_text, passed.at, passed.user_department_id,
                               language);
        return reply_answer(request);
}

int op_check_out(struct request *request) {
        return lend(request, device_of(request), "/device_id", false);
}

int op_check_out_batch(struct request *request) {
        return lend(request, devices_of(request), "/device_ids", true);
}

int op_hand_over(struct request *request) {
        const char *id = request_path(request, "usage_entry_id"), *language = language_tag(request->language);
        struct passed passed;

        transaction_explicit(request->transaction);
        lending_hold(request->transaction, id);
        lending_handover_facts(request->transaction, id, request->if_match, request->body_text);
        int r = pass(request, false, &passed);
        if (r != 0)
                return r;
        lending_hand_over(request->transaction, id, passed.at, language);
        lending_record_next(request->transaction, id, request->body_text, passed.at, passed.user_department_id,
                            language);
        return reply_answer(request);
}
