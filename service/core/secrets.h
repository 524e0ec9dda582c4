/* What the instances of a service keep secret together: a file of keys, one `id:base64` in a line, made for example by
   `echo "2026a:$(openssl rand -base64 32)"`. The first key signs, all verify.

   To change keys without an interruption: add the new key last everywhere, move it first everywhere, and take the old
   one out when nothing signed by it is of use any more.

   No key of the file is used itself: each purpose has its own, by HKDF-SHA256 (RFC 5869). Thread-safe once loaded. */
#pragma once

#include <stddef.h>

enum secret_purpose { SECRET_CURSOR, SECRET_PURPOSES };

enum {
        SECRET_ID_MAX = 16,
        SECRET_KEYS_MAX = 16,
        SECRET_KEY_MIN = 32,
        SECRET_KEY_MAX = 128,
        SECRET_MAC = 32
}; /* bytes */

struct secrets;

/* Ids have letters, digits, - and _; keys 32 to 128 bytes. Empty lines and lines that begin with # are passed over.
   0, or -errno after logging which line is wrong, never what stands there. Caller frees. */
int secrets_load(const char *path, struct secrets **ret_secrets);
void secrets_free(struct secrets *secrets);

/* The id of the key that signs. */
const char *secrets_signer(const struct secrets *secrets);
/* HMAC-SHA256 under the signing key. */
void secrets_sign(const struct secrets *secrets, enum secret_purpose purpose, const void *bytes, size_t length,
                  unsigned char ret_mac[static SECRET_MAC]);
/* In constant time. 0, -ENOKEY when no key has the id, -EBADMSG when the bytes were not signed under it. */
int secrets_verify(const struct secrets *secrets, const char *id, enum secret_purpose purpose, const void *bytes,
                   size_t length, const unsigned char mac[static SECRET_MAC]);
