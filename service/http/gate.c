#include "http/gate.h"

#include "auth/authenticate.h"
#include "bounds.h"
#include "contract/route.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/log.h"
#include "db/places.h"
#include "http/address.h"
#include "http/connection.h"
#include "http/cors.h"
#include "http/finish.h"
#include "http/negotiate.h"
#include "http/problem.h"
#include "http/quota.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/room.h"
#include "http/server.h"
#include "http/target.h"
#include "http/trace.h"
#include "http/wire.h"
#include "problems.h"

#include <stdlib.h>
#include <string.h>
#include <ulfius.h>

enum {
        BODY_MAX = 1 << 20,
        ROOM_STEP = 64 << 10, /* by which a body grows whose length is not declared */
};

/* One request on a connection, from its line to the last byte of its answer. */
struct exchange {
        struct gate *gate;
        char *target;            /* as it came */
        const char *target_at;   /* and where it stands in libmicrohttpd's buffer */
        void *ulfius;            /* what ulfius keeps of the request */
        struct request *request; /* from its judgement until dispatch takes it */
        bool hides_forms;        /* from ulfius; without that it must not see the request */
        bool judged;
        bool handed;   /* to ulfius, for as long as it works */
        bool lingers;  /* it is answered before all of it is read */
        bool has_room; /* for its body: */
        struct body body;
        size_t length; /* of it so far */
};

static const char *const method_names[METHODS] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

static int refuse(struct report *ret_report, int problem) {
        ret_report->problem = problem;
        return problem;
}

static const struct sockaddr *peer_of(struct MHD_Connection *connection) {
        return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
}

/* As far as it has come: without a line there is no end of the headers, and perhaps no target. */
static struct request *read_request(struct gate *gate, const char *whole_target, struct MHD_Connection *connection,
                                    const struct request_line *line) {
        struct arena *arena = arena_new();
        struct request *request = arena_alloc(arena, sizeof(*request));
        const char *target = target_origin_form(whole_target), *query = strchr(target, '?');

        request->server = gate->server;
        request->arena = arena;
        request->path = arena_strndup(arena, target, strcspn(target, "?"));
        request->query = query ? arena_strdup(arena, query + 1) : NULL;
        request->peer = peer_of(connection);
        headers_read(connection, line, arena, &request->headers);
        request->language = negotiate_language(request->headers.value[HEADER_ACCEPT_LANGUAGE]);
        trace_read(request);
        return request;
}

