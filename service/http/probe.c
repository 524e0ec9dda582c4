#include "http/probe.h"

#include "core/arena.h"
#include "core/cleanup.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { PROBE_TIMEOUT_S = 3 };

static size_t discard(char *bytes, size_t size, size_t count, void *closure) {
        (void)bytes;
        (void)closure;
        return size * count;
}

int probe_ready(const char *address, unsigned port) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        bool v6 = strchr(address, ':') != NULL, any = strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
        const char *host = any ? (v6 ? "::1" : "127.0.0.1") : address;
        CURL *curl = curl_easy_init();
        long status = 0;

        if (!curl)
                return -ENOMEM;
        curl_easy_setopt(curl, CURLOPT_URL,
                         arena_printf(arena, v6 ? "http://[%s]:%u/readyz" : "http://%s:%u/readyz", host, port));
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)PROBE_TIMEOUT_S);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
        CURLcode code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_cleanup(curl);
        return code == CURLE_OK && status == 200 ? 0 : -EIO;
}
