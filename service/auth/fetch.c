#include "auth/fetch.h"

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/network.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct receiving {
        struct text body;
        const struct fetch *fetch;
        bool public; /* one of the addresses that were tried */
        bool barred; /* the last of them */
};

bool fetch_is_url(const char *url) {
        const char *authority = url + strlen(FETCH_SCHEME);

        if (strncmp(url, FETCH_SCHEME, strlen(FETCH_SCHEME)) != 0)
                return false;
        for (const char *c = url; *c; c++)
                if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || strchr("\"<>\\^`{|}#", *c))
                        return false;
        size_t length = strcspn(authority, "/?");
        return length > 0 && !memchr(authority, '@', length);
}

static void cleanup_curl(CURL **curl) {
        curl_easy_cleanup(*curl);
}

static void cleanup_list(struct curl_slist **list) {
        curl_slist_free_all(*list);
}

static size_t receive(char *bytes, size_t size, size_t count, void *closure) {
        struct receiving *receiving = closure;

        if (size * count > receiving->fetch->limit - receiving->body.length)
                return CURL_WRITEFUNC_ERROR;
        text_append(&receiving->body, bytes, size * count);
        return size * count;
}

static int watch(void *closure, curl_off_t to_get, curl_off_t got, curl_off_t to_send, curl_off_t sent) {
        const struct receiving *receiving = closure;

        (void)to_get, (void)got, (void)to_send, (void)sent;
        return receiving->fetch->stop && atomic_load(receiving->fetch->stop);
}

/* The address is known here, whatever name led to it. */
static curl_socket_t open_socket(void *closure, curlsocktype purpose, struct curl_sockaddr *address) {
        struct receiving *receiving = closure;

        (void)purpose;
        bool public = network_is_public(&address->addr);
        receiving->public |= public;
        receiving->barred = receiving->fetch->public_only && !public;
        if (receiving->barred)
                return CURL_SOCKET_BAD;
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Every option counts: one that is not taken would let something else be fetched, or believed. */
static bool prepare(CURL *curl, struct curl_slist *headers, struct receiving *receiving) {
        const struct fetch *fetch = receiving->fetch;
        int64_t left_ms = fetch->until_ms - clock_monotonic_ms();
        const char *ca_path = NULL;
        CURLcode code = CURLE_OK;

#define SET(option, value) (code = code ?: curl_easy_setopt(curl, option, value))
        SET(CURLOPT_URL, fetch->url);
        SET(CURLOPT_PROTOCOLS_STR, "https");
        SET(CURLOPT_FOLLOWLOCATION, 0L);
        SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
        if (fetch->ca_file) {
                SET(CURLOPT_CAINFO, fetch->ca_file);
                SET(CURLOPT_CAPATH, ca_path);
        }
        SET(CURLOPT_TIMEOUT_MS, (long)(left_ms > 0 ? left_ms : 1)); /* 0 is for ever */
        SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
        SET(CURLOPT_OPENSOCKETDATA, receiving);
        SET(CURLOPT_NOSIGNAL, 1L); /* threads */
        SET(CURLOPT_HTTPHEADER, headers);
        SET(CURLOPT_USERAGENT, "kiki");
        SET(CURLOPT_WRITEFUNCTION, receive);
        SET(CURLOPT_WRITEDATA, receiving);
        SET(CURLOPT_NOPROGRESS, 0L);
        SET(CURLOPT_XFERINFOFUNCTION, watch);
        SET(CURLOPT_XFERINFODATA, receiving);
#undef SET
        return code == CURLE_OK;
}

static int refuse(int error, char ret_reason[static FETCH_REASON_SIZE], const char *reason) {
        snprintf(ret_reason, FETCH_REASON_SIZE, "%s", reason);
        return error;
}

int fetch_document(const struct fetch *fetch, struct text *ret_document, bool *ret_public,
                   char ret_reason[static FETCH_REASON_SIZE]) {
        _cleanup_(cleanup_curl) CURL *curl = curl_easy_init();
        _cleanup_(cleanup_list) struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
        struct receiving receiving = {.fetch = fetch};
        long status = 0;

        if (!curl || !headers)
                return refuse(-EIO, ret_reason, "out of memory");
        if (!prepare(curl, headers, &receiving))
                return refuse(-EIO, ret_reason, "libcurl does not take an option");
        CURLcode code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (code == CURLE_OK && status == 200) {
                text_drop_mark(&receiving.body);
                *ret_document = receiving.body;
                if (ret_public)
                        *ret_public = receiving.public;
                return 0;
        }
        text_free(&receiving.body);
        if (receiving.barred)
                return refuse(-EIO, ret_reason, "a public server names an address of a private network");
        if (code != CURLE_OK)
                return refuse(-EIO, ret_reason, curl_easy_strerror(code));
        snprintf(ret_reason, FETCH_REASON_SIZE, "status %ld", status);
        return status == 404 ? -ENOENT : -EIO;
}
