/* What a handler promises to send. The transaction is committed by dispatch before anything leaves; a promise names the
   shape of the last statement's rows. Each returns 0, so that a handler ends with `return reply_…(request);`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct request;

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
};

int reply_one(struct request *request);
int reply_view(struct request *request);
int reply_answer(struct request *request);
int reply_page(struct request *request);
/* `render` is called once the transaction is committed and ends with reply_bytes or reply_string, or returns an enum
   problem. A GET gets a hash of the body as its ETag, unless reply_tag was called. */
int reply_render(struct request *request, int (*render)(struct request *request));
/* Bytes borrowed until the request ends. */
int reply_bytes(struct request *request, int status, const char *media, const void *bytes, size_t length);
int reply_string(struct request *request, int status, const char *media, const char *string);

/* Sets the entity tag of what a GET answers; 304 when the client has it already. The body stays: it is not sent, but
   its length is told. */
void reply_tag(struct request *request, const char *etag);

/* Adds a header; the value is borrowed. Values with control characters are left out. */
void reply_header(struct request *request, const char *name, const char *value);

/* For dispatch: turns the promise into status, body and headers, once the transaction is committed. Returns 0 or an
   enum problem. */
int reply_fill(struct request *request);
