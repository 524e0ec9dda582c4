#include "http/wire.h"

#include "core/cleanup.h"
#include "core/text.h"
#include "http/connection.h"
#include "http/headers.h"
#include "http/request.h"
#include "problems.h"

#include <dlfcn.h>
#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* The library's own. */
static struct {
        enum MHD_Result (*queue)(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response);
        enum MHD_Result (*look_up)(struct MHD_Connection *connection, enum MHD_ValueKind kind, const char *key,
                                   size_t key_size, const char **ret_value, size_t *ret_size);
} library;

static wire_refuse refuse_by;

int wire_begin(wire_refuse refuse) {
        refuse_by = refuse;
        *(void **)&library.queue = dlsym(RTLD_NEXT, "MHD_queue_response");
        *(void **)&library.look_up = dlsym(RTLD_NEXT, "MHD_lookup_connection_value_n");
        return library.queue && library.look_up ? 0 : -ENOTSUP;
}

/* What libmicrohttpd means by a status: 500 and 501 are to it a chunk's line or a Transfer-Encoding that it cannot
   read, and 301 (1.0) a target with a blank in it. */
static int problem_of(unsigned status) {
        switch (status) {
        case MHD_HTTP_CONTENT_TOO_LARGE:
                return PROBLEM_BODY_TOO_LARGE;
        case MHD_HTTP_URI_TOO_LONG:
                return PROBLEM_TARGET_TOO_LONG;
        case MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE:
                return PROBLEM_HEAD_TOO_LARGE;
        case MHD_HTTP_HTTP_VERSION_NOT_SUPPORTED:
                return PROBLEM_VERSION_NOT_SUPPORTED;
        default:
                return PROBLEM_MALFORMED_REQUEST;
        }
}

/* NULL when there is no memory. */
static struct MHD_Response *response_of(const struct request *request) {
        const struct reply *reply = &request->reply;
        struct MHD_Response *response =
                MHD_create_response_from_buffer(reply->length, (void *)reply->body, MHD_RESPMEM_MUST_COPY);

        for (size_t i = 0; response && i < reply->headers_count; i++)
                MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
        return response;
}

enum MHD_Result MHD_queue_response(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response) {
        struct request *refusal = refuse_by(connection, problem_of(status));

        if (!refusal)
                return library.queue(connection, status, response);
        struct MHD_Response *ours = response_of(refusal);
        enum MHD_Result r = ours ? library.queue(connection, (unsigned)refusal->reply.status, ours) : MHD_NO;
        connection_sending(connection, refusal->reply.length);
        if (ours)
                MHD_destroy_response(ours);
        request_free(refusal);
        return r;
}

static bool is(const char *key, size_t size, const char *name) {
        return size == strlen(name) && strncasecmp(key, name, size) == 0;
}

enum MHD_Result MHD_lookup_connection_value_n(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                              const char *key, size_t key_size, const char **ret_value,
                                              size_t *ret_size) {
        const char *value = NULL;
        size_t size = 0;

        if (kind == MHD_HEADER_KIND && is(key, key_size, MHD_HTTP_HEADER_COOKIE))
                return MHD_NO;
        if (library.look_up(connection, kind, key, key_size, &value, &size) != MHD_YES)
                return MHD_NO;
        if (kind == MHD_HEADER_KIND && value) {
                value = headers_turn_blanks((char *)value, &size); /* in its buffer, where the client's bytes are */
                if (is(key, key_size, MHD_HTTP_HEADER_CONTENT_LENGTH) && !headers_is_length(value, size))
                        return MHD_NO;
        }
        if (ret_value)
                *ret_value = value;
        if (ret_size)
                *ret_size = size;
        return MHD_YES;
}

void wire_write(struct MHD_Connection *connection, const struct request *request) {
        int socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        const struct reply *reply = &request->reply;
        _cleanup_(text_free) struct text text = {0};

        text_printf(&text, "HTTP/1.1 %d %s\r\n", reply->status, MHD_get_reason_phrase_for((unsigned)reply->status));
        for (size_t i = 0; i < reply->headers_count; i++)
                text_printf(&text, "%s: %s\r\n", reply->headers[i].name, reply->headers[i].value);
        text_printf(&text, "Content-Length: %zu\r\n\r\n", reply->length);
        if (!request->head)
                text_append(&text, reply->body, reply->length);
        (void)send(socket, text.data, text.length, MSG_NOSIGNAL); /* a client that takes none of it waits for none */
}
