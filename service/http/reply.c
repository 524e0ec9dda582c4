#include "http/reply.h"

#include "http/conditions.h"
#include "http/request.h"

#include <string.h>

static int promise(struct request *request, enum reply_kind kind) {
        request->reply.kind = kind;
        return 0;
}

int reply_one(struct request *request) {
        return promise(request, REPLY_ONE);
}

int reply_view(struct request *request) {
        return promise(request, REPLY_VIEW);
}

int reply_answer(struct request *request) {
        return promise(request, REPLY_ANSWER);
}

int reply_page(struct request *request) {
        return promise(request, REPLY_PAGE);
}

int reply_render(struct request *request, int (*render)(struct request *request)) {
        request->reply.render = render;
        return promise(request, REPLY_RENDER);
}

int reply_bytes(struct request *request, int status, const char *media, const void *bytes, size_t length) {
        request->reply.status = status;
        request->reply.media = media;
        request->reply.body = bytes;
        request->reply.length = length;
        return promise(request, REPLY_BODY);
}

int reply_string(struct request *request, int status, const char *media, const char *string) {
        return reply_bytes(request, status, media, string, strlen(string));
}

int reply_constant(struct request *request, const char *media, const void *bytes, size_t length) {
        reply_header(request, "Cache-Control", "no-cache");
        reply_bytes(request, 200, media, bytes, length);
        reply_tag(request, conditions_hash(request, bytes, length));
        return 0;
}

static bool is_sendable(const char *value) {
        for (const char *c = value; *c; c++)
                if ((unsigned char)*c < ' ' || *c == 0x7f)
                        return false;
        return true;
}

void reply_header(struct request *request, const char *name, const char *value) {
        struct reply *reply = &request->reply;

        if (reply->headers_count == REPLY_HEADERS_MAX || !is_sendable(value)) {
                reply->unsendable = name;
                return;
        }
        reply->headers[reply->headers_count].name = name;
        reply->headers[reply->headers_count++].value = value;
}

void reply_tag(struct request *request, const char *etag) {
        request->reply.etag = etag;
        if (request->method == METHOD_GET && conditions_unchanged(request->headers.value[HEADER_IF_NONE_MATCH], etag))
                request->reply.status = 304;
}
