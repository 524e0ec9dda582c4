/* What stands in a request's line and headers: percent-encoding, Accept…, tags, traceparent and X-Forwarded-For. The
   input is taken for each of them. */
#include "contract/uri.h"
#include "core/cleanup.h"
#include "core/config.h"
#include "core/text.h"
#include "http/address.h"
#include "http/conditions.h"
#include "http/negotiate.h"
#include "http/request.h"
#include "http/trace.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int true_thing) {
        if (!true_thing)
                abort();
}

static void check_decoding(struct arena *arena, const char *text, size_t size) {
        const char *path = uri_decode(arena, text, size, false), *query = uri_decode(arena, text, size, true);

        need(!path == !query);
        need(!path || (strlen(path) <= size && text_is_utf8(path, strlen(path))));
        /* Decoding what has no escape changes nothing. */
        if (path && !memchr(text, '%', size))
                need(strlen(path) == size && memcmp(path, text, size) == 0);
        if (!path)
                return;
        _cleanup_(text_free) struct text uri = {0};
        uri_append(&uri, text, size);
        need(!uri.data || strcspn(uri.data, " \"#<>[\\]^`{|}") == uri.length);
        const char *again = uri_decode(arena, uri.data ?: "", uri.length, false);
        need(again && strcmp(again, path) == 0);
}

static void check_blanks(const char *text, size_t size) {
        _cleanup_free_ char *turned = malloc(size + 1);

        need(turned != NULL);
        memcpy(turned, text, size + 1);
        size_t length = size;
        const char *value = headers_turn_blanks(turned, &length);
        need(value + length == turned + size && memcmp(value, text, length) == 0);
        need(length == 0 || !strchr(" \t", value[length - 1]));
        need(strspn(turned, " \t") >= size - length);
        if (headers_is_length(text, size))
                need(size > 0 && strtoull(text, NULL, 10) < UINT64_MAX);
}

static void check_negotiation(const char *text) {
        static const char *const answers[] = {"application/json", "text/csv;charset=utf-8", "text/csv;charset=cp932",
                                              NULL};
        const char *chosen = negotiate_media(answers, text);

        need(!chosen || chosen == answers[0] || chosen == answers[1] || chosen == answers[2]);
        negotiate_language(text);
        negotiate_gzip(text);
        negotiate_is(text, "application/json");
}

static void check_conditions(struct request *request, const char *text) {
        const char *versions = conditions_versions(request, text);

        need(!versions == (strcmp(text, "*") == 0));
        need(!versions || strspn(versions, "{}0123456789,") == strlen(versions));
        conditions_unchanged(text, "\"7.ja\"");
        if (!strchr(text, '"')) {
                const char *tag = arena_printf(request->arena, "W/\"%s\"", text);
                need(conditions_unchanged(tag, tag + 2));
        }
}

static void check_trace(struct request *request, const char *text) {
        request->headers.value[HEADER_TRACEPARENT] = text;
        request->headers.count[HEADER_TRACEPARENT] = 1;
        request->headers.value[HEADER_REQUEST_ID] = text;
        trace_read(request);
        size_t length = strlen(request->id);
        need(length >= 1 && length <= 64);
        if (!request->trace_id)
                return;
        need(strlen(request->reply.headers[0].value) == 55 && strstr(text, request->trace_id));
}

static void check_address(struct arena *arena, const char *text) {
        struct network everything;
        struct config config = {.trusted_proxies = &everything, .trusted_proxies_count = 1};
        struct sockaddr_in peer = {.sin_family = AF_INET};

        need(network_parse("::/0", &everything) == 0);
        need(*address_of(&config, (const struct sockaddr *)&peer, text, arena));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        struct request request = {.arena = arena};

        check_decoding(arena, (const char *)data, size);
        const char *text = arena_strndup(arena, (const char *)data, size);
        check_blanks(text, strlen(text));
        check_negotiation(text);
        check_conditions(&request, text);
        check_trace(&request, text);
        check_address(arena, text);
        return 0;
}
