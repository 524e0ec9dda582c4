#include "http/problem.h"

#include "core/log.h"
#include "core/text.h"
#include "http/protected_resource.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/words.h"
#include "problems.h"
#include "vocabularies.h"

#include <string.h>

static void append_fault(struct text *body, const char *place, const char *name, const char *code, const char *detail) {
        text_printf(body, "{\"%s\":", place);
        text_append_json(body, name);
        text_append_string(body, ",\"code\":");
        text_append_json(body, code);
        text_append_string(body, ",\"detail\":");
        text_append_json(body, detail);
        text_append_char(body, '}');
}

static void append_errors(struct text *body, const struct report *report, enum language language, const char *detail) {
        if (!report->parameter && report->faults.count == 0)
                return;
        text_append_string(body, ",\"errors\":[");
        if (report->parameter)
                append_fault(body, "parameter", report->parameter, "invalid", detail);
        for (size_t i = 0; i < report->faults.count; i++) {
                const struct fault *fault = &report->faults.items[i];
                if (i > 0)
                        text_append_char(body, ',');
                append_fault(body, "pointer", fault->pointer, fault->code,
                             language == LANGUAGE_EN ? fault->en : fault->ja);
        }
        text_append_char(body, ']');
}

/* RFC 6750 section 3, RFC 9728 section 5.1. */
static void add_challenge(struct request *request, const char *error) {
        const char *metadata = protected_resource_metadata(request);
        const char *where = metadata ? arena_printf(request->arena, ", resource_metadata=\"%s\"", metadata) : "";

        reply_header(request, "WWW-Authenticate",
                     arena_printf(request->arena, "Bearer realm=\"kiki\"%s%s", error, where));
}

/* Headers that the status asks for (RFC 9110, 6750). */
static void add_headers(struct request *request, int problem, int status) {
        reply_header(request, "Cache-Control", "no-store");
        reply_header(request, "Content-Language", language_tag(request->language));
        if (problem == PROBLEM_AUTHENTICATION_REQUIRED)
                add_challenge(request, "");
        else if (status == 401)
                add_challenge(request, ", error=\"invalid_token\"");
        if (problem == PROBLEM_INSUFFICIENT_SCOPE)
                add_challenge(request, arena_printf(request->arena, ", error=\"insufficient_scope\", scope=\"%s\"",
                                                    request->operation ? request->operation->scope : ""));
        if (status == 503 || problem == PROBLEM_REQUEST_IN_PROGRESS)
                reply_header(request, "Retry-After", "1");
}

/* The roles of the operation, as people call them. */
static const char *who_may(struct request *request, bool english) {
        struct text names = {0};
        const char *role = request->operation->roles + 1, *comma = english ? ", " : "、", *kept;

        for (size_t length; (length = strcspn(role, ",}")) > 0; role += length + (role[length] == ','))
                for (const struct vocabulary_word *known = vocabulary_role; known->word; known++)
                        if (strncmp(known->word, role, length) == 0 && known->word[length] == '\0')
                                text_printf(&names, "%s%s", names.length > 0 ? comma : "",
                                            english ? known->en : known->ja);
        kept = names.length > 0 ? arena_strdup(request->arena, names.data) : NULL;
        text_free(&names);
        return kept;
}

static const char *tell_detail(struct request *request, const struct report *report, const struct problem_type *type,
                               bool english) {
        const char *given = english ? report->en : report->ja;
        const char *roles = report->problem == PROBLEM_FORBIDDEN ? who_may(request, english) : NULL;

        if (given)
                return given;
        if (!roles)
                return english ? type->explanation_en : type->explanation_ja;
        return arena_printf(
                request->arena,
                english ? "You may not do this. It takes one of these roles: %s. After a personnel transfer, ask "
                          "the operator whether your post is registered."
                        : "この操作を行う権限がありません（必要な役割：%s）。人事異動の直後は、"
                          "発令の登録状況をシステム運用担当に確認してください。",
                roles);
}

int problem_reply(struct request *request, const struct report *report) {
        const struct problem_type *type = problem_type(report->problem) ?: problem_type(PROBLEM_INTERNAL_ERROR);
        bool english = request->language == LANGUAGE_EN;
        const char *detail = tell_detail(request, report, type, english);
        struct text body = {0};

        text_printf(&body, "{\"type\":\"/problems/%s\",\"title\":", type->slug);
        text_append_json(&body, english ? type->title_en : type->title_ja);
        text_printf(&body, ",\"status\":%d,\"detail\":", type->status);
        text_append_json(&body, detail);
        text_append_string(&body, ",\"instance\":");
        text_append_json(&body, text_is_utf8(request->path, strlen(request->path)) ? request->path : "");
        text_append_string(&body, ",\"request_id\":");
        text_append_json(&body, request->id);
        append_errors(&body, report, request->language, detail);
        /* Members come as an object of PostgreSQL's or the rule engine's making: its inside follows. */
        if (report->members && strlen(report->members) > 2) {
                text_append_char(&body, ',');
                text_append(&body, report->members + 1, strlen(report->members) - 2);
        }
        text_append_char(&body, '}');
        request->reply.kind = REPLY_BODY;
        request->reply.status = type->status;
        request->reply.media = "application/problem+json";
        request->reply.etag = NULL;
        request->reply.length = body.length;
        request->reply.body = arena_strndup(request->arena, body.data, body.length);
        text_free(&body);
        add_headers(request, report->problem, type->status);
        return 0;
}

int problem_fault(struct request *request, int error) {
        const struct report report = {.problem = PROBLEM_INTERNAL_ERROR};

        LOG(LOG_LEVEL_ERROR, "fault", LOG_TEXT("request_id", request->id),
            LOG_TEXT("operation", request->operation ? request->operation->id : "none"), LOG_INT("errno", -error));
        return problem_reply(request, &report);
}

struct report problem_of_refusal(struct request *request, int code, const struct refusal *refusal) {
        struct report report = {.problem = code > 0 ? code : PROBLEM_INTERNAL_ERROR};

        if (!refusal || refusal->problem != code)
                return report;
        report.members = refusal->members;
        if (refusal->pointer) {
                struct fault *fault = arena_alloc(request->arena, sizeof(*fault));
                const char *word = refusal->code ? refusal->code : "invalid";
                *fault = (struct fault){.pointer = refusal->pointer,
                                        .code = word,
                                        .ja = words_sentence(word, false),
                                        .en = words_sentence(word, true)};
                report.faults = (struct faults){.items = fault, .count = 1};
        }
        return report;
}

int problem_refuse(struct request *request, int problem, const char *pointer, const char *code, const char *members) {
        const struct refusal refusal = {.problem = problem, .pointer = pointer, .code = code, .members = members};
        const struct report report = problem_of_refusal(request, problem, &refusal);

        problem_reply(request, &report);
        return problem;
}
