#include "http/headers.h"

#include "core/text.h"

#include <microhttpd.h>
#include <string.h>
#include <strings.h>

static const struct {
        const char *name;
        bool list; /* may be repeated: a comma-separated list */
} known[HEADERS] = {
        [HEADER_ACCEPT] = {"Accept", true},
        [HEADER_ACCEPT_ENCODING] = {"Accept-Encoding", true},
        [HEADER_ACCEPT_LANGUAGE] = {"Accept-Language", true},
        [HEADER_ACCESS_CONTROL_REQUEST_METHOD] = {"Access-Control-Request-Method", false},
        [HEADER_AUTHORIZATION] = {"Authorization", false},
        [HEADER_CONTENT_ENCODING] = {"Content-Encoding", true},
        [HEADER_CONTENT_LENGTH] = {"Content-Length", false},
        [HEADER_CONTENT_TYPE] = {"Content-Type", false},
        [HEADER_FORWARDED_FOR] = {"X-Forwarded-For", true},
        [HEADER_FORWARDED_PROTO] = {"X-Forwarded-Proto", true},
        [HEADER_HOST] = {"Host", false},
        [HEADER_IDEMPOTENCY_KEY] = {"Idempotency-Key", false},
        [HEADER_IF_MATCH] = {"If-Match", true},
        [HEADER_IF_NONE_MATCH] = {"If-None-Match", true},
        [HEADER_ORIGIN] = {"Origin", false},
        [HEADER_REQUEST_ID] = {"X-Request-ID", false},
        [HEADER_TRACEPARENT] = {"traceparent", false},
        [HEADER_TRANSFER_ENCODING] = {"Transfer-Encoding", false},
};

static const char token[] = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static const char no_form[] = "none";

struct reading {
        struct arena *arena;
        struct headers *headers;
        const char *end; /* of the text before, in libmicrohttpd's buffer */
};

/* libmicrohttpd before 1.0 takes each line for a text of C, so that a NUL cuts it and hides the rest, and joins folded
   lines elsewhere. It puts one NUL in the place of a line feed and two in that of CR LF: a text that begins elsewhere
   than there has something hidden before it. Later ones refuse a NUL by themselves. */
static bool follows(const char *end, const char *text, ptrdiff_t least, ptrdiff_t most) {
        if (MHD_VERSION >= 0x01000000 || !end)
                return true;
        return text >= end + least && text <= end + most;
}

/* RFC 9110 sections 5.1 and 5.5. A bare CR or a NUL ends a line or a text for some programs and not for others. */
static bool is_misshapen(const char *name, size_t name_length, const char *value, size_t value_length) {
        if (name_length == 0 || strspn(name, token) != name_length)
                return true;
        for (size_t i = 0; i < value_length; i++)
                if (((unsigned char)value[i] < ' ' && value[i] != '\t') || value[i] == 0x7f)
                        return true;
        return false;
}

/* Without the blanks at its end: libmicrohttpd before 1.0 leaves them. */
static size_t trimmed(const char *value, size_t length) {
        while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t'))
                length--;
        return length;
}

const char *headers_turn_blanks(char *text, size_t *size) {
        size_t length = trimmed(text, *size), blanks = *size - length;

        if (blanks > 0) {
                memmove(text + blanks, text, length);
                memset(text, ' ', blanks);
        }
        *size = length;
        return text + blanks;
}

/* White space around a value is no part of it (RFC 9110 section 5.5). */
static const char *value_of(struct arena *arena, const char *text) {
        if (!text)
                return "";
        text += strspn(text, " \t");
        size_t whole = strlen(text), length = trimmed(text, whole);
        return length == whole ? text : arena_strndup(arena, text, length);
}

static enum MHD_Result take(void *closure, enum MHD_ValueKind kind, const char *name, size_t name_length,
                            const char *value, size_t value_length) {
        struct reading *reading = closure;
        (void)kind;

        if (value == no_form)
                return MHD_YES;
        if (!follows(reading->end, name, 1, 2) || is_misshapen(name, name_length, value, value_length))
                reading->headers->misshapen = true;
        if (reading->end)
                reading->end = value + value_length;
        reading->headers->lines++;
        for (size_t i = 0; i < HEADERS; i++) {
                if (strcasecmp(name, known[i].name) != 0)
                        continue;
                const char **kept = &reading->headers->value[i];
                const char *said = value_of(reading->arena, value);
                if (reading->headers->count[i]++ == 0)
                        *kept = said;
                else if (known[i].list)
                        *kept = arena_printf(reading->arena, "%s, %s", *kept, said);
                break;
        }
        return MHD_YES;
}

