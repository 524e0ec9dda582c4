#include "auth/key.h"
#include "auth/key_set.h"

#include "sign.h"

#include <errno.h>

static EVP_PKEY *rsa, *small_rsa, *p256, *p384, *p521, *ed25519;

static int make_keys(void **state) {
        (void)state;
        rsa = EVP_RSA_gen(2048);
        small_rsa = EVP_RSA_gen(1024);
        p256 = EVP_EC_gen("P-256");
        p384 = EVP_EC_gen("P-384");
        p521 = EVP_EC_gen("P-521");
        ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        return rsa && small_rsa && p256 && p384 && p521 && ed25519 ? 0 : -1;
}

static int free_keys(void **state) {
        (void)state;
        EVP_PKEY_free(rsa);
        EVP_PKEY_free(small_rsa);
        EVP_PKEY_free(p256);
        EVP_PKEY_free(p384);
        EVP_PKEY_free(p521);
        EVP_PKEY_free(ed25519);
        return 0;
}

static int read_jwk(const char *text, unsigned allowed, struct key *ret_key, const char **ret_reason) {
        _cleanup_json_ json_t *jwk = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

        assert_non_null(jwk);
        return key_from_jwk(jwk, allowed, ret_key, ret_reason);
}

static void assert_refused(const char *jwk, unsigned allowed, const char *reason) {
        struct key key = {0};
        const char *heard = "";

        assert_int_equal(read_jwk(jwk, allowed, &key, &heard), -EINVAL);
        if (!strstr(heard, reason))
                fail_msg("%s: refused because \"%s\", not \"%s\"", jwk, heard, reason);
        assert_null(key.pem);
}

static void jwks_pin_their_algorithm(void **state) {
        const struct {
                EVP_PKEY *pkey;
                const char *more;
                unsigned allowed;
                enum algorithm algorithm;
        } cases[] = {
                {rsa, "\"kid\":\"a\"", ALGORITHMS, ALGORITHM_RS256},
                {rsa, "\"kid\":\"a\",\"alg\":\"RS512\"", ALGORITHMS, ALGORITHM_RS512},
                {rsa, "\"kid\":\"a\"", ALGORITHM_RS384, ALGORITHM_RS384},
                {rsa, "\"kid\":\"a\",\"use\":\"sig\",\"key_ops\":[\"verify\"]", ALGORITHMS, ALGORITHM_RS256},
                {p256, "\"kid\":\"a\"", ALGORITHMS, ALGORITHM_ES256},
                {p384, "\"kid\":\"a\"", ALGORITHMS, ALGORITHM_ES384},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_free_ char *jwk = jwk_of(cases[i].pkey, cases[i].more), *pem = pem_of(cases[i].pkey, false);
                _cleanup_(key_free) struct key key = {0};
                const char *reason = "";
                assert_int_equal(read_jwk(jwk, cases[i].allowed, &key, &reason), 0);
                assert_int_equal(key.algorithm, cases[i].algorithm);
                assert_string_equal(key.id, "a");
                assert_string_equal(key.pem, pem);
        }
}

