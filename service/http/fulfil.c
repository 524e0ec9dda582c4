#include "http/fulfil.h"

#include "http/conditions.h"
#include "http/page.h"
#include "http/reply.h"
#include "http/request.h"
#include "problems.h"

#include <stdlib.h>

static void take_body(struct request *request, int column) {
        request->reply.body = transaction_value(request->transaction, 0, 0, column);
        request->reply.length = transaction_length(request->transaction, 0, 0, column);
        request->reply.media = "application/json";
}

/* (status, version, location, body) */
static void take_answer(struct request *request) {
        struct transaction *t = request->transaction;
        const char *version = transaction_value(t, 0, 0, 1), *location = transaction_value(t, 0, 0, 2);

        request->reply.status = atoi(transaction_value(t, 0, 0, 0));
        if (transaction_value(t, 0, 0, 3))
                take_body(request, 3);
        if (version)
                request->reply.etag = conditions_tag(request, version);
        if (location)
                reply_header(request, "Location", arena_printf(request->arena, "/api/v1/%s", location));
        if (request->reply.status >= 400)
                request->reply.media = "application/problem+json";
}

/* Pages have none: what makes a hash worth its time is a view that is asked for again and again. */
static void settle_tag(struct request *request) {
        struct reply *reply = &request->reply;

        if (!reply->etag && reply->body && request->method == METHOD_GET && reply->kind != REPLY_PAGE)
                reply->etag = conditions_hash(request, reply->body, reply->length);
        if (reply->etag)
                reply_tag(request, reply->etag);
}

int fulfil(struct request *request) {
        struct transaction *t = request->transaction;
        struct reply *reply = &request->reply;

        if (reply->kind == REPLY_NONE || (reply->kind == REPLY_BODY && reply->status >= 400))
                return 0;
        int r = reply->kind == REPLY_RENDER ? reply->render(request) : 0;
        if (r != 0)
                return r;
        if (reply->kind != REPLY_BODY && reply->kind != REPLY_PAGE && transaction_rows(t, 0) == 0)
                return PROBLEM_NOT_FOUND;
        reply_header(request, "Cache-Control", "no-store");
        if (reply->kind == REPLY_BODY)
                return settle_tag(request), 0;
        reply->status = 200;
        switch (reply->kind) {
        case REPLY_ONE:
                reply->etag = conditions_tag(request, transaction_value(t, 0, 0, 0));
                take_body(request, 1);
                break;
        case REPLY_VIEW:
                take_body(request, 0);
                break;
        case REPLY_PAGE:
                reply->media = "application/json";
                page_write(request);
                return 0; /* a page has no tag: it is never asked for by one */
        default:
                take_answer(request);
        }
        settle_tag(request);
        return 0;
}
