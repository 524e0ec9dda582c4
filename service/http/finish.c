#include "http/finish.h"

#include "core/log.h"
#include "http/address.h"
#include "http/cors.h"
#include "http/metrics.h"
#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"
#include "problems.h"

static void add_headers(struct request *request) {
        struct reply *reply = &request->reply;
        bool open = request->operation && request->operation->flags & OPERATION_PUBLIC;

        reply_header(request, "X-Request-ID", request->id);
        reply_header(request, "X-Content-Type-Options", "nosniff");
        cors_apply(request);
        if (reply->etag)
                reply_header(request, "ETag", reply->etag);
        if (reply->media)
                reply_header(request, "Content-Type", reply->media);
        if (reply->status < 400 && request->operation && !open)
                reply_header(request, "Content-Language", language_tag(request->language));
        reply_header(request, "Vary",
                     open ? "Accept, Accept-Encoding, Accept-Language, Origin"
                          : "Accept, Accept-Language, Authorization, Origin");
        if (atomic_load(&request->server->draining))
                reply_header(request, "Connection", "close");
}

void finish(struct request *request) {
        struct report report = {.problem = PROBLEM_INTERNAL_ERROR};

        add_headers(request);
        if (!request->reply.unsendable)
                return;
        LOG(LOG_LEVEL_ERROR, "fault", LOG_TEXT("request_id", request->id),
            LOG_TEXT("operation", request->operation ? request->operation->id : "none"),
            LOG_TEXT("unsendable_header", request->reply.unsendable));
        request->reply = (struct reply){0};
        reply_header(request, "Connection", "close"); /* which may have been among them, for a reason */
        problem_reply(request, &report);
        add_headers(request);
}

/* Neither the path, which has ids, nor anything the request said. */
void finish_record(const struct request *request, int64_t microseconds) {
        const char *address = address_of(request->server->config, request->peer,
                                         request->headers.value[HEADER_FORWARDED_FOR], request->arena);

        metrics_count(request->server->metrics, request->operation, request->reply.status, microseconds);
        LOG(LOG_LEVEL_INFO, "request", LOG_TEXT("request_id", request->id), LOG_TEXT("address", address),
            LOG_TEXT("operation", request->operation ? request->operation->id : "none"),
            LOG_INT("status", request->reply.status), LOG_INT("microseconds", microseconds),
            {.name = request->trace_id ? "trace_id" : NULL, .text = request->trace_id});
}
