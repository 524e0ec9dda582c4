#include "http/gate.h"

#include "auth/authenticate.h"
#include "contract/route.h"
#include "core/clock.h"
#include "core/log.h"
#include "db/places.h"
#include "http/address.h"
#include "http/connection.h"
#include "http/cors.h"
#include "http/negotiate.h"
#include "http/problem.h"
#include "http/quota.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/room.h"
#include "http/server.h"
#include "http/target.h"
#include "http/trace.h"
#include "problems.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <ulfius.h>

enum {
        BODY_MAX = 1 << 20,
        IMPORT_MAX = 32 << 20,
        ROOM_STEP = 64 << 10, /* by which a body grows whose length is not declared */
        LINGER_MS = 1000,
        LINGER_MORE = 64 << 10, /* than the body, as the way it is chunked counts too */
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

/* The target of the request line without scheme and authority, which a client may send to any server (RFC 9112 section
   3.2.2). */
static const char *origin_form(const char *target) {
        size_t scheme = strncasecmp(target, "http://", 7) == 0 ? 7 : strncasecmp(target, "https://", 8) == 0 ? 8 : 0;

        return scheme > 0 ? target + scheme + strcspn(target + scheme, "/?") : target;
}

static struct request *read_request(struct exchange *exchange, struct MHD_Connection *connection,
                                    const struct request_line *line) {
        struct arena *arena = arena_new();
        struct request *request = arena_alloc(arena, sizeof(*request));
        const char *target = origin_form(exchange->target), *query = strchr(target, '?');

        request->server = exchange->gate->server;
        request->arena = arena;
        request->path = arena_strndup(arena, target, strcspn(target, "?"));
        request->query = query ? arena_strdup(arena, query + 1) : NULL;
        request->peer = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
        headers_read(connection, line, arena, &request->headers);
        request->language = negotiate_language(request->headers.value[HEADER_ACCEPT_LANGUAGE]);
        trace_read(request);
        return request;
}

static int check_framing(struct request *request, struct exchange *exchange, struct report *ret_report) {
        bool close = !exchange->hides_forms;

        if (close)
                ret_report->en = "the request line is too long";
        else
                ret_report->en = headers_fault(&request->headers, &close);
        exchange->lingers = close;
        if (close)
                reply_header(request, "Connection", "close");
        if (!ret_report->en)
                return 0;
        ret_report->ja = "リクエスト行又はヘッダに誤りがあります（長すぎる、使用できない文字がある、"
                         "Host、Content-Length等が重複している又は存在しない。）。";
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
        return operation->flags & OPERATION_IMPORT ? IMPORT_MAX : BODY_MAX;
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

static void judge(struct exchange *exchange, struct MHD_Connection *connection, const struct request_line *line) {
        int64_t began = clock_monotonic_us();
        struct request *request = read_request(exchange, connection, line);
        struct report report = {0};

        exchange->judged = true;
        exchange->request = request;
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

/* libmicrohttpd takes an answer before the body or after it and at no time between, so that a body which turns out too
   long is let go by. */
enum MHD_Result gate_access(void *closure, struct MHD_Connection *connection, const char *url, const char *method,
                            const char *version, const char *data, size_t *size, void **context) {
        struct gate *gate = closure;
        struct exchange *exchange = *context;

        if (!exchange)
                return MHD_NO;
        if (!exchange->judged) {
                const struct request_line line = {method, exchange->target_at, version, strlen(exchange->target)};
                judge(exchange, connection, &line);
                enum MHD_Result r = gate->ulfius(gate->ulfius_closure, connection, url, method, version, NULL, size,
                                                 &exchange->ulfius);
                if (r != MHD_YES || exchange->request->reply.kind != REPLY_BODY || !has_body(exchange->request))
                        return r;
                exchange->lingers = true; /* and answered here, as if the request had come to its end */
        } else if (*size > 0 && !wants(exchange, *size)) {
                *size = 0;
                return MHD_YES;
        }
        if (*size == 0)
                connection_complete(connection);
        return gate->ulfius(gate->ulfius_closure, connection, url, method, version, data, size, &exchange->ulfius);
}

void request_free(struct request *request) {
        if (!request)
                return;
        if (request->transaction)
                transaction_end(request->transaction);
        json_decref(request->body);
        arena_free(request->arena);
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

/* A socket that is closed with bytes unread resets the connection, and the client may lose its answer over it. So what
   it still sends is let go by: of a stranger no more than an ordinary body, and of a trusted proxy, which has the body
   whole and takes a reset for a service that is down, any. */
static void linger(const struct config *config, struct MHD_Connection *connection) {
        int socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        const struct sockaddr *peer =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
        size_t left = (address_is_trusted(config, peer) ? IMPORT_MAX : BODY_MAX) + LINGER_MORE;
        struct pollfd readable = {.fd = socket, .events = POLLIN};
        int64_t until = clock_monotonic_ms() + LINGER_MS, now;
        char bytes[16384];

        shutdown(socket, SHUT_WR);
        while (left > 0 && (now = clock_monotonic_ms()) < until && poll(&readable, 1, (int)(until - now)) == 1) {
                ssize_t length = recv(socket, bytes, sizeof(bytes), MSG_DONTWAIT);
                if (length <= 0)
                        break;
                left -= left < (size_t)length ? left : (size_t)length;
        }
}

void gate_completed(void *closure, struct MHD_Connection *connection, void **context,
                    enum MHD_RequestTerminationCode code) {
        struct gate *gate = closure;
        struct exchange *exchange = *context;

        if (!exchange)
                return;
        bool lingers = (exchange->lingers && code == MHD_REQUEST_TERMINATED_COMPLETED_OK) ||
                       code == MHD_REQUEST_TERMINATED_WITH_ERROR; /* which libmicrohttpd has answered by itself */
        connection_idle(connection);
        end(exchange, code);
        *context = NULL;
        if (lingers)
                linger(gate->server->config, connection);
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
