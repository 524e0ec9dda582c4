#include "http/dispatch.h"

#include "core/clock.h"
#include "core/log.h"
#include "http/address.h"
#include "http/body.h"
#include "http/conditions.h"
#include "http/connection.h"
#include "http/cors.h"
#include "http/metrics.h"
#include "http/negotiate.h"
#include "http/problem.h"
#include "http/quota.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"
#include "http/session.h"
#include "http/target.h"
#include "http/trace.h"
#include "problems.h"

#include <string.h>
#include <strings.h>
#include <ulfius.h>

enum { BODY_MAX = 1 << 20, IMPORT_MAX = 32 << 20 };

static const char *const method_names[METHODS] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

static int refuse(struct report *ret_report, int problem) {
        ret_report->problem = problem;
        return problem;
}

/* The target of the request line without scheme and authority, which a client may send to any server (RFC 9112 section
   3.2.2). */
static const char *origin_form(const char *target) {
        size_t scheme = strncasecmp(target, "http://", 7) == 0 ? 7 : strncasecmp(target, "https://", 8) == 0 ? 8 : 0;

        return scheme > 0 ? target + scheme + strcspn(target + scheme, "/?") : target;
}

/* What ulfius tells of the request, and its headers from libmicrohttpd. */
static void read_request(struct request *request, const struct _u_request *http) {
        struct MHD_Connection *connection = connection_current();
        const char *target = origin_form(http->http_url), *query = strchr(target, '?');

        connection_complete(connection);
        request->path = arena_strndup(request->arena, target, strcspn(target, "?"));
        request->query = query ? arena_strdup(request->arena, query + 1) : NULL;
        request->payload = http->binary_body ?: "";
        request->payload_length = http->binary_body_length;
        headers_read(connection, request->arena, &request->headers);
        request->language = negotiate_language(request->headers.value[HEADER_ACCEPT_LANGUAGE]);
        trace_read(request);
}

static int read_method(struct request *request, const char *verb, struct report *ret_report) {
        request->head = strcmp(verb, "HEAD") == 0;
        if (request->head)
                verb = "GET";
        for (request->method = 0; request->method < METHODS; request->method++)
                if (strcmp(verb, method_names[request->method]) == 0)
                        return 0;
        return refuse(ret_report, PROBLEM_METHOD_NOT_ALLOWED);
}

static const char *allow_list(struct request *request, unsigned allow) {
        const char *list = allow & (1U << METHOD_GET) ? "GET, HEAD" : "";

        for (unsigned m = METHOD_POST; m < METHODS; m++)
                if (allow & (1U << m))
                        list = arena_printf(request->arena, "%s%s%s", list, *list ? ", " : "", method_names[m]);
        return arena_printf(request->arena, "%s, OPTIONS", list);
}

/* Framing, route. OPTIONS is answered here. */
static int find_route(struct request *request, const char *verb, struct slice *values, struct report *ret_report) {
        bool close = false, options = strcmp(verb, "OPTIONS") == 0;
        unsigned allow = 0;

        ret_report->en = headers_fault(&request->headers, &close);
        if (close)
                reply_header(request, "Connection", "close");
        if (ret_report->en) {
                ret_report->ja = "要求のヘッダーが正しくありません（Host、Content-Length等の重複または欠落）。";
                return refuse(ret_report, PROBLEM_MALFORMED_REQUEST);
        }
        if (options && strcmp(request->path, "*") == 0)
                return cors_preflight(request, allow_list(request, (1U << METHODS) - 1));
        if (request->path[0] != '/')
                return refuse(ret_report, PROBLEM_MALFORMED_REQUEST);
        int r = options ? 0 : read_method(request, verb, ret_report);
        int found = route_find(options || r != 0 ? METHODS : request->method, request->path, strlen(request->path),
                               &request->operation, values, &allow);
        if (found == PROBLEM_NOT_FOUND)
                return refuse(ret_report, found);
        if (options)
                return cors_preflight(request, allow_list(request, allow));
        if (r != 0 || found != 0) {
                reply_header(request, "Allow", allow_list(request, allow));
                return refuse(ret_report, PROBLEM_METHOD_NOT_ALLOWED);
        }
        return 0;
}

static int check_size(struct request *request, struct report *ret_report) {
        size_t limit = request->operation->flags & OPERATION_IMPORT ? IMPORT_MAX : BODY_MAX;

        if (!request->operation->body_type)
                return 0; /* whatever came is not looked at */
        return request->payload_length > limit ? refuse(ret_report, PROBLEM_BODY_TOO_LARGE) : 0;
}

