#include "auth/discovery.h"

#include "core/cleanup.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 16 };

bool discovery_is_possible(const char *issuer) {
        return fetch_is_url(issuer) && !strchr(issuer, '?');
}

static int refuse(const char **ret_reason, const char *reason) {
        *ret_reason = reason;
        return -EINVAL;
}

int discovery_read(const char *json, size_t length, const char *issuer, char **ret_url, const char **ret_reason) {
        _cleanup_json_ json_t *document = text_json_depth(json, length) > DEPTH_MAX
                                                  ? NULL
                                                  : json_loadb(json, length, JSON_REJECT_DUPLICATES, NULL);
        const char *name = json_string_value(json_object_get(document, "issuer"));
        const char *url = json_string_value(json_object_get(document, "jwks_uri"));

        if (!json_is_object(document))
                return refuse(ret_reason, "the issuer's document is not a JSON object with unique members");
        if (!name || strcmp(name, issuer) != 0)
                return refuse(ret_reason, "the document is of another issuer");
        if (!url || !fetch_is_url(url))
                return refuse(ret_reason, "jwks_uri of the issuer's document is no https URL");
        *ret_url = strdup(url);
        return *ret_url ? 0 : refuse(ret_reason, "out of memory");
}

/* The path of an issuer's URL, and where it ends when a slash is its last character. */
static const char *path_of(const char *issuer, int *ret_length) {
        const char *path = strchrnul(issuer + strlen(FETCH_SCHEME), '/');
        size_t length = strlen(path);

        *ret_length = (int)(length > 0 && path[length - 1] == '/' ? length - 1 : length);
        return path;
}

int discover(const struct fetch *fetch, char **ret_url, bool *ret_public_only,
             char ret_reason[static FETCH_REASON_SIZE]) {
        _cleanup_free_ char *openid = NULL, *oauth = NULL;
        _cleanup_(text_free) struct text document = {0};
        struct fetch asked = *fetch;
        const char *reason, *path;
        int length;

        path = path_of(fetch->url, &length);
        int before = (int)(path - fetch->url);
        if (asprintf(&openid, "%.*s/.well-known/openid-configuration", before + length, fetch->url) < 0 ||
            asprintf(&oauth, "%.*s/.well-known/oauth-authorization-server%.*s", before, fetch->url, length, path) < 0)
                return -ENOMEM;
        asked.url = openid;
        int r = fetch_document(&asked, &document, ret_public_only, ret_reason);
        if (r == -ENOENT) {
                asked.url = oauth;
                r = fetch_document(&asked, &document, ret_public_only, ret_reason);
        }
        if (r != 0)
                return -EIO;
        if (discovery_read(document.data ?: "", document.length, fetch->url, ret_url, &reason) == 0)
                return 0;
        snprintf(ret_reason, FETCH_REASON_SIZE, "%s", reason);
        return -EIO;
}
