/* What OpenSSL made, owned by scope. */
#pragma once

#include "core/cleanup.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>

static inline void cleanup_pkey(EVP_PKEY **pkey) {
        EVP_PKEY_free(*pkey);
}

static inline void cleanup_bio(BIO **bio) {
        BIO_free(*bio);
}

static inline void cleanup_bn(BIGNUM **number) {
        BN_free(*number);
}

#define _cleanup_pkey_ _cleanup_(cleanup_pkey)
#define _cleanup_bio_ _cleanup_(cleanup_bio)
#define _cleanup_bn_ _cleanup_(cleanup_bn)
