/* One request on its way through dispatch, and what a handler may ask of it.
   Everything lives in the request's arena or is constant; a handler can be run again after a rolled-back transaction.
 */
#pragma once

#include "auth/authenticate.h"
#include "bounds.h"
#include "contract/contract.h"
#include "contract/route.h"
#include "core/arena.h"
#include "db/transaction.h"
#include "http/headers.h"

#include <jansson.h>
#include <sys/socket.h>

enum language { LANGUAGE_JA, LANGUAGE_EN };

static inline const char *language_tag(enum language language) {
        return language == LANGUAGE_EN ? "en" : "ja";
}

struct request;
struct server;
struct session;

/* What will be sent: promised by a handler through http/reply.h, made whole by http/fulfil.h. */
enum reply_kind {
        REPLY_NONE,
        REPLY_ONE,    /* row (version, body): 200 with ETag; no row: 404 */
        REPLY_VIEW,   /* row (body): 200, ETag is a hash of the body; no row: 404 */
        REPLY_ANSWER, /* row of api.answer: (status, version, location, body); no row: 404 */
        REPLY_PAGE,   /* rows (item, key, tie); the total before it when asked for */
        REPLY_RENDER, /* what a function makes of the rows */
        REPLY_BODY,   /* already here */
};

enum { REPLY_HEADERS_MAX = 24 };

struct reply {
        enum reply_kind kind;
        int (*render)(struct request *request);
        int status;
        const char *media;
        const char *body;
        size_t length;
        const char *etag; /* with its quotes */
        struct {
                const char *name, *value;
        } headers[REPLY_HEADERS_MAX];
        size_t headers_count;
        const char *unsendable; /* name of a header that cannot be sent, or NULL */
};

struct request {
        struct server *server;
        struct arena *arena;
        const struct operation *operation;
        enum method method;
        bool head; /* HEAD, answered as GET without the body */

        /* As it came. */
        const char *path; /* still encoded, without the query */
        const char *query;
        struct headers headers;
        const struct sockaddr *peer;
        struct slice path_slices[BOUND_PATH_PARAMETERS]; /* the path's parameters, still encoded */
        const char *payload;                             /* "" when there is none */
        size_t payload_length;

        /* As the gate and dispatch understood it. */
        const char *id;       /* X-Request-ID */
        const char *trace_id; /* of the caller's traceparent, or NULL */
        enum language language;
        const char *answer; /* media type chosen from the operation's answers */
        struct caller caller;
        const char *path_values[BOUND_PATH_PARAMETERS];
        const char **query_values; /* by index of the operation's query parameters; NULL: not given */
        json_t *body;              /* valid under the operation's schema */
        const char *body_text;     /* the same as text for PostgreSQL, integral numbers without a fraction */
        struct page page;
        const char *if_match; /* bigint[] literal of the versions named, NULL for `*` */

        struct session *session;
        struct transaction *transaction;
        struct reply reply;
        int64_t microseconds; /* of work until dispatch took it over */
};

/* The decoded path parameter of that name; it is declared by the contract, so it is there. */
const char *request_path(const struct request *request, const char *name);
/* The decoded query parameter, a PostgreSQL array literal when it takes several; NULL when not given. */
const char *request_query(const struct request *request, const char *name);
/* True when ?name=true was given. */
bool request_asks(const struct request *request, const char *name);
/* The text of a member of the body; NULL when absent or null. */
const char *request_member(const struct request *request, const char *name);

/* With all that lives in its arena; ends its transaction. */
void request_free(struct request *request);
