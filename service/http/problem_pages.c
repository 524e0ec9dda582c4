/* The pages that the types of problems lead to: what happened and what to do. */
#include "core/text.h"
#include "http/conditions.h"
#include "http/negotiate.h"
#include "http/reply.h"
#include "http/request.h"
#include "operations.h"
#include "problems.h"

#include <string.h>

static void append_html(struct text *page, const char *text) {
        for (size_t plain; *text; text += plain) {
                plain = strcspn(text, "<>&\"");
                text_append(page, text, plain);
                if (!text[plain])
                        return;
                text_append_string(page, text[plain] == '<'   ? "&lt;"
                                         : text[plain] == '>' ? "&gt;"
                                         : text[plain] == '&' ? "&amp;"
                                                              : "&quot;");
                plain++;
        }
}

static void append_section(struct text *page, const char *language, int status, const char *title,
                           const char *explanation) {
        text_printf(page, "<section lang=\"%s\">\n<h1>", language);
        append_html(page, title);
        text_printf(page, " <span>%d</span></h1>\n<p>", status);
        append_html(page, explanation);
        text_append_string(page, "</p>\n</section>\n");
}

static void write_page(struct text *page, const struct problem_type *type) {
        text_append_string(page, "<!DOCTYPE html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n"
                                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
        append_html(page, type->title_ja);
        text_append_string(page, "</title>\n<link rel=\"icon\" href=\"data:,\">\n"
                                 "<link rel=\"stylesheet\" href=\"../docs/page.css\">\n</head>\n<body>\n");
        append_section(page, "ja", type->status, type->title_ja, type->explanation_ja);
        append_section(page, "en", type->status, type->title_en, type->explanation_en);
        text_printf(page, "<p><code>/problems/%s</code></p>\n</body>\n</html>\n", type->slug);
}

static void write_json(struct text *json, const struct problem_type *type, bool english) {
        text_printf(json, "{\"type\":\"/problems/%s\",\"status\":%d,\"title\":", type->slug, type->status);
        text_append_json(json, english ? type->title_en : type->title_ja);
        text_append_string(json, ",\"explanation\":");
        text_append_json(json, english ? type->explanation_en : type->explanation_ja);
        text_append_char(json, '}');
}

int op_get_problem_type(struct request *request) {
        const struct problem_type *type = problem_type(problem_from_slug(request_path(request, "slug")));
        bool english = request->language == LANGUAGE_EN, json = negotiate_is(request->answer, "application/json");
        struct text text = {0};

        if (!type)
                return PROBLEM_NOT_FOUND;
        if (json)
                write_json(&text, type, english);
        else
                write_page(&text, type);
        const char *kept = arena_strndup(request->arena, text.data, text.length);
        reply_bytes(request, 200, json ? "application/json" : "text/html; charset=utf-8", kept, text.length);
        reply_header(request, "Cache-Control", "no-cache");
        reply_header(request, "Content-Language", json ? (english ? "en" : "ja") : "ja, en");
        if (!json)
                reply_header(request, "Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:");
        reply_tag(request, conditions_hash(request, kept, text.length));
        text_free(&text);
        return 0;
}
