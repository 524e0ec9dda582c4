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

#define ISSUER "\"issuer\":\"https://issuer.example\",\"audience\":\"kiki\""

/* What the issuer's entry says beside its name. Each test begins with none. */
static json_t *entry;
static struct profile profile;

static void use(const char *more) {
        char text[1024];
        struct complaint complaint = {.reason = ""};

        json_decref(entry);
        snprintf(text, sizeof(text), "{" ISSUER "%s}", more);
        entry = json_loads(text, 0, NULL);
        if (profile_read(entry, NULL, &profile, &complaint) != 0)
                fail_msg("%s: %s %s", more, complaint.member, complaint.reason);
}

static int plain(void **state) {
        (void)state;
        use("");
        return 0;
}

static int check_typed(json_t *claims, bool says_access, struct claims *ret_claims, const char **ret_reason) {
        const struct token token = {.payload = claims, .says_access = says_access};

        return claims_check(&token, &profile, NOW, ret_claims, ret_reason);
}

static int check(json_t *claims, struct claims *ret_claims, const char **ret_reason) {
        return check_typed(claims, true, ret_claims, ret_reason);
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
        assert_int_equal(check(given, &claims, &heard), strcmp(reason, "expired") == 0 ? -ETIME : -EINVAL);
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
        assert_refused("{}", "sub", "neither a person nor a client");
        _cleanup_json_ json_t *long_name = json_sprintf("%0256d", 1);
        _cleanup_json_ json_t *given = payload("{}");
        json_object_set(given, "sub", long_name);
        struct claims claims;
        const char *reason = "";
        assert_int_equal(check(given, &claims, &reason), -EINVAL);
        assert_string_equal(reason, "the person's claim is no name");
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
        assert_caller("{\"scp\":[\"管理者\",\"usage:read\",\"a\\tb\",\"\"]}", "210002", NULL,
                      "usage:read"); /* roles of other systems */
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

/* What is wrong besides speaks before the time does, so that nobody gets a new token that is as bad. */
static void expired_is_said_of_nothing_else(void **state) {
        (void)state;
        assert_refused("{\"exp\":1,\"aud\":\"other\"}", NULL, "audience");
        assert_refused("{\"exp\":1,\"sub\":5}", NULL, "no name");
        assert_refused("{\"exp\":1,\"nbf\":1800000061}", NULL, "not valid yet");
        assert_refused("{\"exp\":1}", NULL, "expired");
}

static void assert_kind(const char *more, bool says_access, int result) {
        _cleanup_json_ json_t *given = payload(more);
        _cleanup_(claims_free) struct claims claims = {0};
        const char *reason = "";

        if (check_typed(given, says_access, &claims, &reason) != result)
                fail_msg("%s: %s", more, reason);
}

static void other_kinds_of_tokens(void **state) {
        (void)state;
        assert_kind("{}", true, 0);
        assert_kind("{\"typ\":\"Bearer\",\"token_use\":\"access\",\"scope\":\"usage:read\"}", false, -EINVAL);
        use(",\"access_token\":{\"claim\":\"typ\",\"is\":\"Bearer\"}"); /* Keycloak */
        assert_kind("{\"typ\":\"Bearer\"}", false, 0);
        assert_kind("{\"typ\":\"ID\"}", false, -EINVAL);
        assert_kind("{\"typ\":\"Refresh\"}", false, -EINVAL);
        assert_kind("{\"typ\":[\"Bearer\"]}", false, -EINVAL);
        assert_kind("{\"typ\":\"bearer\"}", false, -EINVAL);
        assert_kind("{}", false, -EINVAL);
        assert_kind("{}", true, 0);
        use(",\"access_token\":{\"claim\":\"token_use\",\"is\":[\"access\",\"app\"]}"); /* Cognito */
        assert_kind("{\"token_use\":\"access\"}", false, 0);
        assert_kind("{\"token_use\":\"id\"}", false, -EINVAL);
        use(",\"access_token\":{\"claim\":\"scope\"}");
        assert_kind("{\"scope\":\"\"}", false, 0);
        assert_kind("{\"scope\":[]}", false, 0);
        assert_kind("{\"scope\":null}", false, -EINVAL);
        assert_kind("{}", false, -EINVAL);
        use(",\"access_token\":{\"claim\":\"nonce\",\"is\":null}");
        assert_kind("{}", false, 0);
        assert_kind("{\"nonce\":\"a\"}", false, -EINVAL);
        assert_kind("{\"nonce\":null}", false, -EINVAL);
}

static void a_person_by_another_claim(void **state) {
        (void)state;
        use(",\"person\":{\"claim\":\"employee_number\",\"matches\":\"number\"}");
        assert_string_equal(profile.person.matches, "number");
        assert_caller("{\"employee_number\":\"210003\"}", "210003", NULL, "");
        assert_refused("{}", NULL, "neither a person nor a client");
        assert_refused("{\"employee_number\":210003}", NULL, "no name");
        assert_refused("{\"employee_number\":[\"210003\"]}", NULL, "no name");
        /* Whose account has no number does not become the program that he uses. */
        assert_refused("{\"client_id\":\"gateway\"}", NULL, "neither a person nor a client");
        assert_caller("{\"sub\":\"gateway\",\"client_id\":\"gateway\"}", NULL, "gateway", "");
}

static void a_client_that_looks_like_keycloaks(void **state) {
        (void)state;
        use(",\"person\":{\"claim\":\"preferred_username\"},\"client\":{\"claim\":\"azp\",\"when\":"
            "{\"claim\":\"preferred_username\",\"is\":\"service-account-{client}\"}}");
        assert_caller("{\"azp\":\"gateway\",\"preferred_username\":\"service-account-gateway\"}", NULL, "gateway", "");
        assert_caller("{\"azp\":\"gateway\",\"preferred_username\":\"tanaka\"}", "tanaka", NULL, "");
        assert_caller("{\"azp\":\"gateway\",\"client_id\":\"gateway\",\"sub\":\"gateway\","
                      "\"preferred_username\":\"tanaka\"}",
                      "tanaka", NULL, "");
        /* Of another, of nobody, of a longer name, as a list. */
        assert_caller("{\"azp\":\"gateway\",\"preferred_username\":\"service-account-portal\"}",
                      "service-account-portal", NULL, "");
        assert_caller("{\"preferred_username\":\"service-account-gateway\"}", "service-account-gateway", NULL, "");
        assert_caller("{\"azp\":\"gateway\",\"preferred_username\":\"service-account-gateway2\"}",
                      "service-account-gateway2", NULL, "");
        assert_caller("{\"azp\":\"gateway\",\"preferred_username\":\"service-account-\"}", "service-account-", NULL,
                      "");
        assert_refused("{\"azp\":[\"gateway\"],\"preferred_username\":\"service-account-gateway\"}", NULL, "no name");
        assert_refused("{\"azp\":\"gateway\",\"preferred_username\":[\"service-account-gateway\"]}", NULL, "no name");
        assert_refused("{\"azp\":\"gateway\"}", NULL, "neither a person nor a client");
}

static void a_client_that_looks_like_entras(void **state) {
        (void)state;
        use(",\"person\":{\"claim\":\"oid\"},\"client\":{\"claim\":\"azp\",\"when\":{\"claim\":\"idtyp\",\"is\":"
            "\"app\"}},\"scopes\":\"roles\"");
        assert_caller("{\"oid\":\"o\",\"azp\":\"g\",\"idtyp\":\"app\",\"roles\":[\"usage:read\"]}", NULL, "g",
                      "usage:read");
        assert_caller("{\"oid\":\"o\",\"azp\":\"g\",\"scp\":\"usage:read\",\"scope\":\"audit:read\"}", "o", NULL, "");
        assert_caller("{\"oid\":\"o\",\"azp\":\"g\",\"idtyp\":\"user\"}", "o", NULL, "");
        assert_caller("{\"oid\":\"o\",\"azp\":\"g\",\"idtyp\":[\"app\"]}", "o", NULL, "");
        assert_refused("{\"oid\":\"o\",\"idtyp\":\"app\"}", NULL, "neither a person nor a client");
        assert_refused("{\"azp\":\"g\"}", NULL, "neither a person nor a client");
}

static void an_issuer_of_one_kind(void **state) {
        (void)state;
        use(",\"client\":null");
        assert_caller("{\"sub\":\"gateway\",\"client_id\":\"gateway\"}", "gateway", NULL, "");
        assert_refused("{\"client_id\":\"gateway\"}", "sub", "neither a person nor a client");
        use(",\"person\":null");
        assert_caller("{\"sub\":\"gateway\",\"client_id\":\"gateway\"}", NULL, "gateway", "");
        assert_refused("{\"client_id\":\"gateway\"}", NULL, "neither a person nor a client");
        use(",\"client\":{\"claim\":\"sub\",\"matches\":\"subject\",\"when\":{\"claim\":\"gty\",\"is\":"
            "\"client-credentials\"}}");
        assert_caller("{\"sub\":\"a@clients\",\"gty\":\"client-credentials\"}", NULL, "a@clients", "");
        assert_caller("{\"sub\":\"a@clients\"}", "a@clients", NULL, "");
}

/* Where every person has the claim, what has it not is a client. */
static void a_client_has_no_persons_claim(void **state) {
        (void)state;
        use(",\"person\":{\"claim\":\"employee_number\"},\"client\":{\"claim\":\"appid\",\"when\":"
            "{\"claim\":\"employee_number\",\"is\":null}}");
        assert_caller("{\"appid\":\"gateway\"}", NULL, "gateway", "");
        assert_caller("{\"appid\":\"gateway\",\"employee_number\":\"210003\"}", "210003", NULL, "");
        assert_refused("{\"appid\":\"gateway\",\"employee_number\":null}", NULL, "no name");
        assert_refused("{\"appid\":\"gateway\",\"employee_number\":\"\"}", NULL, "no name");
        assert_refused("{}", NULL, "neither a person nor a client");
}

static void scopes_elsewhere(void **state) {
        (void)state;
        use(",\"scopes\":\"permissions\"");
        assert_caller("{\"permissions\":[\"usage:read\"],\"scope\":\"audit:read\"}", "210002", NULL, "usage:read");
        assert_caller("{\"scope\":\"audit:read\"}", "210002", NULL, "");
}

/* Where in the entry, and why. */
static void assert_complaint(const char *more, const char *member, const char *reason) {
        char text[512];
        struct complaint complaint = {.reason = ""};
        struct profile untouched = {0};

        snprintf(text, sizeof(text), "{" ISSUER "%s}", more);
        _cleanup_json_ json_t *given = json_loads(text, 0, NULL);
        assert_non_null(given);
        assert_int_equal(profile_read(given, NULL, &untouched, &complaint), -EINVAL);
        if (strcmp(complaint.member, member) != 0 || !strstr(complaint.reason, reason))
                fail_msg("%s: %s %s", more, complaint.member, complaint.reason);
        assert_null(untouched.issuer);
}

static void what_a_profile_may_not_say(void **state) {
        (void)state;
        assert_complaint(",\"scope\":\"scp\"", "/scope", "is not known");
        assert_complaint(",\"scopes\":[\"scp\"]", "/scopes", "must be a text");
        assert_complaint(",\"access_token\":\"typ\"", "/access_token", "must be an object");
        assert_complaint(",\"access_token\":{}", "/access_token/claim", "is missing");
        assert_complaint(",\"access_token\":{\"claim\":\"typ\",\"equals\":\"Bearer\"}", "/access_token/equals",
                         "is not known");
        assert_complaint(",\"access_token\":{\"claim\":\"typ\",\"is\":[]}", "/access_token/is", "must be a text");
        assert_complaint(",\"access_token\":{\"claim\":\"typ\",\"is\":[\"a\",1]}", "/access_token/is",
                         "must be a text");
        assert_complaint(",\"access_token\":{\"claim\":\"typ\",\"is\":\"{client}\"}", "/access_token/is",
                         "without braces");
        assert_complaint(",\"client\":{\"when\":{\"claim\":\"a\",\"is\":\"service-account-{clientId}\"}}",
                         "/client/when/is", "no other braces");
        assert_complaint(",\"client\":{\"when\":{\"claim\":\"a\",\"is\":\"{client}-{client}\"}}", "/client/when/is",
                         "no other braces");
        assert_complaint(",\"person\":\"sub\"", "/person", "must be an object");
        assert_complaint(",\"person\":{\"claim\":\"\"}", "/person/claim", "not empty");
        assert_complaint(",\"person\":{\"claim\":\"a\\n\"}", "/person/claim", "control characters");
        assert_complaint(",\"person\":{\"matches\":\"staff_number\"}", "/person/matches", "subject or number");
        assert_complaint(",\"person\":{\"when\":{}}", "/person/when", "is not known");
        assert_complaint(",\"client\":{\"matches\":\"number\"}", "/client/matches", "client_id or subject");
        assert_complaint(",\"client\":{\"when\":null}", "/client/when", "must be an object");
        assert_complaint(",\"client\":{\"when\":{\"is\":\"a\"}}", "/client/when/claim", "is missing");
        assert_complaint(",\"client\":null,\"person\":null", "/client", "nobody could call");
}

static int end(void **state) {
        (void)state;
        json_decref(entry);
        return 0;
}

int main(void) {
#define PLAIN(test) cmocka_unit_test_setup(test, plain)
        const struct CMUnitTest tests[] = {
                PLAIN(callers),
                PLAIN(a_client_without_subject),
                PLAIN(scopes),
                PLAIN(times),
                PLAIN(issuer_and_audience),
                PLAIN(expired_is_said_of_nothing_else),
                PLAIN(other_kinds_of_tokens),
                PLAIN(a_person_by_another_claim),
                PLAIN(a_client_that_looks_like_keycloaks),
                PLAIN(a_client_that_looks_like_entras),
                PLAIN(an_issuer_of_one_kind),
                PLAIN(a_client_has_no_persons_claim),
                PLAIN(scopes_elsewhere),
                cmocka_unit_test(what_a_profile_may_not_say),
        };
        return cmocka_run_group_tests_name("claims", tests, NULL, end);
}