static int check_caller(struct request *request, struct report *ret_report) {
        struct server *server = request->server;
        const char *reason = NULL;

        if (request->operation->flags & OPERATION_PUBLIC)
                return 0;
        int r = authenticate(server->authenticator, request->headers.value[HEADER_AUTHORIZATION], request->arena,
                             &request->caller, &reason);
        if (r != 0) {
                LOG(LOG_LEVEL_INFO, "not-authenticated", LOG_TEXT("request_id", request->id),
                    LOG_TEXT("reason", reason));
                return refuse(ret_report, r);
        }
        if (quota_take(server->quotas, request) != 0)
                return refuse(ret_report, PROBLEM_RATE_LIMITED);
        if (request->caller.client && !(request->operation->flags & OPERATION_ANY_CLIENT) &&
            !caller_has_scope(&request->caller, request->operation->scope))
                return refuse(ret_report, PROBLEM_INSUFFICIENT_SCOPE);
        return 0;
}

/* Which of the operation's media types to answer with: ?format for links, else Accept. */
static int choose_answer(struct request *request, struct report *ret_report) {
        const char *const *answers = request->operation->answers;

        if (!answers[0])
                return 0; /* there will be no body */
        const char *format = request_query(request, "format");
        const char *media = format ? negotiate_format(answers, format)
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
static int check(struct request *request, const char *verb, struct report *ret_report) {
        struct slice values[4];
        int r = find_route(request, verb, values, ret_report);

        if (r != 0 || request->reply.kind == REPLY_BODY)
                return r;
        if ((r = check_size(request, ret_report)) != 0 || (r = check_caller(request, ret_report)) != 0 ||
            (r = target_read(request, values, ret_report)) != 0 || (r = body_media(request, ret_report)) != 0 ||
            (r = choose_answer(request, ret_report)) != 0 || (r = body_read(request, ret_report)) != 0)
                return r;
        return check_precondition(request, ret_report);
}

static void answer(struct request *request, const char *verb) {
        struct report report = {0};
        int r = check(request, verb, &report);

        if (r != 0)
                problem_reply(request, &report);
        else if (request->reply.kind == REPLY_NONE && request->operation->flags & OPERATION_PUBLIC)
                r = request->operation->handler(request);
        else if (request->reply.kind == REPLY_NONE)
                session_run(request);
        if (request->reply.kind == REPLY_NONE) {
                report = (struct report){.problem = r > 0 ? r : PROBLEM_INTERNAL_ERROR};
                problem_reply(request, &report);
        }
}

/* Headers every answer carries, and the body, handed to ulfius, which copies it. */
static void send_reply(struct request *request, struct _u_response *http) {
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
        for (size_t i = 0; i < reply->headers_count; i++)
                u_map_put(http->map_header, reply->headers[i].name, reply->headers[i].value);
        http->status = reply->status;
        if (reply->length > 0)
                ulfius_set_binary_body_response(http, (unsigned)reply->status, reply->body, reply->length);
}

/* One line for each request; neither its path, which has ids, nor anything it said. */
static void log_request(const struct request *request, const struct sockaddr *peer, int64_t microseconds) {
        const char *address =
                address_of(request->server->config, peer, request->headers.value[HEADER_FORWARDED_FOR], request->arena);

        LOG(LOG_LEVEL_INFO, "request", LOG_TEXT("request_id", request->id), LOG_TEXT("address", address),
            LOG_TEXT("operation", request->operation ? request->operation->id : "none"),
            LOG_INT("status", request->reply.status), LOG_INT("microseconds", microseconds),
            {.name = request->trace_id ? "trace_id" : NULL, .text = request->trace_id});
}

int dispatch(const struct _u_request *http_request, struct _u_response *http_response, void *closure) {
        struct request request = {.server = closure, .arena = arena_new(), .id = ""};
        int64_t began = clock_monotonic_us();

        read_request(&request, http_request);
        answer(&request, http_request->http_verb);
        send_reply(&request, http_response);
        int64_t took = clock_monotonic_us() - began;
        metrics_count(request.server->metrics, request.operation, request.reply.status, took);
        log_request(&request, http_request->client_address, took);
        if (request.transaction)
                transaction_end(request.transaction);
        json_decref(request.body);
        arena_free(request.arena);
        return U_CALLBACK_COMPLETE;
}
