#include "auth/fetch.h"

#include "core/cleanup.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>

struct receiving {
        struct text body;
        size_t limit;
        const atomic_bool *stop;
};

static void cleanup_curl(CURL **curl) {
        curl_easy_cleanup(*curl);
}

static void cleanup_list(struct curl_slist **list) {
        curl_slist_free_all(*list);
}

static size_t receive(char *bytes, size_t size, size_t count, void *closure) {
        struct receiving *receiving = closure;

        if (size * count > receiving->limit - receiving->body.length)
                return CURL_WRITEFUNC_ERROR;
        text_append(&receiving->body, bytes, size * count);
        return size * count;
}

static int watch(void *closure, curl_off_t to_get, curl_off_t got, curl_off_t to_send, curl_off_t sent) {
        const struct receiving *receiving = closure;

        (void)to_get, (void)got, (void)to_send, (void)sent;
        return receiving->stop && atomic_load(receiving->stop);
}

/* Every option counts: one that is not taken would let something else be fetched, or believed. */
static bool prepare(CURL *curl, const struct fetch *fetch, struct curl_slist *headers, struct receiving *receiving) {
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
        SET(CURLOPT_TIMEOUT_MS, (long)fetch->deadline_ms);
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

int fetch_document(const struct fetch *fetch, struct text *ret_document, char ret_reason[static FETCH_REASON_SIZE]) {
        _cleanup_(cleanup_curl) CURL *curl = curl_easy_init();
        _cleanup_(cleanup_list) struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
        struct receiving receiving = {.limit = fetch->limit, .stop = fetch->stop};
        long status = 0;

        if (!curl || !headers) {
                snprintf(ret_reason, FETCH_REASON_SIZE, "out of memory");
                return -EIO;
        }
        if (!prepare(curl, fetch, headers, &receiving)) {
                snprintf(ret_reason, FETCH_REASON_SIZE, "libcurl does not take an option");
                return -EIO;
        }
        CURLcode code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (code == CURLE_OK && status == 200) {
                *ret_document = receiving.body;
                return 0;
        }
        text_free(&receiving.body);
        if (code != CURLE_OK)
                snprintf(ret_reason, FETCH_REASON_SIZE, "%s", curl_easy_strerror(code));
        else
                snprintf(ret_reason, FETCH_REASON_SIZE, "status %ld", status);
        return -EIO;
}
