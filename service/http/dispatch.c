#include "http/dispatch.h"

#include "core/clock.h"
#include "http/body.h"
#include "http/conditions.h"
#include "http/connection.h"
#include "http/finish.h"
#include "http/gate.h"
#include "http/negotiate.h"
#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"
#include "http/session.h"
#include "http/target.h"
#include "problems.h"

#include <ulfius.h>

static int refuse(struct report *ret_report, int problem) {
        ret_report->problem = problem;
        return problem;
}

/* Which of the operation's media types to answer with: ?format for links, else Accept. */
static int choose_answer(struct request *request, struct report *ret_report) {
        const char *const *answers = request->operation->answers, *const *formats = request->operation->formats;

        if (!answers[0])
                return 0; /* there will be no body */
        const char *format = request_query(request, "format");
        const char *media = format ? negotiate_format(answers, formats, format)
                                   : negotiate_media(answers, request->headers.value[HEADER_ACCEPT]);
        if (!media)
                return refuse(ret_report, PROBLEM_NOT_ACCEPTABLE);
        request->answer = media;
        return 0;
}

static int check_precondition(struct request *request, struct report *ret_report) {
        const char *if_match = request->headers.value[HEADER_IF_MATCH];

        if (!(request->operation->flags & OPERATION_IF_MATCH))
                return 0;
        if (!if_match)
                return refuse(ret_report, PROBLEM_PRECONDITION_REQUIRED);
        request->if_match = conditions_versions(request, if_match);
        return 0;
}

/* All that needs no database, in the order of the contract's promises. */
static int check(struct request *request, struct report *ret_report) {
        int r;

        if ((r = target_read(request, request->path_slices, ret_report)) != 0 ||
            (r = body_media(request, ret_report)) != 0 || (r = choose_answer(request, ret_report)) != 0 ||
            (r = body_read(request, ret_report)) != 0)
                return r;
        return check_precondition(request, ret_report);
}

static void answer(struct request *request) {
        struct report report = {0};
        int r = check(request, &report);

        if (r > 0)
                problem_reply(request, &report);
        else if (r == 0 && request->operation->flags & OPERATION_PUBLIC)
                r = request->operation->handler(request);
        else if (r == 0)
                session_run(request);
        if (r < 0)
                problem_fault(request, r);
        if (request->reply.kind == REPLY_NONE) {
                report = (struct report){.problem = r > 0 ? r : PROBLEM_INTERNAL_ERROR};
                problem_reply(request, &report);
        }
}

/* Headers and body, handed to ulfius, which copies them. */
static void send_reply(const struct request *request, struct _u_response *http) {
        const struct reply *reply = &request->reply;

        for (size_t i = 0; i < reply->headers_count; i++)
                u_map_put(http->map_header, reply->headers[i].name, reply->headers[i].value);
        http->status = reply->status;
        if (reply->length > 0)
                ulfius_set_binary_body_response(http, (unsigned)reply->status, reply->body, reply->length);
}

int dispatch(const struct _u_request *http_request, struct _u_response *http_response, void *closure) {
        struct request *request = gate_take();
        (void)closure;

        if (!request)
                return U_CALLBACK_ERROR;
        int64_t began = clock_monotonic_us() - request->microseconds;
        request->payload = http_request->binary_body ?: "";
        request->payload_length = http_request->binary_body_length;
        if (request->reply.kind == REPLY_NONE)
                answer(request);
        finish(request);
        send_reply(request, http_response);
        finish_record(request, clock_monotonic_us() - began);
        connection_sending(connection_current(), request->reply.length);
        request_free(request);
        return U_CALLBACK_COMPLETE;
}