static void jwks_that_are_of_no_use(void **state) {
        _cleanup_free_ char *for_encryption = jwk_of(rsa, "\"use\":\"enc\""),
                            *wraps = jwk_of(rsa, "\"key_ops\":[\"wrapKey\"]"), *hmac = jwk_of(rsa, "\"alg\":\"HS256\""),
                            *none = jwk_of(rsa, "\"alg\":\"none\""), *other = jwk_of(rsa, "\"alg\":\"ES256\""),
                            *number = jwk_of(rsa, "\"alg\":256"), *kid = jwk_of(rsa, "\"kid\":5"),
                            *plain = jwk_of(rsa, ""), *small = jwk_of(small_rsa, ""), *curve = jwk_of(p521, "");

        (void)state;
        assert_refused(for_encryption, ALGORITHMS, "not for signatures");
        assert_refused(wraps, ALGORITHMS, "not for signatures");
        assert_refused(hmac, ALGORITHMS, "not for an algorithm");
        assert_refused(none, ALGORITHMS, "not for an algorithm");
        assert_refused(other, ALGORITHMS, "not for an algorithm");
        assert_refused(number, ALGORITHMS, "not for an algorithm");
        assert_refused(plain, ALGORITHM_ES256 | ALGORITHM_ES384, "not for an algorithm");
        assert_refused(kid, ALGORITHMS, "kid");
        assert_refused(small, ALGORITHMS, "fewer than 2,048");
        assert_refused(curve, ALGORITHMS, "malformed");
        assert_refused("{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}", ALGORITHMS, "neither RSA nor EC");
        assert_refused("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}", ALGORITHMS, "neither RSA nor EC");
        assert_refused("{}", ALGORITHMS, "neither RSA nor EC");
        assert_refused("[]", ALGORITHMS, "neither RSA nor EC");
        assert_refused("{\"kty\":\"RSA\"}", ALGORITHMS, "malformed");
        assert_refused("{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\"}", ALGORITHMS, "2,048");
        assert_refused("{\"kty\":\"RSA\",\"n\":\"AQAB=\",\"e\":\"AQAB\"}", ALGORITHMS, "malformed");
        assert_refused("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}", ALGORITHMS, "malformed");
}

/* The numbers of a good key with one of them changed. */
static void numbers_are_checked(void **state) {
        _cleanup_free_ char *text = jwk_of(rsa, ""), *curve = jwk_of(p256, "");
        _cleanup_json_ json_t *jwk = json_loads(text, 0, NULL), *point = json_loads(curve, 0, NULL);
        static const struct {
                const char *exponent, *reason;
        } cases[] = {{"AQ", "exponent"}, {"Aw", "exponent"}, {"AQAA", "sound"}, {"AQAAAAAAAAAB", "malformed"}};
        struct key key;
        const char *reason = "";

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                json_object_set_new(jwk, "e", json_string(cases[i].exponent));
                assert_int_equal(key_from_jwk(jwk, ALGORITHMS, &key, &reason), -EINVAL);
                assert_non_null(strstr(reason, cases[i].reason));
        }
        json_object_set_new(jwk, "e", json_string("AQAB"));
        _cleanup_free_ char *even = strdup(json_string_value(json_object_get(jwk, "n")));
        memcpy(even + strlen(even) - 4, "AAAA", 4);
        json_object_set_new(jwk, "n", json_string(even));
        assert_int_equal(key_from_jwk(jwk, ALGORITHMS, &key, &reason), -EINVAL);
        assert_string_equal(reason, "not a sound public key");
        json_object_set(point, "y", json_object_get(point, "x")); /* off the curve */
        assert_int_equal(key_from_jwk(point, ALGORITHMS, &key, &reason), -EINVAL);
}

static void pems(void **state) {
        const struct {
                EVP_PKEY *pkey;
                bool secret;
                enum algorithm algorithm; /* 0: refused */
        } cases[] = {
                {rsa, false, ALGORITHM_RS256},
                {p256, false, ALGORITHM_ES256},
                {p384, false, ALGORITHM_ES384},
                {rsa, true, 0},
                {small_rsa, false, 0},
                {p521, false, 0},
                {ed25519, false, 0},
        };
        struct key nothing;
        const char *why = "";

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_free_ char *pem = pem_of(cases[i].pkey, cases[i].secret);
                _cleanup_(key_free) struct key key = {0};
                const char *reason = "";
                assert_int_equal(key_from_pem(pem, ALGORITHMS, &key, &reason), cases[i].algorithm ? 0 : -EINVAL);
                assert_int_equal(key.algorithm, cases[i].algorithm);
        }
        assert_int_equal(key_from_pem("", ALGORITHMS, &nothing, &why), -EINVAL);
        assert_int_equal(key_from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", ALGORITHMS,
                                      &nothing, &why),
                         -EINVAL);
}

