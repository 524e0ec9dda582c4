/* The request's headers as they came on the wire. ulfius joins repeated headers with commas, which hides a second Host,
   Authorization or Content-Length; these are read from libmicrohttpd itself. */
#pragma once

#include "core/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct MHD_Connection;

enum header {
        HEADER_ACCEPT,
        HEADER_ACCEPT_ENCODING,
        HEADER_ACCEPT_LANGUAGE,
        HEADER_ACCESS_CONTROL_REQUEST_METHOD,
        HEADER_AUTHORIZATION,
        HEADER_CONTENT_ENCODING,
        HEADER_CONTENT_LENGTH,
        HEADER_CONTENT_TYPE,
        HEADER_FORWARDED_FOR,
        HEADER_FORWARDED_PROTO,
        HEADER_HOST,
        HEADER_IDEMPOTENCY_KEY,
        HEADER_IF_MATCH,
        HEADER_IF_NONE_MATCH,
        HEADER_ORIGIN,
        HEADER_REQUEST_ID,
        HEADER_TRACEPARENT,
        HEADER_TRANSFER_ENCODING,
        HEADERS
};

/* Lists (Accept, If-Match …) are joined with a comma; of the others the first is kept and the repetition counted. */
struct headers {
        const char *value[HEADERS]; /* NULL: absent */
        unsigned count[HEADERS];
        size_t bytes;       /* with the request line */
        unsigned lines;     /* without it */
        bool may_lack_host; /* HTTP/1.0 */
        bool misshapen; /* a name is no token, as with a space before its colon, or a value has a control character */
};

/* The request line, as it stands in libmicrohttpd's buffer before the headers. */
struct request_line {
        const char *method, *target, *version;
        size_t target_length; /* as it came: the target is decoded in place */
};

/* ulfius gives every form to libmicrohttpd's form parser, which keeps a second copy of it and drops connections over
   what it cannot read. A Content-Type of ours before the client's hides forms from it; headers_read skips it. Call when
   the request line has come; false when there is no room left for it. */
bool headers_hide_forms(struct MHD_Connection *connection);
/* Whether a Content-Length is a number of bytes, as which it is shown to libmicrohttpd (http/wire.c). */
bool headers_is_length(const char *value, size_t length);
/* Puts the blanks behind a value before it, so that the text, which ends with a NUL, ends with the value. Gives the value
   and its size. */
const char *headers_turn_blanks(char *text, size_t *size);
/* `line` is what the access handler was given, at its first call; NULL for what there is of headers before that, which
   is not judged. */
void headers_read(struct MHD_Connection *connection, const struct request_line *line, struct arena *arena,
                  struct headers *ret_headers);
struct header_fault {
        const char *ja, *en;
};

/* NULL, or what is wrong with the framing or with a header that may come once. A request whose length is stated twice is
   never trusted again (request smuggling). */
const struct header_fault *headers_fault(const struct headers *headers, bool *ret_close);
