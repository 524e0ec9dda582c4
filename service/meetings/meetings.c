#include "meetings_meetings.sql.h"

#include "core/cleanup.h"
#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"
#include "meetings/judged.h"
#include "operations.h"
#include "problems.h"

#include <string.h>

static const char *id_of(const struct request *request) {
        return request_path(request, "meeting_id");
}

static bool in_english(const struct request *request) {
        return request->language == LANGUAGE_EN;
}

/* Row of meetings_facts: (facts, …). */
static int write_judgement(struct request *request) {
        _cleanup_json_ json_t *object = json_loads(transaction_value(request->transaction, 0, 0, 0), 0, NULL);
        struct judgement judgement;
        struct meeting_plan plan;
        struct meeting_facts facts;
        struct text body = {0};

        int r = meeting_read(object, &plan, &facts);
        if (r != 0)
                return r;
        meeting_judge(&plan, &facts, &judgement);
        text_append_char(&body, '{');
        judgement_append_verdict(&judgement, &body);
        text_append_string(&body, ",\"findings\":");
        judgement_append_findings(&judgement, in_english(request), &body);
        if (meeting_seeks_alternatives(&plan, &judgement)) {
                text_append_string(&body, ",\"alternatives\":");
                meeting_append_alternatives(&plan, &facts, &body);
        }
        text_append_char(&body, '}');
        return reply_string(request, 200, "application/json", arena_take(request->arena, &body));
}

int op_check_meeting(struct request *request) {
        meetings_facts(request->transaction, request->body_text, false);
        return reply_render(request, write_judgement);
}

static const char *findings_members(struct request *request, const struct judgement *judgement) {
        struct text members = {0};

        text_append_string(&members, "{\"findings\":");
        judgement_append_findings(judgement, in_english(request), &members);
        text_append_char(&members, '}');
        return arena_take(request->arena, &members);
}

/* 0 when it may be recorded so: a draft always, a plan when the rules let it and an exception has its reason. */
static int decide(struct request *request, const struct judgement *judgement, const char *status, const char *reason) {
        if (strcmp(status, "planned") != 0 || judgement->verdict == VERDICT_PERMITTED)
                return 0;
        if (judgement->verdict == VERDICT_REFUSED)
                return problem_refuse(request, PROBLEM_MEETING_REFUSED, NULL, NULL,
                                      findings_members(request, judgement));
        return reason ? 0
                      : problem_refuse(request, PROBLEM_EXCEPTION_REASON_REQUIRED, "/exception_reason", "required",
                                       findings_members(request, judgement));
}

/* Flushes what was queued, the facts last, and judges them. *ret_meeting is the row to write, *ret_id its id.
   Row: (facts, row without the judgement, id, status, exception_reason). */
static int judge_now(struct request *request, const char **ret_meeting, const char **ret_id) {
        struct transaction *t = request->transaction;
        struct judgement judgement;
        struct text meeting = {0};

        int r = transaction_flush(t);
        if (r == 0 && transaction_rows(t, 0) == 0)
                r = PROBLEM_NOT_FOUND;
        if (r == 0)
                r = judged_read(transaction_value(t, 0, 0, 0), &judgement);
        if (r == 0)
                r = decide(request, &judgement, transaction_value(t, 0, 0, 3), transaction_value(t, 0, 0, 4));
        if (r != 0)
                return r;
        judgement_append_record(&judgement, transaction_value(t, 0, 0, 1), &meeting);
        *ret_meeting = arena_take(request->arena, &meeting);
        *ret_id = transaction_value(t, 0, 0, 2);
        return 0;
}

static int answer(struct request *request, const char *id, int status, const char *event) {
        meetings_answer(request->transaction, id, status, event, language_tag(request->language));
        return reply_answer(request);
}

int op_create_meeting(struct request *request) {
        const char *meeting, *id;

        transaction_explicit(request->transaction);
        meetings_hold_catalogue(request->transaction);
        meetings_facts(request->transaction, request->body_text, true);
        int r = judge_now(request, &meeting, &id);
        if (r != 0)
                return r;
        meetings_create(request->transaction, meeting);
        return answer(request, id, 201, "meeting.created");
}

/* From one of the states, by the members of the body, to a status or to the one it has. */
static int change(struct request *request, const char *states, const char *status, const char *event) {
        const char *meeting, *id = id_of(request);

        transaction_explicit(request->transaction);
        meetings_hold_catalogue(request->transaction);
        meetings_lock(request->transaction, id);
        meetings_facts_of(request->transaction, id, request->if_match, request->body_text, states, status);
        int r = judge_now(request, &meeting, &id);
        if (r != 0)
                return r;
        meetings_change(request->transaction, meeting);
        return answer(request, id, 200, event);
}

int op_change_meeting(struct request *request) {
        return change(request, "{draft,planned}", NULL, "meeting.changed");
}

int op_plan_meeting(struct request *request) {
        return change(request, "{draft}", "planned", "meeting.planned");
}
