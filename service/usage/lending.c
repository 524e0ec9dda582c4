#include "usage_lending.sql.h"

#include "bounds.h"
#include "core/cleanup.h"
#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"
#include "operations.h"
#include "problems.h"
#include "rules/check_out.h"

#include <errno.h>
#include <string.h>

/* What the rules say of one row of the facts. */
struct judged {
        struct judgement judgement;
        bool needs_reason;
        const char *entry; /* as it would be written, without the judgement */
};

static bool in_english(const struct request *request) {
        return request->language == LANGUAGE_EN;
}

/* Row of lending_facts: (facts, entry, when it begins). */
static int judge(struct request *request, size_t row, struct judged *ret_judged) {
        struct transaction *t = request->transaction;
        _cleanup_json_ json_t *object = json_loads(transaction_value(t, 0, row, 0), 0, NULL);
        struct judged judged = {.entry = transaction_value(t, 0, row, 1)};
        struct check_out_facts facts;
        struct check_out_plan plan;

        int r = check_out_read(object, &plan, &facts);
        if (r == 0)
                r = check_out_judge(&plan, &facts, &judged.judgement);
        if (r != 0)
                return r;
        judged.needs_reason = check_out_needs_reason(&plan, &judged.judgement);
        *ret_judged = judged;
        return 0;
}

/* The findings of all devices as the problem's members; of a set, each names its device. */
static const char *findings_members(struct request *request, const struct judged *judged, size_t count, bool set) {
        _cleanup_json_ json_t *members = json_pack("{s:[]}", "findings");
        json_t *finding;
        size_t j;

        for (size_t i = 0; i < count; i++) {
                struct text text = {0};
                judgement_append_findings(&judged[i].judgement, in_english(request), &text);
                _cleanup_json_ json_t *findings = json_loads(text.data, 0, NULL),
                                      *entry = json_loads(judged[i].entry, 0, NULL);
                text_free(&text);
                json_array_foreach(findings, j, finding) {
                        if (set)
                                json_object_set(finding, "device_id", json_object_get(entry, "device_id"));
                }
                json_array_extend(json_object_get(members, "findings"), findings);
        }
        _cleanup_free_ char *text = json_dumps(members, JSON_COMPACT);
        return arena_strdup(request->arena, text);
}

/* 0 when all of them may be recorded. */
static int decide(struct request *request, const struct judged *judged, size_t count, bool set) {
        bool refused = false, needs_reason = false;

        for (size_t i = 0; i < count; i++) {
                refused |= judged[i].judgement.verdict == VERDICT_REFUSED;
                needs_reason |= judged[i].needs_reason;
        }
        if (refused)
                return problem_refuse(request, PROBLEM_CHECK_OUT_REFUSED, NULL, NULL,
                                      findings_members(request, judged, count, set));
        if (needs_reason && !request_member(request, "exception_reason"))
                return problem_refuse(request, PROBLEM_EXCEPTION_REASON_REQUIRED, "/exception_reason", "required",
                                      findings_members(request, judged, count, set));
        return 0;
}

static int write_judgement(struct request *request) {
        struct judged judged;
        struct text body = {0};

        int r = judge(request, 0, &judged);
        if (r != 0)
                return r;
        text_append_char(&body, '{');
        judgement_append_verdict(&judged.judgement, &body);
        text_append_string(&body, ",\"findings\":");
        judgement_append_findings(&judged.judgement, in_english(request), &body);
        text_append_char(&body, '}');
        return reply_string(request, 200, "application/json", arena_take(request->arena, &body));
}

static const char *device_of(struct request *request) {
        const char *const id = request_member(request, "device_id");

        return transaction_array(request->arena, &id, 1);
}

int op_check_usage(struct request *request) {
        lending_facts(request->transaction, device_of(request), request->body_text, "/device_id", false, false);
        return reply_render(request, write_judgement);
}

/* Queued by the caller is what locks; this queues the facts, reads and judges them. */
static int judge_now(struct request *request, struct judged *judged, size_t *ret_count) {
        int r = transaction_flush(request->transaction);
        size_t count = r == 0 ? transaction_rows(request->transaction, 0) : 0;

        for (size_t i = 0; i < count && r == 0; i++)
                r = judge(request, i, &judged[i]);
        *ret_count = count;
        return r;
}

static int record_one(struct request *request, const struct judged *judged) {
        struct text entry = {0};

        judgement_append_record(&judged->judgement, judged->entry, &entry);
        lending_record(request->transaction, arena_take(request->arena, &entry), language_tag(request->language));
        return reply_answer(request);
}

int op_check_out(struct request *request) {
        struct judged judged;
        size_t count;

        transaction_explicit(request->transaction);
        lending_lock(request->transaction, device_of(request), request_member(request, "out_at"));
        lending_hold_meeting(request->transaction, request_member(request, "meeting_id"));
        lending_facts(request->transaction, device_of(request), request->body_text, "/device_id", false, true);
        int r = judge_now(request, &judged, &count);
        if (r == 0)
                r = decide(request, &judged, count, false);
        return r == 0 ? record_one(request, &judged) : r;
}

static const char *devices_of(struct request *request) {
        json_t *ids = json_object_get(request->body, "device_ids"), *id;
        const char *items[BOUND_CHECK_OUT_SET];
        size_t i;

        json_array_foreach(ids, i, id) items[i] = json_string_value(id);
        return transaction_array(request->arena, items, json_array_size(ids));
}

static int record_set(struct request *request, const struct judged *judged, size_t count) {
        struct text entries = {0};

        for (size_t i = 0; i < count; i++) {
                text_append_char(&entries, i == 0 ? '[' : ',');
                judgement_append_record(&judged[i].judgement, judged[i].entry, &entries);
        }
        text_append_char(&entries, ']');
        lending_record_set(request->transaction, arena_take(request->arena, &entries), language_tag(request->language));
        return reply_answer(request);
}

int op_check_out_batch(struct request *request) {
        struct judged judged[BOUND_CHECK_OUT_SET];
        size_t count;

        transaction_explicit(request->transaction);
        lending_lock(request->transaction, devices_of(request), request_member(request, "out_at"));
        lending_hold_meeting(request->transaction, request_member(request, "meeting_id"));
        lending_facts(request->transaction, devices_of(request), request->body_text, "/device_ids", true, true);
        int r = judge_now(request, judged, &count);
        if (r == 0)
                r = decide(request, judged, count, true);
        return r == 0 ? record_set(request, judged, count) : r;
}

int op_hand_over(struct request *request) {
        const char *id = request_path(request, "usage_entry_id");
        struct judged judged;
        size_t count;

        transaction_explicit(request->transaction);
        lending_hold(request->transaction, id);
        lending_handover_facts(request->transaction, id, request->if_match, request->body_text);
        int r = judge_now(request, &judged, &count);
        if (r == 0)
                r = count == 0 ? PROBLEM_NOT_FOUND : decide(request, &judged, count, false);
        if (r != 0)
                return r;
        lending_hand_over(request->transaction, id, transaction_value(request->transaction, 0, 0, 2),
                          language_tag(request->language));
        return record_one(request, &judged);
}
