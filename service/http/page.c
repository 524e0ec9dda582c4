#include "http/page.h"

#include "bounds.h"
#include "contract/uri.h"
#include "core/text.h"
#include "http/cursor.h"
#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"
#include "problems.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((int)BOUND_PAGE_LIMIT <= (int)STATEMENT_LIMIT_MAX, "the contract allows longer pages than db/ gives");

/* What a cursor is good for: this operation on this path with these parameters, but for the place in the list. */
static const char *binding(const struct request *request) {
        const struct parameter *declared = request->operation->query_parameters;
        const char *text = arena_printf(request->arena, "%s %s", request->operation->id, request->path);

        for (size_t i = 0; declared && declared[i].name; i++) {
                const char *name = declared[i].name;
                if (!request->query_values[i] || strcmp(name, "cursor") == 0 || strcmp(name, "limit") == 0 ||
                    strcmp(name, "include_total") == 0)
                        continue;
                text = arena_printf(request->arena, "%s&%s=%s", text, name, request->query_values[i]);
        }
        return text;
}

int page_read(struct request *request, struct report *ret_report) {
        const char *limit = request_query(request, "limit"), *sort = request_query(request, "sort");
        const char *cursor = request_query(request, "cursor");
        struct page *page = &request->page;

        *page = (struct page){.limit = limit ? atoi(limit) : 0, .total = request_asks(request, "include_total")};
        if (sort) {
                page->descending = *sort == '-';
                page->sort = sort + (*sort == '-');
        }
        if (!cursor)
                return 0;
        int r = cursor_open(request->server->secrets, request->arena, binding(request), cursor, &page->after_key,
                            &page->after_tie);
        if (r == 0)
                return 0;
        *ret_report = (struct report){.problem = r,
                                      .parameter = "cursor",
                                      .ja = "ページ位置（cursor）が無効です。最初のページから取得し直してください。",
                                      .en = "This cursor cannot be used. Read again from the first page."};
        return r;
}

/* Whether `pair` of a query gives the cursor, however its name is escaped. */
static bool gives_cursor(struct arena *arena, const char *pair, size_t length) {
        const char *equals = memchr(pair, '=', length);
        const char *name = uri_decode(arena, pair, equals ? (size_t)(equals - pair) : length, true);

        return name && strcmp(name, "cursor") == 0;
}

/* The same target with another cursor. */
static const char *next_link(const struct request *request, const char *cursor) {
        struct text link = {0};

        text_append_char(&link, '<');
        uri_append(&link, request->path, strlen(request->path));
        text_append_char(&link, '?');
        for (const char *pair = request->query; pair && *pair;) {
                size_t length = strcspn(pair, "&");
                if (length > 0 && !gives_cursor(request->arena, pair, length)) {
                        uri_append(&link, pair, length);
                        text_append_char(&link, '&');
                }
                pair += length + (pair[length] == '&');
        }
        text_printf(&link, "cursor=%s>; rel=\"next\"", cursor);
        const char *kept = arena_strndup(request->arena, link.data, link.length);
        text_free(&link);
        return kept;
}

void page_write(struct request *request) {
        struct transaction *t = request->transaction;
        size_t rows = transaction_rows(t, 0), shown = rows;
        const char *cursor = NULL;
        struct text body = {0};

        if (request->page.limit > 0 && rows > (size_t)request->page.limit) {
                shown = (size_t)request->page.limit;
                cursor = cursor_seal(request->server->secrets, request->arena, binding(request),
                                     transaction_value(t, 0, shown - 1, 1), transaction_value(t, 0, shown - 1, 2));
                reply_header(request, "Link", next_link(request, cursor));
        }
        text_append_string(&body, "{\"items\":[");
        for (size_t i = 0; i < shown; i++) {
                if (i > 0)
                        text_append_char(&body, ',');
                text_append(&body, transaction_value(t, 0, i, 0), transaction_length(t, 0, i, 0));
        }
        text_append_string(&body, "],\"next_cursor\":");
        if (cursor)
                text_append_json(&body, cursor);
        else
                text_append_string(&body, "null");
        if (request->page.total)
                text_printf(&body, ",\"total\":%s", transaction_value(t, 1, 0, 0));
        text_append_char(&body, '}');
        request->reply.length = body.length;
        request->reply.body = arena_strndup(request->arena, body.data, body.length);
        text_free(&body);
}
