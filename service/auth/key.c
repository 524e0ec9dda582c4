#include "auth/key.h"

#include "auth/openssl.h"
#include "core/cleanup.h"
#include "core/text.h"

#include <errno.h>
#include <jwt.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

enum {
        RSA_BITS_MIN = 2048,
        RSA_BITS_MAX = 8192,        /* checking gets slow beyond */
        RSA_EXPONENT_BITS_MIN = 17, /* FIPS 186-5 section 5.1 */
        RSA_EXPONENT_BITS_MAX = 64,
};

static const struct {
        enum algorithm algorithm;
        jwt_alg_t jwt;
        const EVP_MD *(*digest)(void);
        const char *name, *type;
        const char *curve; /* in a JWK */
        const char *group; /* in OpenSSL */
        size_t coordinate; /* bytes of x and of y: RFC 7518 section 6.2.1.2 */
} algorithms[] = {
        {ALGORITHM_RS256, JWT_ALG_RS256, EVP_sha256, "RS256", "RSA", NULL, NULL, 0},
        {ALGORITHM_RS384, JWT_ALG_RS384, EVP_sha384, "RS384", "RSA", NULL, NULL, 0},
        {ALGORITHM_RS512, JWT_ALG_RS512, EVP_sha512, "RS512", "RSA", NULL, NULL, 0},
        {ALGORITHM_ES256, JWT_ALG_ES256, EVP_sha256, "ES256", "EC", "P-256", SN_X9_62_prime256v1, 32},
        {ALGORITHM_ES384, JWT_ALG_ES384, EVP_sha384, "ES384", "EC", "P-384", SN_secp384r1, 48},
};

enum { KNOWN = sizeof(algorithms) / sizeof(algorithms[0]) };

static void cleanup_jwt(jwt_t **jwt) {
        jwt_free(*jwt);
}

static int refuse(const char **ret_reason, const char *reason) {
        ERR_clear_error();
        *ret_reason = reason;
        return -EINVAL;
}

enum algorithm algorithm_parse(const char *name) {
        for (size_t i = 0; i < KNOWN; i++)
                if (strcmp(name, algorithms[i].name) == 0)
                        return algorithms[i].algorithm;
        return 0;
}

void key_free(struct key *key) {
        free(key->id);
        free(key->pem);
        EVP_PKEY_free(key->openssl);
        *key = (struct key){0};
}

static int check_rsa(EVP_PKEY *pkey, const char **ret_reason) {
        _cleanup_bn_ BIGNUM *exponent = NULL;
        int bits = EVP_PKEY_get_bits(pkey);

        if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
                return refuse(ret_reason, "RSA of fewer than 2,048 or more than 8,192 bits");
        if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1 ||
            BN_num_bits(exponent) < RSA_EXPONENT_BITS_MIN || BN_num_bits(exponent) > RSA_EXPONENT_BITS_MAX)
                return refuse(ret_reason, "RSA with an unsafe exponent");
        return 0;
}

/* The algorithms that a key of this type and size can be used with at all. */
static int find_usable(EVP_PKEY *pkey, unsigned *ret_usable, const char **ret_reason) {
        bool rsa = EVP_PKEY_is_a(pkey, "RSA");
        unsigned usable = 0;
        char group[32];
        size_t length;
        int r;

        if (rsa && (r = check_rsa(pkey, ret_reason)) != 0)
                return r;
        if (!rsa && (!EVP_PKEY_is_a(pkey, "EC") || EVP_PKEY_get_group_name(pkey, group, sizeof(group), &length) != 1))
                return refuse(ret_reason, "neither RSA nor a named curve");
        for (size_t i = 0; i < KNOWN; i++)
                if (rsa ? !algorithms[i].group : algorithms[i].group && strcmp(group, algorithms[i].group) == 0)
                        usable |= algorithms[i].algorithm;
        *ret_usable = usable;
        return 0;
}

static bool is_sound(EVP_PKEY *pkey) {
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
        bool sound = context && EVP_PKEY_public_check(context) == 1;

        EVP_PKEY_CTX_free(context);
        return sound;
}

/* Pins the algorithm, writes the PEM and holds the key. */
static int finish(EVP_PKEY *pkey, unsigned allowed, struct key *ret_key, const char **ret_reason) {
        unsigned usable;
        char *pem;
        int r = find_usable(pkey, &usable, ret_reason);

        if (r != 0)
                return r;
        usable &= allowed;
        if (usable == 0)
                return refuse(ret_reason, "not for an algorithm of this issuer");
        if (!is_sound(pkey))
                return refuse(ret_reason, "not a sound public key");
        _cleanup_bio_ BIO *out = BIO_new(BIO_s_mem());
        if (!out || PEM_write_bio_PUBKEY(out, pkey) != 1)
                return refuse(ret_reason, "cannot be written as PEM");
        long length = BIO_get_mem_data(out, &pem);
        ret_key->pem = strndup(pem, (size_t)length);
        if (!ret_key->pem || EVP_PKEY_up_ref(pkey) != 1)
                return -ENOMEM;
        ret_key->openssl = pkey;
        ret_key->algorithm = usable & -usable; /* the lowest bit */
        return 0;
}