static int check_framing(struct request *request, struct exchange *exchange, struct report *ret_report) {
        bool close;
        const struct header_fault *fault = headers_fault(&request->headers, &close);

        exchange->lingers = close;
        if (close)
                reply_header(request, "Connection", "close");
        if (!fault)
                return 0;
        ret_report->ja = fault->ja;
        ret_report->en = fault->en;
        return refuse(ret_report, PROBLEM_MALFORMED_REQUEST);
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

/* OPTIONS is answered here. */
static int find_route(struct request *request, const char *verb, struct report *ret_report) {
        bool options = strcmp(verb, "OPTIONS") == 0;
        unsigned allow = 0;

        if (options && strcmp(request->path, "*") == 0)
                return cors_preflight(request, allow_list(request, (1U << METHODS) - 1));
        if (!target_is_path(request->path, request->query))
                return refuse(ret_report, PROBLEM_MALFORMED_REQUEST);
        int r = options ? 0 : read_method(request, verb, ret_report);
        int found = route_find(options || r != 0 ? METHODS : request->method, request->path, strlen(request->path),
                               &request->operation, request->path_slices, &allow);
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

static bool has_body(const struct request *request) {
        const char *length = request->headers.value[HEADER_CONTENT_LENGTH];

        return request->headers.value[HEADER_TRANSFER_ENCODING] || (length && length[strspn(length, "0")]);
}

/* 0 when it is not declared. libmicrohttpd has found it to be a number. */
static size_t declared_length(const struct request *request) {
        const char *length = request->headers.value[HEADER_CONTENT_LENGTH];

        return length ? strtoull(length, NULL, 10) : 0;
}

static size_t length_limit(const struct operation *operation) {
        return operation->flags & OPERATION_IMPORT ? BOUND_IMPORT_BYTES : BODY_MAX;
}

/* A body that the operation does not take is not looked at, however long it is. */
static int check_length(struct request *request, struct report *ret_report) {
        bool fits = !request->operation->body_types || declared_length(request) <= length_limit(request->operation);

        return fits ? 0 : refuse(ret_report, PROBLEM_BODY_TOO_LARGE);
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

static int refuse_for_room(const struct request *request, struct report *ret_report) {
        LOG(LOG_LEVEL_WARNING, "no-room-for-body", LOG_TEXT("request_id", request->id));
        return refuse(ret_report, PROBLEM_BUSY);
}

static int find_room(struct request *request, struct exchange *exchange, struct report *ret_report) {
        if (!request->operation->body_types || !has_body(request))
                return 0;
        exchange->has_room = room_enter(request->server->room, &exchange->body, places_thing(quota_name(request)),
                                        declared_length(request));
        return exchange->has_room ? 0 : refuse_for_room(request, ret_report);
}

/* The order of the contract's promises. */
static int check(struct request *request, struct exchange *exchange, const char *verb, struct report *ret_report) {
        int r = check_framing(request, exchange, ret_report);

        if (r == 0)
                r = find_route(request, verb, ret_report);
        if (r != 0 || request->reply.kind == REPLY_BODY)
                return r;
        if ((r = check_length(request, ret_report)) != 0 || (r = check_caller(request, ret_report)) != 0)
                return r;
        return find_room(request, exchange, ret_report);
}

/* Ends what is answered without ulfius. */
static void refuse_alone(struct request *request, int problem) {
        const struct report report = {.problem = problem};

        problem_reply(request, &report);
        finish(request);
        finish_record(request, request->microseconds);
}

/* As libmicrohttpd cannot. */
static enum MHD_Result refuse_head(struct request *request, struct MHD_Connection *connection, const char *method) {
        request->head = strcmp(method, "HEAD") == 0;
        reply_header(request, "Connection", "close");
        refuse_alone(request, PROBLEM_HEAD_TOO_LARGE);
        wire_write(connection, request);
        return MHD_NO;
}

/* Whether what the head has left of libmicrohttpd's memory holds an answer. */
static bool leaves_room(const struct exchange *exchange) {
        const struct headers *headers = &exchange->request->headers;

        return exchange->hides_forms && headers->bytes <= GATE_HEAD_BYTES && headers->lines <= GATE_HEAD_LINES;
}

static void judge(struct exchange *exchange, struct MHD_Connection *connection, const struct request_line *line) {
        int64_t began = clock_monotonic_us();
        struct request *request = exchange->request;
        struct report report = {0};

        exchange->judged = true;
        int r = check(request, exchange, line->method, &report);
        if (r < 0)
                problem_fault(request, r);
        else if (r > 0)
                problem_reply(request, &report);
        else if (request->operation && request->operation->flags & OPERATION_IMPORT)
                connection_extend(connection);
        request->microseconds = clock_monotonic_us() - began;
}

/* Whether a piece of the body is wanted. One whose length was not declared is counted as it comes. */
static bool wants(struct exchange *exchange, size_t size) {
        struct request *request = exchange->request;
        struct report report = {0};

        if (request->reply.kind == REPLY_BODY || !request->operation->body_types)
                return false;
        exchange->length += size;
        if (exchange->length <= exchange->body.bytes)
                return true;
        if (exchange->length > length_limit(request->operation))
                refuse(&report, PROBLEM_BODY_TOO_LARGE);
        else if (!room_grow(request->server->room, &exchange->body, ROOM_STEP))
                refuse_for_room(request, &report);
        if (report.problem)
                problem_reply(request, &report);
        return report.problem == 0;
}

static enum MHD_Result hand_on(struct exchange *exchange, struct MHD_Connection *connection,
                               const struct request_line *line, const char *data, size_t *size) {
        struct gate *gate = exchange->gate;

        exchange->handed = true;
        enum MHD_Result r = gate->ulfius(gate->ulfius_closure, connection, "/", line->method, line->version, data, size,
                                         &exchange->ulfius);
        exchange->handed = false;
        return r;
}

struct request *gate_refuse(struct MHD_Connection *connection, int problem) {
        struct exchange *exchange = connection_exchange(connection);
        struct gate *gate = connection_owner(connection);

        if (!gate || (exchange && exchange->handed))
                return NULL;
        struct request *request = exchange ? TAKE_PTR(exchange->request) : NULL;
        if (!request)
                request = read_request(gate, exchange ? exchange->target : "", connection, NULL);
        if (exchange)
                exchange->lingers = true;
        refuse_alone(request, problem);
        return request;
}

/* libmicrohttpd takes an answer before the body or after it and at no time between, so that a body which turns out too
   long is let go by. */
enum MHD_Result gate_access(void *closure, struct MHD_Connection *connection, const char *url, const char *method,
                            const char *version, const char *data, size_t *size, void **context) {
        struct exchange *exchange = *context;
        (void)closure;
        (void)url;

        if (!exchange)
                return MHD_NO;
        const struct request_line line = {method, exchange->target_at, version, strlen(exchange->target)};
        if (!exchange->judged) {
                exchange->request = read_request(exchange->gate, exchange->target, connection, &line);
                if (!leaves_room(exchange))
                        return refuse_head(exchange->request, connection, method);
                judge(exchange, connection, &line);
                enum MHD_Result r = hand_on(exchange, connection, &line, NULL, size);
                if (r != MHD_YES || exchange->request->reply.kind != REPLY_BODY || !has_body(exchange->request))
                        return r;
                exchange->lingers = true; /* and answered here, as if the request had come to its end */
        } else if (*size > 0 && !wants(exchange, *size)) {
                *size = 0;
                return MHD_YES;
        }
        if (*size == 0)
                connection_complete(connection);
        return hand_on(exchange, connection, &line, data, size);
}

static void end(struct exchange *exchange, enum MHD_RequestTerminationCode code) {
        struct server *server = exchange->gate->server;

        mhd_request_completed(NULL, NULL, &exchange->ulfius, code);
        request_free(exchange->request);
        if (exchange->has_room)
                room_leave(server->room, &exchange->body);
        free(exchange->target);
        free(exchange);
        atomic_fetch_sub(&server->in_flight, 1);
}

/* libmicrohttpd splits the query into parameters of its own, which nobody reads. With many of them its memory runs out,
   and it then closes the connection without an answer and without telling. Behind an empty query it finds none. */
static void drop_parameters(const char *target) {
        char *query = strchr(target, '?');

        if (query)
                query[1] = '\0';
}

void *gate_begin(void *closure, const char *target, struct MHD_Connection *connection) {
        struct exchange *exchange = calloc(1, sizeof(*exchange));
        struct gate *gate = closure;

        if (!exchange)
                return NULL;
        atomic_fetch_add(&gate->server->in_flight, 1);
        exchange->gate = gate;
        exchange->target = strdup(target);
        exchange->target_at = target;
        exchange->ulfius = ulfius_uri_logger(NULL, "/"); /* which endpoint is not its business */
        exchange->hides_forms = headers_hide_forms(connection);
        if (!exchange->target || !exchange->ulfius || !connection_begin(connection, exchange)) {
                end(exchange, MHD_REQUEST_TERMINATED_WITH_ERROR);
                return NULL;
        }
        drop_parameters(target);
        return exchange;
}

struct request *gate_take(void) {
        struct exchange *exchange = connection_exchange(connection_current());
        struct request *request = exchange->request;

        exchange->request = NULL;
        return request;
}

void gate_completed(void *closure, struct MHD_Connection *connection, void **context,
                    enum MHD_RequestTerminationCode code) {
        struct gate *gate = closure;
        struct exchange *exchange = *context;

        if (!exchange)
                return;
        bool trusted = address_is_trusted(gate->server->config, peer_of(connection));
        bool lingers = (exchange->lingers && code == MHD_REQUEST_TERMINATED_COMPLETED_OK) ||
                       code == MHD_REQUEST_TERMINATED_WITH_ERROR; /* which libmicrohttpd has answered by itself */
        connection_idle(connection);
        end(exchange, code);
        *context = NULL;
        if (lingers)
                connection_linger(connection, trusted ? BOUND_IMPORT_BYTES : BODY_MAX);
}

/* A connection may end without a word about the request on it. */
void gate_connection(void *closure, struct MHD_Connection *connection, void **socket_context,
                     enum MHD_ConnectionNotificationCode code) {
        struct gate *gate = closure;
        struct exchange *exchange = code == MHD_CONNECTION_NOTIFY_CLOSED ? connection_exchange(connection) : NULL;

        if (exchange)
                end(exchange, MHD_REQUEST_TERMINATED_WITH_ERROR);
        connections_notify(gate->connections, connection, socket_context, code);
}