static void certificates(void **state) {
        X509 *certificate = X509_new();
        _cleanup_(key_free) struct key key = {0};
        const char *reason = "";
        BIO *bio = BIO_new(BIO_s_mem());
        char *bytes;

        (void)state;
        X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 60);
        X509_set_pubkey(certificate, p256);
        assert_true(X509_sign(certificate, p256, EVP_sha256()) > 0);
        assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
        long length = BIO_get_mem_data(bio, &bytes);
        _cleanup_free_ char *pem = strndup(bytes, (size_t)length), *expected = pem_of(p256, false);
        BIO_free(bio);
        X509_free(certificate);
        assert_int_equal(key_from_pem(pem, ALGORITHMS, &key, &reason), 0);
        assert_string_equal(key.pem, expected);
}

static void signatures(void **state) {
        const struct {
                EVP_PKEY *pkey;
                const EVP_MD *digest;
                const char *name;
                unsigned allowed;
        } cases[] = {
                {rsa, EVP_sha256(), "RS256", ALGORITHM_RS256},  {rsa, EVP_sha384(), "RS384", ALGORITHM_RS384},
                {rsa, EVP_sha512(), "RS512", ALGORITHM_RS512},  {p256, EVP_sha256(), "ES256", ALGORITHM_ES256},
                {p384, EVP_sha384(), "ES384", ALGORITHM_ES384},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_free_ char *pem = pem_of(cases[i].pkey, false);
                _cleanup_(key_free) struct key key = {0};
                const char *reason = "";
                char header[32];
                snprintf(header, sizeof(header), "{\"alg\":\"%s\"}", cases[i].name);
                _cleanup_free_ char *token = sign_with(cases[i].pkey, cases[i].digest, header, "{\"sub\":\"210002\"}");
                assert_int_equal(key_from_pem(pem, cases[i].allowed, &key, &reason), 0);
                assert_true(key_verify(&key, token, false));
                for (size_t j = 0; j < 3; j++) { /* a bit in the payload, and in both ends of the signature */
                        size_t at = j == 0   ? strlen(header) * 4 / 3 + 8
                                    : j == 1 ? (size_t)(strrchr(token, '.') + 1 - token)
                                             : strlen(token) - 3;
                        char kept = token[at];
                        token[at] = kept == 'B' ? 'C' : 'B';
                        assert_false(key_verify(&key, token, false));
                        assert_false(key_verify(&key, token, true));
                        token[at] = kept;
                }
                assert_true(key_verify(&key, token, true));
        }
}

static void no_other_algorithm_than_the_pinned_one(void **state) {
        _cleanup_free_ char *pem = pem_of(rsa, false);
        _cleanup_(key_free) struct key key = {0};
        const char *reason = "";
        _cleanup_free_ char *rs512 = sign_with(rsa, EVP_sha512(), "{\"alg\":\"RS512\"}", "{}");
        _cleanup_free_ char *hs256 = sign_hmac(pem, "{\"alg\":\"HS256\"}", "{}");
        _cleanup_free_ char *es256 = sign(p256, "{\"alg\":\"ES256\"}", "{}");

        (void)state;
        assert_int_equal(key_from_pem(pem, ALGORITHMS, &key, &reason), 0);
        const char *const others[] = {
                rs512, hs256 /* libjwt alone takes it */, es256, "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJub25lIn0.e30",
                ""};
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                assert_false(key_verify(&key, others[i], false));
                assert_false(key_verify(&key, others[i], true));
        }
}

