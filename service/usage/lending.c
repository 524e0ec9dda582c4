#include "usage_lending.sql.h"

#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"
#include "operations.h"
#include "problems.h"
#include "usage/judge.h"

/* What was judged, item by item, and is written so: arrays for the statements that write. */
struct passed {
        const char *entries; /* that are handed over */
        const char *began, *due, *user_departments;
};

static const char *instant(struct request *request, int64_t at) {
        char text[CLOCK_INSTANT_SIZE];

        clock_format_instant(at, text);
        return arena_strdup(request->arena, text);
}

static int pass(struct request *request, struct passed *ret_passed) {
        struct arena *arena = request->arena;

        int r = judging_pass(request, &judge_uses);
        if (r != 0)
                return r;
        size_t count = transaction_rows(request->transaction, 0);
        const char **columns[4];
        for (size_t i = 0; i < 4; i++)
                columns[i] = arena_alloc(arena, (count + 1) * sizeof(char *));
        for (size_t i = 0; i < count && r == 0; i++) {
                struct check_out_plan plan;
                struct check_out_told told;
                r = transaction_row(request->transaction, 0, i, &row_check_out_plan, &plan);
                if (r == 0)
                        r = transaction_row(request->transaction, 0, i, &row_check_out_told, &told);
                if (r != 0)
                        return r;
                columns[0][i] = told.entry_id;
                columns[1][i] = instant(request, plan.out_at);
                columns[2][i] = instant(request, plan.due_at);
                columns[3][i] = plan.user_department_id;
        }
        *ret_passed = (struct passed){
                .entries = transaction_array(arena, columns[0], count),
                .began = transaction_array(arena, columns[1], count),
                .due = transaction_array(arena, columns[2], count),
                .user_departments = transaction_array(arena, columns[3], count),
        };
        return 0;
}

static int write_judgement(struct request *request) {
        struct judgement judgement;

        int r = judge_uses.judge(request, 0, &judgement);
        return r == 0 ? judging_reply(request, &judgement, NULL) : r;
}

int op_check_usage(struct request *request) {
        lending_facts(request->transaction, request->body_text, false);
        return reply_render(request, write_judgement);
}

/* One device, or a set that goes out as a whole. */
int op_check_out(struct request *request) {
        struct transaction *transaction = request->transaction;
        const char *body = request->body_text;
        struct passed passed;

        transaction_explicit(transaction);
        lending_lock(transaction, body);
        lending_hold_meetings(transaction, body, NULL);
        lending_facts(transaction, body, true);
        int r = pass(request, &passed);
        if (r != 0)
                return r;
        lending_record(transaction, body, passed.began, passed.due, passed.user_departments,
                       language_tag(request->language));
        return reply_answer(request);
}

int op_check_out_batch(struct request *request) {
        static const char *const lists[] = {"items", "device_codes", "device_ids"};
        size_t given = 0;

        for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
                given += json_object_get(request->body, lists[i]) != NULL;
        if (given != 1)
                return problem_refuse(request, PROBLEM_VALUE_NOT_ACCEPTED, "/items", "one_list", NULL);
        return op_check_out(request);
}

/* `entries`: the one of the path; NULL for a set, whose items name them. They are locked already. */
static int hand_over(struct request *request, const char *entries) {
        struct transaction *transaction = request->transaction;
        const char *body = request->body_text, *language = language_tag(request->language);
        struct passed passed;

        lending_hold_meetings(transaction, body, entries);
        lending_handover_facts(transaction, body, entries);
        int r = pass(request, &passed);
        if (r != 0)
                return r;
        lending_hand_over(transaction, body, passed.entries, passed.began);
        lending_handed_over(transaction, passed.entries, language);
        lending_record_next(transaction, body, passed.entries, passed.began, passed.due, passed.user_departments,
                            language);
        return reply_answer(request);
}

int op_hand_over(struct request *request) {
        const char *entry = request_path(request, "usage_entry_id");
        const char *entries = transaction_array(request->arena, &entry, 1);

        transaction_explicit(request->transaction);
        lending_hold(request->transaction, request->body_text, entries);
        lending_match(request->transaction, entry, request->if_match);
        return hand_over(request, entries);
}

int op_hand_over_set(struct request *request) {
        transaction_explicit(request->transaction);
        lending_hold(request->transaction, request->body_text, NULL);
        return hand_over(request, NULL);
}
