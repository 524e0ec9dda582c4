/* The contract as it is served, and Swagger UI to read it and try it. */
#include "http/conditions.h"
#include "http/docs/assets.h"
#include "http/negotiate.h"
#include "http/reply.h"
#include "http/request.h"
#include "operations.h"
#include "problems.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

/* Nothing is loaded from elsewhere, nothing runs that stands in the page itself, nobody may frame it. */
#define CONTENT_SECURITY_POLICY                                                                               \
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " \
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

struct file {
        const char *name, *media;
        const unsigned char *begin, *end;
        bool gzipped;
};

static const struct file files[] = {
        {"swagger-ui-bundle.js", "text/javascript; charset=utf-8", docs_bundle_js, docs_bundle_js_end, true},
        {"swagger-ui.css", "text/css; charset=utf-8", docs_css, docs_css_end, true},
        {"initialise.js", "text/javascript; charset=utf-8", docs_initialise_js, docs_initialise_js_end, false},
        {"page.css", "text/css; charset=utf-8", docs_page_css, docs_page_css_end, false},
};

/* For the few clients that do not take gzip. The last four bytes of gzip are the plain length (RFC 1952). */
static int inflate_file(struct request *request, const struct file *file, void **ret_bytes, size_t *ret_length) {
        const unsigned char *tail = file->end - 4;
        size_t length = tail[0] | (size_t)tail[1] << 8 | (size_t)tail[2] << 16 | (size_t)tail[3] << 24;
        unsigned char *bytes = arena_alloc(request->arena, length);
        z_stream stream = {
                .next_in = (unsigned char *)file->begin,
                .avail_in = (unsigned)(file->end - file->begin),
                .next_out = bytes,
                .avail_out = (unsigned)length,
        };

        if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
                return -ENOMEM;
        int r = inflate(&stream, Z_FINISH);
        inflateEnd(&stream);
        if (r != Z_STREAM_END)
                return -EIO;
        *ret_bytes = bytes;
        *ret_length = length;
        return 0;
}

static int reply_file(struct request *request, const struct file *file) {
        size_t length = (size_t)(file->end - file->begin);
        void *plain;

        if (!file->gzipped)
                return reply_constant(request, file->media, file->begin, length);
        if (negotiate_gzip(request->headers.value[HEADER_ACCEPT_ENCODING])) {
                reply_header(request, "Content-Encoding", "gzip");
                reply_header(request, "Cache-Control", "no-cache");
                reply_bytes(request, 200, file->media, file->begin, length);
                reply_tag(request, arena_printf(request->arena, "W/%s", conditions_hash(request, file->begin, length)));
                return 0;
        }
        int r = inflate_file(request, file, &plain, &length);
        return r == 0 ? reply_constant(request, file->media, plain, length) : r;
}

int op_get_docs(struct request *request) {
        reply_header(request, "Content-Security-Policy", CONTENT_SECURITY_POLICY);
        reply_header(request, "Referrer-Policy", "no-referrer");
        return reply_constant(request, "text/html; charset=utf-8", docs_index,
                              (size_t)((uintptr_t)docs_index_end - (uintptr_t)docs_index));
}

int op_get_docs_file(struct request *request) {
        const char *name = request_path(request, "file");

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
                if (strcmp(files[i].name, name) == 0)
                        return reply_file(request, &files[i]);
        return PROBLEM_NOT_FOUND;
}

int op_get_contract_json(struct request *request) {
        return reply_constant(request, "application/json", contract_json, contract_json_length);
}

int op_get_contract_yaml(struct request *request) {
        return reply_constant(request, "application/yaml", contract_yaml, contract_yaml_length);
}