/* A member in base64url. */
static int read_bytes(const json_t *jwk, const char *member, unsigned char **ret_bytes, size_t *ret_length) {
        const json_t *value = json_object_get(jwk, member);

        if (!json_is_string(value))
                return -EINVAL;
        return text_from_base64url(json_string_value(value), json_string_length(value), ret_bytes, ret_length);
}

static int from_parameters(const char *type, OSSL_PARAM_BLD *builder, EVP_PKEY **ret_pkey) {
        OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
        int made = parameters && context && EVP_PKEY_fromdata_init(context) == 1 &&
                   EVP_PKEY_fromdata(context, ret_pkey, EVP_PKEY_PUBLIC_KEY, parameters) == 1;

        EVP_PKEY_CTX_free(context);
        OSSL_PARAM_free(parameters);
        return made ? 0 : -EINVAL;
}

static int rsa_from_jwk(const json_t *jwk, EVP_PKEY **ret_pkey) {
        _cleanup_free_ unsigned char *n_bytes = NULL, *e_bytes = NULL;
        size_t n_length, e_length;

        if (read_bytes(jwk, "n", &n_bytes, &n_length) != 0 || read_bytes(jwk, "e", &e_bytes, &e_length) != 0)
                return -EINVAL;
        if (n_length > RSA_BITS_MAX / 8 + 1 || e_length > RSA_EXPONENT_BITS_MAX / 8)
                return -EINVAL;
        _cleanup_bn_ BIGNUM *n = BN_bin2bn(n_bytes, (int)n_length, NULL);
        _cleanup_bn_ BIGNUM *e = BN_bin2bn(e_bytes, (int)e_length, NULL);
        OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
        int r = -EINVAL;
        if (n && e && builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
            OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1)
                r = from_parameters("RSA", builder, ret_pkey);
        OSSL_PARAM_BLD_free(builder);
        return r;
}

static int ec_from_jwk(const json_t *jwk, EVP_PKEY **ret_pkey) {
        const char *curve = json_string_value(json_object_get(jwk, "crv"));
        _cleanup_free_ unsigned char *x = NULL, *y = NULL;
        size_t x_length, y_length, known = 0;
        unsigned char point[1 + 2 * 48] = {0x04}; /* uncompressed: SEC 1 section 2.3.3 */

        while (known < KNOWN && !(curve && algorithms[known].curve && strcmp(curve, algorithms[known].curve) == 0))
                known++;
        if (known == KNOWN || read_bytes(jwk, "x", &x, &x_length) != 0 || read_bytes(jwk, "y", &y, &y_length) != 0)
                return -EINVAL;
        size_t size = algorithms[known].coordinate;
        if (x_length != size || y_length != size)
                return -EINVAL;
        memcpy(point + 1, x, size);
        memcpy(point + 1 + size, y, size);
        OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
        int r = -EINVAL;
        if (builder &&
            OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, algorithms[known].group, 0) == 1 &&
            OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size) == 1)
                r = from_parameters("EC", builder, ret_pkey);
        OSSL_PARAM_BLD_free(builder);
        return r;
}

/* `use` and `key_ops` say what a key is for, when they are there (RFC 7517 sections 4.2 and 4.3). */
static bool is_for_signatures(const json_t *jwk) {
        const json_t *use = json_object_get(jwk, "use"), *operations = json_object_get(jwk, "key_ops"), *operation;
        size_t i;

        if (use && !(json_is_string(use) && strcmp(json_string_value(use), "sig") == 0))
                return false;
        if (!operations)
                return true;
        json_array_foreach(operations, i, operation) {
                if (json_is_string(operation) && strcmp(json_string_value(operation), "verify") == 0)
                        return true;
        }
        return false;
}

