#include "meetings_meetings.sql.h"

#include "http/reply.h"
#include "http/request.h"
#include "meetings/judge.h"
#include "operations.h"
#include "problems.h"

static int write_judgement(struct request *request) {
        struct judgement judgement;
        struct meeting_plan plan;
        struct meeting_facts facts;
        struct text further = {0};

        int r = judge_read(request, 0, &plan, &facts);
        if (r != 0)
                return r;
        meeting_judge(&plan, &facts, &judgement);
        if (meeting_seeks_alternatives(&plan, &judgement)) {
                text_append_string(&further, "\"alternatives\":");
                meeting_append_alternatives(&plan, &facts, &further);
        }
        return judging_reply(request, &judgement, further.data ? arena_take(request->arena, &further) : NULL);
}

int op_check_meeting(struct request *request) {
        meetings_services(request->transaction, NULL, request_member(request, "starts_at"));
        meetings_facts(request->transaction, request->body_text, false);
        return reply_render(request, write_judgement);
}

static int answer(struct request *request, const char *id, int status, const char *event) {
        meetings_answer(request->transaction, id, status, event, language_tag(request->language));
        return reply_answer(request);
}

int op_create_meeting(struct request *request) {
        struct transaction *t = request->transaction;
        struct judging_subject subject;

        transaction_explicit(t);
        meetings_hold_catalogue(t);
        meetings_services(t, NULL, request_member(request, "starts_at"));
        meetings_facts(t, request->body_text, true); /* gives the id */
        int r = judging_pass(request, &judge_meetings);
        if (r == 0)
                r = transaction_row(t, 0, 0, &row_judging_subject, &subject);
        if (r != 0)
                return r;
        meetings_create(t, subject.about, request->body_text);
        return answer(request, subject.about, 201, "meeting.created");
}

/* From one of the states, by the members of the body, to a status or to the one it has. */
static int change(struct request *request, const char *states, const char *status, const char *event) {
        struct transaction *t = request->transaction;
        const char *id = request_path(request, "meeting_id");

        transaction_explicit(t);
        meetings_hold_catalogue(t);
        meetings_lock(t, id);
        meetings_services(t, id, request_member(request, "starts_at"));
        meetings_facts_of(t, id, request->if_match, request->body_text, states, status);
        int r = judging_pass(request, &judge_meetings);
        if (r == 0 && transaction_rows(t, 0) == 0)
                r = PROBLEM_NOT_FOUND;
        if (r != 0)
                return r;
        meetings_change(t, id, request->body_text, status);
        return answer(request, id, 200, event);
}

int op_mark_meeting_held(struct request *request) {
        struct transaction *t = request->transaction;
        const char *id = request_path(request, "meeting_id");

        transaction_explicit(t);
        meetings_hold_catalogue(t);
        meetings_lock(t, id);
        meetings_services(t, id, NULL);
        meetings_facts_held(t, id, request->if_match, request->body_text);
        int r = judging_pass(request, &judge_meetings);
        if (r == 0 && transaction_rows(t, 0) == 0)
                r = PROBLEM_NOT_FOUND;
        if (r != 0)
                return r;
        meetings_mark_held(t, id, request->body_text);
        return answer(request, id, 200, "meeting.held");
}

int op_change_meeting(struct request *request) {
        return change(request, "{draft,planned}", NULL, "meeting.changed");
}

int op_plan_meeting(struct request *request) {
        return change(request, "{draft}", "planned", "meeting.planned");
}
