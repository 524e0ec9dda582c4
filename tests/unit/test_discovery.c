#include "auth/discovery.h"
#include "auth/keys.h"
#include "core/clock.h"
#include "core/log.h"

#include "server.h"
#include "sign.h"

#include <curl/curl.h>
#include <errno.h>

/* An issuer at the server's address, without a slash, with one, and with a path. */
static char slash[80], realm[80];
static EVP_PKEY *pkey;

static int begin(void **state) {
        (void)state;
        log_set_level(LOG_LEVEL_ERROR);
        curl_global_init(CURL_GLOBAL_DEFAULT);
        pkey = EVP_RSA_gen(2048);
        if (folder_make() != 0 || server_start() != 0)
                return -1;
        snprintf(slash, sizeof(slash), "%s/", server_url);
        snprintf(realm, sizeof(realm), "%s/realms/city", server_url);
        _cleanup_free_ char *key = jwk_of(pkey, "\"kid\":\"a\""), *set = NULL;
        assert_true(asprintf(&set, "{\"keys\":[%s]}", key) > 0);
        folder_write("jwks.json", set);
        return 0;
}

static int end(void **state) {
        (void)state;
        server_stop();
        folder_remove();
        EVP_PKEY_free(pkey);
        curl_global_cleanup();
        return 0;
}

static void make_folders(const char *path) {
        char whole[256];

        snprintf(whole, sizeof(whole), "%s/%s", folder, path);
        for (char *c = whole + strlen(folder) + 1; (c = strchr(c, '/')); c++) {
                *c = '\0';
                assert_true(mkdir(whole, 0755) == 0 || errno == EEXIST);
                *c = '/';
        }
}

/* Puts a document of the issuer, with that jwks_uri, in its place. */
static void publish(const char *path, const char *issuer, const char *jwks_uri) {
        _cleanup_free_ char *document = NULL;

        make_folders(path);
        assert_true(asprintf(&document, "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}", issuer, jwks_uri) > 0);
        folder_write(path, document);
}

static int forget(void **state) {
        static const char *const documents[] = {/* and the folder that one of them had */
                                                ".well-known/openid-configuration",
                                                "realms/city/.well-known/openid-configuration",
                                                ".well-known/oauth-authorization-server/realms/city",
                                                ".well-known/oauth-authorization-server/realms",
                                                ".well-known/oauth-authorization-server",
                                                "count",
                                                "status",
                                                "location"};

        (void)state;
        for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
                remove(in_folder(documents[i]));
        return 0;
}

/* How many keys are found for an issuer, 0 or 1. */
static int keys_of(const char *issuer) {
        const struct keys_options options = {
                .issuer = issuer,
                .source = KEYS_DISCOVERED,
                .location = issuer,
                .ca_file = ca_file,
                .rules = {.algorithms = ALGORITHM_RS256},
                .refresh_s = 3600,
                .cooldown_s = 1,
                .stale_s = 3600,
        };
        struct keys *keys = NULL;

        assert_int_equal(keys_open(&options, &keys), 0); /* a server that does not give any may do so later */
        int found = (int)keys_generation(keys);
        keys_close(keys);
        return found;
}

static char *jwks_url(void) {
        static char url[80];

        snprintf(url, sizeof(url), "%s/keys", server_url);
        return url;
}

static void by_openid_connect(void **state) {
        (void)state;
        publish(".well-known/openid-configuration", server_url, jwks_url());
        assert_int_equal(keys_of(server_url), 1);
        assert_int_equal(server_requests(), 2);
        publish(".well-known/openid-configuration", slash, jwks_url());
        assert_int_equal(keys_of(slash), 1);
        publish("realms/city/.well-known/openid-configuration", realm, jwks_url());
        assert_int_equal(keys_of(realm), 1);
}

static void by_rfc_8414(void **state) {
        (void)state;
        publish(".well-known/oauth-authorization-server", slash, jwks_url());
        assert_int_equal(keys_of(slash), 1);
        assert_int_equal(server_requests(), 3);
        remove(in_folder(".well-known/oauth-authorization-server"));
        publish(".well-known/oauth-authorization-server/realms/city", realm, jwks_url());
        assert_int_equal(keys_of(realm), 1);
        assert_int_equal(keys_of(slash), 0);
}

static void windows_begins_a_text_with_a_mark(void **state) {
        _cleanup_free_ char *document = NULL;
        _cleanup_free_ char *key = jwk_of(pkey, "\"kid\":\"a\""), *plain = NULL, *marked = NULL;

        (void)state;
        publish(".well-known/openid-configuration", server_url, jwks_url());
        assert_true(asprintf(&document, "\xef\xbb\xbf{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}", server_url, jwks_url()) >
                    0);
        folder_write(".well-known/openid-configuration", document);
        assert_int_equal(keys_of(server_url), 1);
        assert_true(asprintf(&plain, "{\"keys\":[%s]}", key) > 0 && asprintf(&marked, "\xef\xbb\xbf%s", plain) > 0);
        folder_write("jwks.json", marked);
        assert_int_equal(keys_of(server_url), 1);
        folder_write("jwks.json", plain);
}

static void exactly_this_issuer(void **state) {
        (void)state;
        publish(".well-known/openid-configuration", slash, jwks_url());
        assert_int_equal(keys_of(server_url), 0);
        publish(".well-known/openid-configuration", server_url, jwks_url());
        assert_int_equal(keys_of(slash), 0);
        publish(".well-known/openid-configuration", "https://evil.example", jwks_url());
        assert_int_equal(keys_of(server_url), 0);
        /* A document of another is an answer: nothing else is asked for. */
        publish(".well-known/oauth-authorization-server", server_url, jwks_url());
        assert_int_equal(keys_of(server_url), 0);
}

