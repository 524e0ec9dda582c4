/* A public key of an issuer, which pins the one algorithm it is good for (RFC 8725 section 3.1).
   Taken are RSA from 2,048 bits and the curves P-256 and P-384: what libjwt can check on every Debian we build on.
   Checking a signature happens here and nowhere else, and only after auth/token.h has passed. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

enum algorithm {
        ALGORITHM_RS256 = 1 << 0,
        ALGORITHM_RS384 = 1 << 1,
        ALGORITHM_RS512 = 1 << 2,
        ALGORITHM_ES256 = 1 << 3,
        ALGORITHM_ES384 = 1 << 4,
        ALGORITHMS = (1 << 5) - 1,
};

/* 0 for a name that is not known, such as none and HS256. */
enum algorithm algorithm_parse(const char *name);

struct key {
        char *id; /* kid; NULL: none */
        enum algorithm algorithm;
        char *pem;                   /* SubjectPublicKeyInfo, for libjwt */
        struct evp_pkey_st *openssl; /* the same as it was parsed */
};

/* `allowed` are the algorithms the issuer may use; a key that names none of its own is pinned to the first that fits.
   0, or -EINVAL and why the key is of no use. Caller frees with key_free. */
int key_from_jwk(const json_t *jwk, unsigned allowed, struct key *ret_key, const char **ret_reason);
/* A public key or a certificate. */
int key_from_pem(const char *pem, unsigned allowed, struct key *ret_key, const char **ret_reason);
void key_free(struct key *key);

/* Whether the token carries this key's signature. That of an `access_type` (at+jwt) is checked by OpenSSL, as libjwt 1.10
   (Debian 12) refuses the type whatever the signature; all others by libjwt. */
bool key_verify(const struct key *key, const char *token, bool access_type);
