#include "http/protected_resource.h"

#include "core/config.h"
#include "core/text.h"
#include "http/address.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"
#include "operations.h"
#include "problems.h"

#include <string.h>
#include <strings.h>

#define PATH "/.well-known/oauth-protected-resource"

/* A name or an address, and perhaps a port (RFC 3986 section 3.2.2), of the characters that stand for themselves in one. */
static bool is_host(const char *host) {
        static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
        bool bracketed = *host == '[';
        size_t length = bracketed ? strspn(host + 1, "0123456789ABCDEFabcdef:.") : strspn(host, name);

        if (length == 0 || (bracketed && host[1 + length] != ']'))
                return false;
        host += length + (bracketed ? 2 : 0);
        return *host == '\0' || (*host == ':' && host[1 + strspn(host + 1, "0123456789")] == '\0');
}

/* What Host says comes back to him who said it, and to nobody else. */
static const char *base_url(const struct request *request) {
        const struct config *config = request->server->config;
        const char *host = request->headers.value[HEADER_HOST];
        const char *protocol = request->headers.value[HEADER_FORWARDED_PROTO];

        if (config->public_url)
                return config->public_url;
        if (!host || !is_host(host))
                return NULL;
        bool secure = protocol && strcasecmp(protocol, "https") == 0 && address_is_trusted(config, request->peer);
        return arena_printf(request->arena, "%s://%s", secure ? "https" : "http", host);
}

/* A path of the resource stands behind the well-known one (RFC 9728 section 3.1). */
const char *protected_resource_metadata(const struct request *request) {
        const char *base = base_url(request);

        if (!base)
                return NULL;
        const char *path = strchrnul(strstr(base, "://") + 3, '/');
        return arena_printf(request->arena, "%.*s" PATH "%s", (int)(path - base), base, path);
}

static void write_metadata(struct text *json, const struct request *request, const char *base) {
        text_append_string(json, "{\"resource\":");
        text_append_json(json, base);
        text_append_string(json, ",\"resource_name\":\"kiki\",\"authorization_servers\":[");
        authenticator_write_issuers(request->server->authenticator, json);
        text_append_string(json, "],\"scopes_supported\":[");
        for (size_t i = 0; contract_scopes[i]; i++) {
                text_append_string(json, i > 0 ? "," : "");
                text_append_json(json, contract_scopes[i]);
        }
        text_append_string(json, "],\"bearer_methods_supported\":[\"header\"],\"resource_documentation\":");
        text_append_json(json, arena_printf(request->arena, "%s/docs", base));
        text_append_char(json, '}');
}

int op_get_protected_resource(struct request *request) {
        const char *base = base_url(request);
        struct text json = {0};

        if (!base)
                return PROBLEM_MALFORMED_REQUEST;
        write_metadata(&json, request, base);
        const char *kept = arena_strndup(request->arena, json.data, json.length);
        int r = reply_constant(request, "application/json", kept, json.length);
        text_free(&json);
        return r;
}
