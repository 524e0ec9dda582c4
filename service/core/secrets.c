#include "core/secrets.h"

#include "core/cleanup.h"
#include "core/log.h"
#include "core/text.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <string.h>

/* The `info` of HKDF. One that is in use is never given another meaning. */
static const char *const purposes[SECRET_PURPOSES] = {
        [SECRET_CURSOR] = "kiki cursor 1",
};

struct key {
        char id[SECRET_ID_MAX + 1];
        unsigned char derived[SECRET_PURPOSES][SECRET_MAC];
};

struct secrets {
        size_t count;
        struct key keys[SECRET_KEYS_MAX];
};

void secrets_free(struct secrets *secrets) {
        if (!secrets)
                return;
        OPENSSL_cleanse(secrets, sizeof(*secrets));
        free(secrets);
}

static void cleanup_secrets(struct secrets **secrets) {
        secrets_free(*secrets);
}

static int derive(EVP_KDF_CTX *context, const unsigned char *key, size_t length, const char *purpose,
                  unsigned char ret_derived[static SECRET_MAC]) {
        OSSL_PARAM parameters[] = {
                OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (unsigned char *)key, length),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (char *)purpose, strlen(purpose)),
                OSSL_PARAM_construct_end(),
        };

        EVP_KDF_CTX_reset(context);
        return EVP_KDF_derive(context, ret_derived, SECRET_MAC, parameters) == 1 ? 0 : -EIO;
}

static int derive_all(const unsigned char *bytes, size_t length, struct key *key) {
        EVP_KDF *hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
        EVP_KDF_CTX *context = EVP_KDF_CTX_new(hkdf); /* NULL of NULL */
        int error = context ? 0 : -EIO;

        for (size_t i = 0; i < SECRET_PURPOSES && !error; i++)
                error = derive(context, bytes, length, purposes[i], key->derived[i]);
        EVP_KDF_CTX_free(context);
        EVP_KDF_free(hkdf);
        return error;
}

static const struct key *find(const struct secrets *secrets, const char *id) {
        for (size_t i = 0; i < secrets->count; i++)
                if (strcmp(secrets->keys[i].id, id) == 0)
                        return &secrets->keys[i];
        return NULL;
}

/* Standard base64 as base64url without padding, in place. */
static size_t make_url_safe(char *base64) {
        size_t length = strlen(base64);

        for (int padding = 0; padding < 2 && length > 0 && base64[length - 1] == '='; padding++)
                length--;
        for (size_t i = 0; i < length; i++)
                base64[i] = base64[i] == '+' ? '-' : base64[i] == '/' ? '_' : base64[i];
        return length;
}

static int add_key(struct secrets *secrets, char *line) {
        static const char id_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        size_t id_length = strspn(line, id_characters), length;
        struct key *key = &secrets->keys[secrets->count];
        unsigned char *bytes;
        int error;

        if (id_length == 0 || id_length > SECRET_ID_MAX || line[id_length] != ':' || secrets->count == SECRET_KEYS_MAX)
                return -EINVAL;
        memcpy(key->id, line, id_length);
        key->id[id_length] = '\0';
        if (find(secrets, key->id))
                return -EINVAL;
        char *base64 = line + id_length + 1;
        error = text_from_base64url(base64, make_url_safe(base64), &bytes, &length);
        if (error)
                return error;
        error = length < SECRET_KEY_MIN || length > SECRET_KEY_MAX ? -EINVAL : derive_all(bytes, length, key);
        OPENSSL_cleanse(bytes, length);
        free(bytes);
        secrets->count += !error;
        return error;
}

static int read_keys(FILE *file, const char *path, struct secrets *secrets) {
        char line[512];
        int error = 0;

        for (int number = 1; !error && fgets(line, sizeof(line), file); number++) {
                line[strcspn(line, "\r\n")] = '\0';
                if (line[0] && line[0] != '#')
                        error = add_key(secrets, line);
                if (error)
                        LOG(LOG_LEVEL_ERROR, "key-file-line", LOG_TEXT("path", path), LOG_INT("line", number));
        }
        OPENSSL_cleanse(line, sizeof(line));
        return error ?: ferror(file) ? -EIO : 0;
}

int secrets_load(const char *path, struct secrets **ret_secrets) {
        _cleanup_(cleanup_secrets) struct secrets *secrets = calloc(1, sizeof(*secrets));
        FILE *file = fopen(path, "re");
        int error = !secrets ? -ENOMEM : !file ? -errno : 0;

        if (!error) {
                setvbuf(file, NULL, _IONBF, 0); /* no second copy of the keys */
                error = read_keys(file, path, secrets);
        }
        if (!error && secrets->count == 0)
                error = -EINVAL;
        if (file)
                fclose(file);
        if (error) {
                LOG(LOG_LEVEL_ERROR, "key-file", LOG_TEXT("path", path), LOG_TEXT("error", strerror(-error)));
                return error;
        }
        *ret_secrets = TAKE_PTR(secrets);
        return 0;
}

const char *secrets_signer(const struct secrets *secrets) {
        return secrets->keys[0].id;
}

static void sign(const struct key *key, enum secret_purpose purpose, const void *bytes, size_t length,
                 unsigned char ret_mac[static SECRET_MAC]) {
        if (!HMAC(EVP_sha256(), key->derived[purpose], SECRET_MAC, bytes, length, ret_mac, NULL))
                abort(); /* only without memory */
}

void secrets_sign(const struct secrets *secrets, enum secret_purpose purpose, const void *bytes, size_t length,
                  unsigned char ret_mac[static SECRET_MAC]) {
        sign(&secrets->keys[0], purpose, bytes, length, ret_mac);
}

int secrets_verify(const struct secrets *secrets, const char *id, enum secret_purpose purpose, const void *bytes,
                   size_t length, const unsigned char mac[static SECRET_MAC]) {
        const struct key *key = find(secrets, id);
        unsigned char wanted[SECRET_MAC];

        if (!key)
                return -ENOKEY;
        sign(key, purpose, bytes, length, wanted);
        return CRYPTO_memcmp(wanted, mac, SECRET_MAC) == 0 ? 0 : -EBADMSG;
}