/* Of two numbers, what is shorter or longer than both is not theirs (RFC 7518 section 3.4). */
static void a_curve_signature_has_its_length(void **state) {
        _cleanup_free_ char *pem = pem_of(p256, false), *token = sign(p256, "{\"alg\":\"ES256\"}", "{}"),
                            *longer = NULL;
        _cleanup_(key_free) struct key key = {0};
        const char *reason = "";

        (void)state;
        assert_int_equal(key_from_pem(pem, ALGORITHMS, &key, &reason), 0);
        assert_true(key_verify(&key, token, true));
        assert_true(asprintf(&longer, "%sAAAA", token) > 0); /* 64 bytes end in two characters of their own */
        assert_false(key_verify(&key, longer, true));
        *strrchr(token, '.') = '\0';
        _cleanup_free_ char *zeros = NULL;
        assert_true(asprintf(&zeros, "%s.%086d", token, 0) > 0);
        memset(strrchr(zeros, '.') + 1, 'A', 86);
        assert_false(key_verify(&key, zeros, true));
        zeros[strlen(zeros) - 4] = '\0';
        assert_false(key_verify(&key, zeros, true));
}

static struct key_set *read_set(const char *keys, bool production) {
        const struct key_rules rules = {.algorithms = ALGORITHMS, .production = production};
        _cleanup_free_ char *text = NULL;
        struct key_set *set = NULL;
        const char *reason = "";

        assert_true(asprintf(&text, "{\"keys\":[%s]}", keys) > 0);
        key_set_from_jwks(text, strlen(text), &rules, &set, &reason);
        return set;
}

static void sets_find_by_id_and_algorithm(void **state) {
        _cleanup_free_ char *a = jwk_of(rsa, "\"kid\":\"a\""), *b = jwk_of(p256, "\"kid\":\"b\""), *both = NULL;
        bool known = false;

        (void)state;
        assert_true(asprintf(&both, "%s,{\"kty\":\"oct\",\"kid\":\"c\",\"k\":\"AAAA\"},7,%s", a, b) > 0);
        struct key_set *set = read_set(both, false);
        assert_int_equal(key_set_count(set), 2);
        assert_non_null(key_set_find(set, "a", ALGORITHM_RS256, &known));
        assert_non_null(key_set_find(set, "b", ALGORITHM_ES256, &known));
        assert_null(key_set_find(set, "a", ALGORITHM_ES256, &known));
        assert_true(known);
        assert_null(key_set_find(set, "c", ALGORITHM_RS256, &known));
        assert_false(known);
        assert_null(key_set_find(set, NULL, ALGORITHM_RS256, &known)); /* which of the two? */
        assert_false(known);
        key_set_release(set);
        set = read_set(a, false);
        assert_non_null(key_set_find(set, NULL, ALGORITHM_RS256, &known));
        key_set_release(set);
}

static void sets_without_a_usable_key(void **state) {
        _cleanup_free_ char *development = jwk_of(rsa, "\"kid\":\"" KEY_ID_DEVELOPMENT "x\"");
        const struct key_rules rules = {.algorithms = ALGORITHMS};
        static const char *const bad[] = {
                "", "{}", "[]", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[{}]}", "{\"keys\":[]", "x"};
        struct key_set *set = NULL;
        const char *reason = "";

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_int_equal(key_set_from_jwks(bad[i], strlen(bad[i]), &rules, &set, &reason), -EINVAL);
        assert_null(set);
        assert_null(read_set(development, true));
        set = read_set(development, false);
        assert_non_null(set);
        key_set_release(set);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(jwks_pin_their_algorithm),
                cmocka_unit_test(jwks_that_are_of_no_use),
                cmocka_unit_test(numbers_are_checked),
                cmocka_unit_test(pems),
                cmocka_unit_test(certificates),
                cmocka_unit_test(signatures),
                cmocka_unit_test(no_other_algorithm_than_the_pinned_one),
                cmocka_unit_test(a_curve_signature_has_its_length),
                cmocka_unit_test(sets_find_by_id_and_algorithm),
                cmocka_unit_test(sets_without_a_usable_key),
        };
        return cmocka_run_group_tests_name("key", tests, make_keys, free_keys);
}
