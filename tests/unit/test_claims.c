#include "auth/claims.h"
#include "core/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1800000000

/* The claims of a good token, and what `more` adds or puts in their place. */
static json_t *payload(const char *more) {
        json_t *claims = json_pack("{s:s,s:s,s:s,s:I}", "iss", "https://issuer.example", "aud", "kiki", "sub", "210002",
                                   "exp", (json_int_t)NOW + 300);
        json_t *others = json_loads(more, 0, NULL);

        assert_non_null(others);
        assert_int_equal(json_object_update(claims, others), 0);
        json_decref(others);
        return claims;
}

static int check(const json_t *claims, struct claims *ret_claims, const char **ret_reason) {
        return claims_check(claims, "https://issuer.example", "kiki", NOW, ret_claims, ret_reason);
}

static void assert_caller(const char *more, const char *subject, const char *client, const char *scopes) {
        _cleanup_json_ json_t *given = payload(more);
        _cleanup_(claims_free) struct claims claims = {0};
        const char *reason = "";

        if (check(given, &claims, &reason) != 0)
                fail_msg("%s: refused because %s", more, reason);
        assert_string_equal(claims.subject ?: "none", subject ?: "none");
        assert_string_equal(claims.client ?: "none", client ?: "none");
        assert_string_equal(claims.scopes, scopes);
}

static void assert_refused(const char *more, const char *without, const char *reason) {
        _cleanup_json_ json_t *given = payload(more);
        struct claims claims = {0};
        const char *heard = "";

        if (without)
                json_object_del(given, without);
        assert_int_equal(check(given, &claims, &heard), -EINVAL);
        if (!strstr(heard, reason))
                fail_msg("%s: refused because \"%s\", not \"%s\"", more, heard, reason);
        assert_null(claims.scopes);
}

static void callers(void **state) {
        (void)state;
        assert_caller("{}", "210002", NULL, "");
        assert_caller("{\"client_id\":\"portal\"}", "210002", NULL, "");
        assert_caller("{\"client_id\":\"210002\"}", NULL, "210002", "");
        assert_caller("{\"sub\":\"gateway\",\"client_id\":\"gateway\",\"scope\":\"usage:read\"}", NULL, "gateway",
                      "usage:read");
        assert_refused("{\"client_id\":5}", NULL, "no name");
        assert_refused("{\"sub\":\"\"}", NULL, "no name");
        assert_refused("{\"sub\":null}", NULL, "no name");
        assert_refused("{\"sub\":[\"210002\"]}", NULL, "no name");
        assert_refused("{\"sub\":\"a\\nb\"}", NULL, "no name");
        assert_refused("{}", "sub", "neither sub nor client_id");
        _cleanup_json_ json_t *long_name = json_sprintf("%0256d", 1);
        _cleanup_json_ json_t *given = payload("{}");
        json_object_set(given, "sub", long_name);
        struct claims claims;
        const char *reason = "";
        assert_int_equal(check(given, &claims, &reason), -EINVAL);
        assert_string_equal(reason, "sub or client_id is no name");
}

static void a_client_without_subject(void **state) {
        _cleanup_json_ json_t *given = payload("{\"client_id\":\"gateway\"}");
        _cleanup_(claims_free) struct claims claims = {0};
        const char *reason = "";

        (void)state;
        json_object_del(given, "sub");
        assert_int_equal(check(given, &claims, &reason), 0);
        assert_null(claims.subject);
        assert_string_equal(claims.client, "gateway");
        assert_int_equal(claims.expires, NOW + 300);
}

static void scopes(void **state) {
        (void)state;
        assert_caller("{\"scope\":\"usage:read usage:write\"}", "210002", NULL, "usage:read usage:write");
        assert_caller("{\"scope\":\"  usage:read   usage:write \"}", "210002", NULL, "usage:read usage:write");
        assert_caller("{\"scope\":\"\"}", "210002", NULL, "");
        assert_caller("{\"scp\":\"usage:read\"}", "210002", NULL, "usage:read");
        assert_caller("{\"scp\":[\"usage:read\",\"usage:write audit:read\"]}", "210002", NULL,
                      "usage:read usage:write audit:read");
        assert_caller("{\"scp\":[]}", "210002", NULL, "");
        assert_refused("{\"scope\":1}", NULL, "scope");
        assert_refused("{\"scope\":null}", NULL, "scope");
        assert_refused("{\"scope\":{}}", NULL, "scope");
        assert_refused("{\"scp\":[1]}", NULL, "scope");
        assert_refused("{\"scope\":\"a\\tb\"}", NULL, "scope");
        assert_refused("{\"scope\":\"a\\\\b\"}", NULL, "scope");
        assert_refused("{\"scope\":\"消防\"}", NULL, "scope");
}

static void times(void **state) {
        (void)state;
        assert_caller("{\"exp\":1800000001}", "210002", NULL, "");
        assert_caller("{\"exp\":1800000300.5}", "210002", NULL, "");
        assert_caller("{\"nbf\":1800000060,\"iat\":1800000060}", "210002", NULL, "");
        assert_refused("{\"exp\":1800000000}", NULL, "expired");
        assert_refused("{\"exp\":1800000000.9}", NULL, "expired");
        assert_refused("{\"exp\":0}", NULL, "expired");
        assert_refused("{}", "exp", "exp is missing");
        assert_refused("{\"exp\":\"1800000300\"}", NULL, "exp is missing");
        assert_refused("{\"exp\":-1}", NULL, "exp is missing");
        assert_refused("{\"exp\":1e300}", NULL, "exp is missing");
        assert_refused("{\"exp\":9223372036854775807}", NULL, "exp is missing");
        assert_refused("{\"nbf\":1800000061}", NULL, "not valid yet");
        assert_refused("{\"iat\":1800000061}", NULL, "not valid yet");
        assert_refused("{\"nbf\":\"now\"}", NULL, "no time");
        assert_refused("{\"iat\":null}", NULL, "no time");
}

static void issuer_and_audience(void **state) {
        (void)state;
        assert_caller("{\"aud\":[\"other\",\"kiki\"]}", "210002", NULL, "");
        assert_refused("{\"aud\":\"kiki2\"}", NULL, "audience");
        assert_refused("{\"aud\":\"KIKI\"}", NULL, "audience");
        assert_refused("{\"aud\":[\"other\"]}", NULL, "audience");
        assert_refused("{\"aud\":[]}", NULL, "audience");
        assert_refused("{\"aud\":[[\"kiki\"]]}", NULL, "audience");
        assert_refused("{\"aud\":{\"kiki\":1}}", NULL, "audience");
        assert_refused("{}", "aud", "audience");
        assert_refused("{\"iss\":\"https://issuer.example/\"}", NULL, "issuer");
        assert_refused("{\"iss\":\"https://ISSUER.example\"}", NULL, "issuer");
        assert_refused("{\"iss\":[\"https://issuer.example\"]}", NULL, "issuer");
        assert_refused("{}", "iss", "issuer");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(callers), cmocka_unit_test(a_client_without_subject), cmocka_unit_test(scopes),
                cmocka_unit_test(times),   cmocka_unit_test(issuer_and_audience),
        };
        return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