int key_from_jwk(const json_t *jwk, unsigned allowed, struct key *ret_key, const char **ret_reason) {
        const char *type = json_string_value(json_object_get(jwk, "kty"));
        const json_t *algorithm = json_object_get(jwk, "alg"), *id = json_object_get(jwk, "kid");
        _cleanup_pkey_ EVP_PKEY *pkey = NULL;
        _cleanup_(key_free) struct key key = {0};
        int r;

        if (!is_for_signatures(jwk))
                return refuse(ret_reason, "not for signatures");
        if (id && !json_is_string(id))
                return refuse(ret_reason, "kid is not a string");
        if (algorithm)
                allowed &= json_is_string(algorithm) ? algorithm_parse(json_string_value(algorithm)) : 0;
        if (!type || (strcmp(type, "RSA") != 0 && strcmp(type, "EC") != 0))
                return refuse(ret_reason, "neither RSA nor EC");
        if ((strcmp(type, "RSA") == 0 ? rsa_from_jwk(jwk, &pkey) : ec_from_jwk(jwk, &pkey)) != 0)
                return refuse(ret_reason, "its numbers are malformed");
        if ((r = finish(pkey, allowed, &key, ret_reason)) != 0)
                return r;
        if (id && !(key.id = strdup(json_string_value(id))))
                return -ENOMEM;
        *ret_key = key;
        key = (struct key){0};
        return 0;
}

/* OpenSSL would ask on the terminal. */
static int no_password(char *buffer, int size, int writing, void *closure) {
        (void)buffer, (void)size, (void)writing, (void)closure;
        return -1;
}

int key_from_pem(const char *pem, unsigned allowed, struct key *ret_key, const char **ret_reason) {
        _cleanup_bio_ BIO *in = BIO_new_mem_buf(pem, -1);
        _cleanup_pkey_ EVP_PKEY *pkey = in ? PEM_read_bio_PUBKEY(in, NULL, no_password, NULL) : NULL;
        struct key key = {0};
        int r;

        if (!pkey && in && BIO_reset(in) == 1) {
                X509 *certificate = PEM_read_bio_X509(in, NULL, no_password, NULL);
                pkey = certificate ? X509_get_pubkey(certificate) : NULL;
                X509_free(certificate);
        }
        if (!pkey)
                return refuse(ret_reason, "neither a public key nor a certificate in PEM");
        if ((r = finish(pkey, allowed, &key, ret_reason)) != 0)
                return r;
        *ret_key = key;
        return 0;
}

static bool verify_by_libjwt(const struct key *key, jwt_alg_t algorithm, const char *token) {
        _cleanup_(cleanup_jwt) jwt_t *jwt = NULL;
        int r = jwt_decode(&jwt, token, (const unsigned char *)key->pem, (int)strlen(key->pem));

        return r == 0 && jwt_get_alg(jwt) == algorithm;
}

enum { DER_MAX = 2 * (48 + 3) + 3 }; /* of two numbers of 48 bytes */

/* Two numbers of `size` bytes each, side by side (RFC 7518 section 3.4), as OpenSSL takes them. Returns the length, or 0. */
static size_t der_of_numbers(const unsigned char *numbers, size_t size, unsigned char der[static DER_MAX]) {
        ECDSA_SIG *signature = ECDSA_SIG_new();
        BIGNUM *r = BN_bin2bn(numbers, (int)size, NULL), *s = BN_bin2bn(numbers + size, (int)size, NULL);
        int length = 0;

        if (signature && r && s && ECDSA_SIG_set0(signature, r, s) == 1) {
                length = i2d_ECDSA_SIG(signature, &der);
        } else {
                BN_free(r);
                BN_free(s);
        }
        ECDSA_SIG_free(signature);
        return length > 0 ? (size_t)length : 0;
}

static bool verify_by_openssl(const struct key *key, const EVP_MD *digest, size_t coordinate, const char *token) {
        _cleanup_free_ unsigned char *signature = NULL;
        const char *dot = strrchr(token, '.');
        unsigned char der[DER_MAX];
        size_t length;

        if (!dot || text_from_base64url(dot + 1, strlen(dot + 1), &signature, &length) != 0)
                return false;
        if (coordinate)
                length = length == 2 * coordinate ? der_of_numbers(signature, coordinate, der) : 0;
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        bool good = context && EVP_DigestVerifyInit(context, NULL, digest, NULL, key->openssl) == 1 &&
                    EVP_DigestVerify(context, coordinate ? der : signature, length, (const unsigned char *)token,
                                     (size_t)(dot - token)) == 1;
        EVP_MD_CTX_free(context);
        return good;
}

bool key_verify(const struct key *key, const char *token, bool access_type) {
        size_t i = 0;

        while (algorithms[i].algorithm != key->algorithm)
                i++;
        bool good = access_type ? verify_by_openssl(key, algorithms[i].digest(), algorithms[i].coordinate, token)
                                : verify_by_libjwt(key, algorithms[i].jwt, token);
        ERR_clear_error();
        return good;
}