bool headers_hide_forms(struct MHD_Connection *connection) {
        return MHD_set_connection_value(connection, MHD_HEADER_KIND, known[HEADER_CONTENT_TYPE].name, no_form) ==
               MHD_YES;
}

bool headers_is_length(const char *value, size_t length) {
        size_t zeros = strspn(value, "0");

        return length > 0 && strspn(value, "0123456789") == length && length - zeros <= 19; /* which 64 bits hold */
}

void headers_read(struct MHD_Connection *connection, const struct request_line *line, struct arena *arena,
                  struct headers *ret_headers) {
        struct reading reading = {arena, ret_headers, line ? line->version + strlen(line->version) : NULL};

        *ret_headers = (struct headers){0};
        MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take, &reading);
        if (!line)
                return;
        ret_headers->bytes = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
        ret_headers->may_lack_host = strcmp(line->version, "HTTP/1.0") == 0;
        if (!follows(line->method + strlen(line->method), line->target, 1, 1) ||
            !follows(line->target + line->target_length, line->version, 1, 1) ||
            !follows(reading.end, line->method + ret_headers->bytes, 2, 4)) /* the last line and the empty one */
                ret_headers->misshapen = true;
}

enum {
        FAULT_LENGTHS,
        FAULT_NO_LENGTH,
        FAULT_TWO_FRAMINGS,
        FAULT_CODING,
        FAULT_CHARACTER,
        FAULT_HOST,
        FAULT_REPEATED,
        FAULT_ENCODING,
};

static const struct header_fault faults[] = {
        [FAULT_LENGTHS] = {"Content-Lengthが重複しています。1つだけ指定してください。",
                           "Content-Length is given more than once."},
        [FAULT_NO_LENGTH] = {"Content-Lengthがバイト数ではありません。", "Content-Length is not a number of bytes."},
        [FAULT_TWO_FRAMINGS] = {"Content-LengthとTransfer-Encodingは同時に指定できません。",
                                "Content-Length and Transfer-Encoding exclude each other."},
        [FAULT_CODING] = {"Transfer-Encodingはchunkedだけを指定できます。", "Transfer-Encoding can only be chunked."},
        [FAULT_CHARACTER] = {"リクエスト行又はヘッダに、使用できない文字があります。",
                             "The request line or a header has a character that it may not have."},
        [FAULT_HOST] = {"Hostは1つだけ指定してください（HTTP/1.0では省略できます。）。",
                        "Host must be given exactly once; only HTTP/1.0 may lack it."},
        [FAULT_REPEATED] = {"1つだけ指定できるヘッダが重複しています。",
                            "A header that may come once is given more than once."},
        [FAULT_ENCODING] = {"ヘッダの文字コードがUTF-8ではありません。", "A header is not UTF-8."},
};

/* Of those after which the end of the body is not known, NULL when it is. */
static const struct header_fault *framing_fault(const struct headers *headers) {
        const char *bytes = headers->value[HEADER_CONTENT_LENGTH], *coding = headers->value[HEADER_TRANSFER_ENCODING];

        if (headers->count[HEADER_CONTENT_LENGTH] > 1)
                return &faults[FAULT_LENGTHS];
        if (bytes && !headers_is_length(bytes, strlen(bytes)))
                return &faults[FAULT_NO_LENGTH];
        if (headers->count[HEADER_TRANSFER_ENCODING] > 0 && headers->count[HEADER_CONTENT_LENGTH] > 0)
                return &faults[FAULT_TWO_FRAMINGS];
        if (headers->count[HEADER_TRANSFER_ENCODING] > 1 ||
            (headers->count[HEADER_TRANSFER_ENCODING] == 1 && strcasecmp(coding, "chunked") != 0))
                return &faults[FAULT_CODING];
        if (headers->misshapen)
                return &faults[FAULT_CHARACTER];
        if (headers->count[HEADER_HOST] > 1 || (headers->count[HEADER_HOST] == 0 && !headers->may_lack_host))
                return &faults[FAULT_HOST];
        return NULL;
}

const struct header_fault *headers_fault(const struct headers *headers, bool *ret_close) {
        const struct header_fault *fault = framing_fault(headers);

        *ret_close = fault != NULL;
        if (fault)
                return fault;
        for (size_t i = 0; i < HEADERS; i++) {
                if (headers->count[i] > 1 && !known[i].list)
                        return &faults[FAULT_REPEATED];
                if (headers->value[i] && !text_is_utf8(headers->value[i], strlen(headers->value[i])))
                        return &faults[FAULT_ENCODING];
        }
        return NULL;
}