static void no_redirect_no_flood(void **state) {
        char elsewhere[160];

        (void)state;
        publish("realms/city/.well-known/openid-configuration", server_url, jwks_url());
        publish(".well-known/openid-configuration", server_url, jwks_url());
        folder_write("status", "302");
        snprintf(elsewhere, sizeof(elsewhere), "%s/.well-known/openid-configuration", realm);
        folder_write("location", elsewhere);
        assert_int_equal(keys_of(server_url), 0);
        assert_int_equal(server_requests(), 1);
        forget(NULL);
        _cleanup_free_ char *flood = NULL;
        assert_true(asprintf(&flood, "%*s{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}", 256 * 1024, "", server_url,
                             jwks_url()) > 0);
        folder_write(".well-known/openid-configuration", flood);
        assert_int_equal(keys_of(server_url), 0);
}

static void only_https(void **state) {
        char plain[80];

        (void)state;
        snprintf(plain, sizeof(plain), "%s/keys", plain_server_url);
        publish(".well-known/openid-configuration", server_url, plain);
        assert_int_equal(keys_of(server_url), 0);
        assert_int_equal(server_requests(), 1);
}

/* Of all servers that a test can have, none is public; so what holds for those is asked for by itself. */
static void a_public_server_names_no_private_one(void **state) {
        struct fetch fetch = {.url = jwks_url(), .ca_file = ca_file, .limit = 65536, .public_only = true};
        char reason[FETCH_REASON_SIZE] = "";
        struct text document = {0};
        bool public = true;

        (void)state;
        fetch.until_ms = clock_monotonic_ms() + 5000;
        assert_int_equal(fetch_document(&fetch, &document, NULL, reason), -EIO);
        assert_string_equal(reason, "a public server names an address of a private network");
        assert_int_equal(server_requests(), 0);
        fetch.public_only = false;
        assert_int_equal(fetch_document(&fetch, &document, &public, reason), 0);
        assert_false(public);
        text_free(&document);
        fetch.until_ms = clock_monotonic_ms();
        assert_int_equal(fetch_document(&fetch, &document, NULL, reason), -EIO);
}

static void what_a_document_may_say(void **state) {
        static const struct {
                const char *document, *url, *reason;
        } cases[] = {
                {"{\"issuer\":\"https://a.example\",\"jwks_uri\":\"https://b.example/k?x=1\"}",
                 "https://b.example/k?x=1", NULL},
                {"", NULL, "not a JSON object"},
                {"[]", NULL, "not a JSON object"},
                {"{\"issuer\":\"https://b.example\",\"issuer\":\"https://a.example\",\"jwks_uri\":\"https://a.example/"
                 "k\"}",
                 NULL, "not a JSON object"},
                {"{\"jwks_uri\":\"https://a.example/k\"}", NULL, "another issuer"},
                {"{\"issuer\":[\"https://a.example\"],\"jwks_uri\":\"https://a.example/k\"}", NULL, "another issuer"},
                {"{\"issuer\":\"https://A.example\",\"jwks_uri\":\"https://a.example/k\"}", NULL, "another issuer"},
                {"{\"issuer\":\"https://a.example\"}", NULL, "jwks_uri"},
                {"{\"issuer\":\"https://a.example\",\"jwks_uri\":[]}", NULL, "jwks_uri"},
                {"{\"issuer\":\"https://a.example\",\"jwks_uri\":\"/k\"}", NULL, "jwks_uri"},
                {"{\"issuer\":\"https://a.example\",\"jwks_uri\":\"http://a.example/k\"}", NULL, "jwks_uri"},
                {"{\"issuer\":\"https://a.example\",\"jwks_uri\":\"file:///etc/passwd\"}", NULL, "jwks_uri"},
                {"{\"issuer\":\"https://a.example\",\"jwks_uri\":\"https://\"}", NULL, "jwks_uri"},
                {"{\"issuer\":\"https://a.example\",\"jwks_uri\":\"https:///k\"}", NULL, "jwks_uri"},
                {"{\"issuer\":\"https://a.example\",\"jwks_uri\":\"https://a:b@c.example/k\"}", NULL, "jwks_uri"},
                {"{\"issuer\":\"https://a.example\",\"jwks_uri\":\"https://a.example/k#f\"}", NULL, "jwks_uri"},
                {"{\"issuer\":\"https://a.example\",\"jwks_uri\":\"https://a.example/\\r\\nX: y\"}", NULL, "jwks_uri"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_free_ char *url = NULL;
                const char *reason = "", *document = cases[i].document;
                int r = discovery_read(document, strlen(document), "https://a.example", &url, &reason);
                if (r != (cases[i].url ? 0 : -EINVAL) || (cases[i].reason && !strstr(reason, cases[i].reason)))
                        fail_msg("%s: %d, %s", document, r, reason);
                if (cases[i].url)
                        assert_string_equal(url, cases[i].url);
        }
}

int main(void) {
#define CLEAN(test) cmocka_unit_test_setup(test, forget)
        const struct CMUnitTest tests[] = {
                CLEAN(by_openid_connect),
                CLEAN(by_rfc_8414),
                CLEAN(windows_begins_a_text_with_a_mark),
                CLEAN(exactly_this_issuer),
                CLEAN(no_redirect_no_flood),
                CLEAN(only_https),
                CLEAN(a_public_server_names_no_private_one),
                cmocka_unit_test(what_a_document_may_say),
        };
        return cmocka_run_group_tests_name("discovery", tests, begin, end);
}
