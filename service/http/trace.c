#include "http/trace.h"

#include "http/reply.h"
#include "http/request.h"

#include <string.h>

/* 00-<trace id>-<parent id>-<flags>: where each part begins. */
enum { TRACE_ID = 3, TRACE_ID_LENGTH = 32, PARENT_ID = 36, PARENT_ID_LENGTH = 16, FLAGS = 53, LENGTH = 55 };
enum { REQUEST_ID_MAX = 64 };

static const char hex_digits[] = "0123456789abcdef";

static const char *random_hex(struct arena *arena, size_t digits) {
        char *hex = arena_alloc(arena, digits + 1);

        arc4random_buf(hex, digits);
        for (size_t i = 0; i < digits; i++)
                hex[i] = hex_digits[hex[i] & 15];
        return hex;
}

static bool well_formed_id(const char *id) {
        size_t length = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

        return length >= 1 && length <= REQUEST_ID_MAX && id[length] == '\0';
}

/* Lower-case hexadecimal digits and then `end`, not all of them zero unless they may be. */
static bool is_field(const char *text, size_t digits, char end, bool zero) {
        return strspn(text, hex_digits) == digits && text[digits] == end && (zero || strspn(text, "0") < digits);
}

/* A version to come may say more after what is known of version 00. */
static bool well_formed_trace(const char *header) {
        if (strlen(header) < LENGTH || !is_field(header, 2, '-', true) || strncmp(header, "ff", 2) == 0)
                return false;
        bool first = strncmp(header, "00", 2) == 0;
        char end = first || header[LENGTH] == '\0' ? '\0' : '-';
        return is_field(header + TRACE_ID, TRACE_ID_LENGTH, '-', false) &&
               is_field(header + PARENT_ID, PARENT_ID_LENGTH, '-', false) && is_field(header + FLAGS, 2, end, true);
}

void trace_read(struct request *request) {
        const char *id = request->headers.value[HEADER_REQUEST_ID];
        const char *parent = request->headers.value[HEADER_TRACEPARENT];

        request->id = id && well_formed_id(id) ? id : random_hex(request->arena, 32);
        if (!parent || request->headers.count[HEADER_TRACEPARENT] > 1 || !well_formed_trace(parent))
                return;
        request->trace_id = arena_strndup(request->arena, parent + TRACE_ID, TRACE_ID_LENGTH);
        /* Of the flags only "sampled" is known; unknown ones are not passed on. */
        bool sampled = strchr("13579bdf", parent[FLAGS + 1]) != NULL;
        reply_header(request, "traceparent",
                     arena_printf(request->arena, "00-%s-%s-%s", request->trace_id,
                                  random_hex(request->arena, PARENT_ID_LENGTH), sampled ? "01" : "00"));
}
