/* Keys and tokens for the tests, made with OpenSSL alone, so that a token may be as wrong as a test wants it. */
#pragma once

#include "core/cleanup.h"
#include "core/text.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static inline void cleanup_pkey(EVP_PKEY **pkey) {
        EVP_PKEY_free(*pkey);
}

/* Public key, or private when `secret`, in PEM. Caller frees. */
static inline char *pem_of(EVP_PKEY *pkey, bool secret) {
        BIO *bio = BIO_new(BIO_s_mem());
        char *bytes;

        assert_int_equal(secret ? PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL)
                                : PEM_write_bio_PUBKEY(bio, pkey),
                         1);
        long length = BIO_get_mem_data(bio, &bytes);
        char *pem = strndup(bytes, (size_t)length);
        BIO_free(bio);
        return pem;
}

static inline void append_number(struct text *text, EVP_PKEY *pkey, const char *name, int size) {
        BIGNUM *number = NULL;
        unsigned char bytes[2048];

        assert_int_equal(EVP_PKEY_get_bn_param(pkey, name, &number), 1);
        int length = size ? BN_bn2binpad(number, bytes, size) : BN_bn2bin(number, bytes);
        text_append_base64url(text, bytes, (size_t)length);
        BN_free(number);
}

/* A JWK with the members of `more` (such as "kid":"a") before its own. Caller frees. */
static inline char *jwk_of(EVP_PKEY *pkey, const char *more) {
        struct text text = {0};

        text_printf(&text, "{%s%s", more, *more ? "," : "");
        if (EVP_PKEY_is_a(pkey, "RSA")) {
                text_append_string(&text, "\"kty\":\"RSA\",\"n\":\"");
                append_number(&text, pkey, OSSL_PKEY_PARAM_RSA_N, 0);
                text_append_string(&text, "\",\"e\":\"");
                append_number(&text, pkey, OSSL_PKEY_PARAM_RSA_E, 0);
        } else {
                int size = (EVP_PKEY_get_bits(pkey) + 7) / 8;
                text_printf(&text, "\"kty\":\"EC\",\"crv\":\"P-%d\",\"x\":\"", EVP_PKEY_get_bits(pkey));
                append_number(&text, pkey, OSSL_PKEY_PARAM_EC_PUB_X, size);
                text_append_string(&text, "\",\"y\":\"");
                append_number(&text, pkey, OSSL_PKEY_PARAM_EC_PUB_Y, size);
        }
        text_append_string(&text, "\"}");
        return text_take(&text);
}

/* DER to the two numbers side by side (RFC 7518 section 3.4). */
static inline size_t raw_ecdsa(unsigned char *signature, size_t length, int size) {
        const unsigned char *der = signature;
        ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &der, (long)length);

        assert_non_null(numbers);
        BN_bn2binpad(ECDSA_SIG_get0_r(numbers), signature, size);
        BN_bn2binpad(ECDSA_SIG_get0_s(numbers), signature + size, size);
        ECDSA_SIG_free(numbers);
        return (size_t)size * 2;
}

/* Header and payload as they are given, and a signature by what `digest` and the key make of them. Caller frees. */
static inline char *sign_with(EVP_PKEY *pkey, const EVP_MD *digest, const char *header, const char *payload) {
        struct text text = {0};
        unsigned char signature[2048];
        size_t length = sizeof(signature);
        EVP_MD_CTX *context = EVP_MD_CTX_new();

        text_append_base64url(&text, (const unsigned char *)header, strlen(header));
        text_append_char(&text, '.');
        text_append_base64url(&text, (const unsigned char *)payload, strlen(payload));
        assert_int_equal(EVP_DigestSignInit(context, NULL, digest, NULL, pkey), 1);
        assert_int_equal(EVP_DigestSign(context, signature, &length, (unsigned char *)text.data, text.length), 1);
        EVP_MD_CTX_free(context);
        if (EVP_PKEY_is_a(pkey, "EC"))
                length = raw_ecdsa(signature, length, (EVP_PKEY_get_bits(pkey) + 7) / 8);
        text_append_char(&text, '.');
        text_append_base64url(&text, signature, length);
        return text_take(&text);
}

static inline char *sign(EVP_PKEY *pkey, const char *header, const char *payload) {
        return sign_with(pkey, EVP_sha256(), header, payload);
}

/* What an attacker makes of a public key when a library lets the header choose: HMAC with the PEM as its secret. */
static inline char *sign_hmac(const char *secret, const char *header, const char *payload) {
        EVP_PKEY *pkey =
                EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, (const unsigned char *)secret, strlen(secret));
        char *token = sign(pkey, header, payload);

        EVP_PKEY_free(pkey);
        return token;
}
