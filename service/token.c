#include "token.h"

#include "auth/issuers.h"
#include "auth/openssl.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { KEY_BITS = 2048, KEY_BYTES_MAX = 64 * 1024, TTL_MAX_S = 366 * 24 * 3600 };

/* What a staff token names as the program that asked for it; a client's token names the client itself. */
#define CLIENT_ID "kiki-token"

struct wish {
        const char *staff, *client, *scope, *issuer, *audience, *key, *new_keys;
        long ttl_s;
};

static const char usage[] =
        "usage: kiki token (--staff NUMBER | --client ID) --key FILE [--scopes \"SCOPE …\"] [--ttl SECONDS]\n"
        "                  [--issuer ISSUER] [--audience AUDIENCE]\n"
        "       kiki token --new-keys DIRECTORY\n"
        "Prints a token signed with the RSA key in FILE, or makes development.key and the jwks.json,\n"
        "issuers.json and secrets that let the service run with it.\n";

static int fail(const char *what, const char *why) {
        fprintf(stderr, "kiki token: %s: %s\n", what, why);
        return 1;
}

static int append_number(struct text *text, const EVP_PKEY *pkey, const char *name) {
        _cleanup_bn_ BIGNUM *number = NULL;
        unsigned char bytes[KEY_BYTES_MAX / 64];

        if (EVP_PKEY_get_bn_param(pkey, name, &number) != 1 || BN_num_bytes(number) > (int)sizeof(bytes))
                return -EINVAL;
        text_append_base64url(text, bytes, (size_t)BN_bn2bin(number, bytes));
        return 0;
}

/* The required members of an RSA key in the order that RFC 7638 hashes. */
static int append_members(struct text *text, const EVP_PKEY *pkey) {
        text_append_string(text, "\"e\":\"");
        if (append_number(text, pkey, OSSL_PKEY_PARAM_RSA_E) != 0)
                return -EINVAL;
        text_append_string(text, "\",\"kty\":\"RSA\",\"n\":\"");
        if (append_number(text, pkey, OSSL_PKEY_PARAM_RSA_N) != 0)
                return -EINVAL;
        text_append_char(text, '"');
        return 0;
}

/* The key id is derived from the key (RFC 7638), so that the private key alone is enough to sign. */
static int append_key_id(struct text *text, const EVP_PKEY *pkey) {
        _cleanup_(text_free) struct text canonical = {0};
        unsigned char digest[EVP_MAX_MD_SIZE];

        text_append_char(&canonical, '{');
        if (append_members(&canonical, pkey) != 0)
                return -EINVAL;
        text_append_char(&canonical, '}');
        if (EVP_Digest(canonical.data, canonical.length, digest, NULL, EVP_sha256(), NULL) != 1)
                return -EINVAL;
        text_append_string(text, KEY_ID_DEVELOPMENT);
        text_append_base64url(text, digest, 12);
        return 0;
}

/* Never overwrites: keys that are in use are not thrown away. */
static int write_file(const char *directory, const char *name, mode_t mode, const char *bytes, size_t length) {
        _cleanup_free_ char *path = NULL;
        _cleanup_close_ int fd = -1;

        if (asprintf(&path, "%s/%s", directory, name) < 0)
                return fail(name, "out of memory");
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd < 0 || write(fd, bytes, length) != (ssize_t)length)
                return fail(path, strerrordesc_np(errno));
        return 0;
}

static int write_private_key(const char *directory, EVP_PKEY *pkey) {
        _cleanup_bio_ BIO *pem = BIO_new(BIO_s_mem());
        char *bytes;

        if (!pem || PEM_write_bio_PrivateKey(pem, pkey, NULL, NULL, 0, NULL, NULL) != 1)
                return fail(directory, "the key could not be written as PEM");
        long length = BIO_get_mem_data(pem, &bytes);
        return write_file(directory, "development.key", 0600, bytes, (size_t)length);
}

static int write_key_set(const char *directory, const EVP_PKEY *pkey) {
        _cleanup_(text_free) struct text text = {0};

        text_append_string(&text, "{\"keys\":[{\"alg\":\"RS256\",\"use\":\"sig\",\"kid\":\"");
        if (append_key_id(&text, pkey) != 0)
                return fail(directory, "the key has no id");
        text_append_string(&text, "\",");
        append_members(&text, pkey);
        text_append_string(&text, "}]}\n");
        return write_file(directory, "jwks.json", 0644, text.data, text.length);
}

/* One key for core/secrets.h. */
static int write_secrets(const char *directory) {
        _cleanup_(text_free) struct text text = {0};
        unsigned char key[32], base64[sizeof(key) / 3 * 4 + 5];

        if (RAND_bytes(key, sizeof(key)) != 1)
                return fail(directory, "no random bytes");
        EVP_EncodeBlock(base64, key, sizeof(key));
        text_printf(&text, "development:%s\n", (const char *)base64);
        return write_file(directory, "secrets", 0600, text.data, text.length);
}

static int make_keys(const struct wish *wish) {
        static const char format[] = "[{\"issuer\":\"%s\",\"audience\":\"%s\",\"jwks\":\"jwks.json\"}]\n";
        _cleanup_(text_free) struct text issuers = {0};
        _cleanup_pkey_ EVP_PKEY *pkey = EVP_RSA_gen(KEY_BITS);

        if (!pkey)
                return fail("key", "could not be made");
        if (mkdir(wish->new_keys, 0755) != 0 && errno != EEXIST)
                return fail(wish->new_keys, strerrordesc_np(errno));
        text_printf(&issuers, format, ISSUER_DEVELOPMENT, "kiki");
        int r = write_private_key(wish->new_keys, pkey);
        if (r == 0)
                r = write_key_set(wish->new_keys, pkey);
        if (r == 0)
                r = write_secrets(wish->new_keys);
        return r == 0 ? write_file(wish->new_keys, "issuers.json", 0644, issuers.data, issuers.length) : r;
}

static void append_part(struct text *token, json_t *part) {
        _cleanup_free_ char *json = json_dumps(part, JSON_COMPACT);

        text_append_base64url(token, (const unsigned char *)json, strlen(json));
}

/* What RFC 9068 section 2.2 asks for. */
static json_t *make_claims(const struct wish *wish) {
        json_int_t now = clock_now() / CLOCK_SECOND;
        _cleanup_(text_free) struct text id = {0};
        unsigned char random[16];

        if (RAND_bytes(random, sizeof(random)) != 1)
                return NULL;
        text_append_base64url(&id, random, sizeof(random));
        return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s*}", "iss", wish->issuer, "aud", wish->audience, "sub",
                         wish->staff ?: wish->client, "client_id", wish->client ?: CLIENT_ID, "jti", id.data, "iat",
                         now, "exp", now + wish->ttl_s, "scope", wish->scope);
}

/* libjwt 1.10 (Debian 12) makes no token of the type at+jwt. */
static int append_signature(struct text *token, EVP_PKEY *pkey) {
        _cleanup_free_ unsigned char *signature = malloc((size_t)EVP_PKEY_get_size(pkey));
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        size_t length = (size_t)EVP_PKEY_get_size(pkey);
        bool made = signature && context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pkey) == 1 &&
                    EVP_DigestSign(context, signature, &length, (unsigned char *)token->data, token->length) == 1;

        EVP_MD_CTX_free(context);
        if (!made)
                return -EIO;
        text_append_char(token, '.');
        text_append_base64url(token, signature, length);
        return 0;
}

static int print_token(const struct wish *wish) {
        _cleanup_(text_free) struct text pem = {0}, id = {0}, token = {0};
        _cleanup_pkey_ EVP_PKEY *pkey = NULL;
        int r = file_read(wish->key, KEY_BYTES_MAX, &pem);

        if (r != 0)
                return fail(wish->key, strerrordesc_np(-r));
        _cleanup_bio_ BIO *in = BIO_new_mem_buf(pem.data, (int)pem.length);
        pkey = in ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL) : NULL;
        if (!pkey || !EVP_PKEY_is_a(pkey, "RSA") || append_key_id(&id, pkey) != 0)
                return fail(wish->key, "not a private RSA key in PEM");
        _cleanup_json_ json_t *header = json_pack("{s:s, s:s, s:s}", "alg", "RS256", "typ", "at+jwt", "kid", id.data),
                              *claims = make_claims(wish);
        if (!header || !claims)
                return fail("token", "could not be made: are all words UTF-8?");
        append_part(&token, header);
        text_append_char(&token, '.');
        append_part(&token, claims);
        if (append_signature(&token, pkey) != 0)
                return fail("token", "could not be signed");
        return printf("%s\n", token.data) > 0 && fflush(stdout) == 0 ? 0 : 1;
}

static int read_wish(int argc, char **argv, struct wish *wish) {
        static const struct option options[] = {
                {"staff", required_argument, NULL, 's'},
                {"client", required_argument, NULL, 'c'},
                {"scopes", required_argument, NULL, 'o'},
                {"issuer", required_argument, NULL, 'i'},
                {"audience", required_argument, NULL, 'a'},
                {"key", required_argument, NULL, 'k'},
                {"ttl", required_argument, NULL, 't'},
                {"new-keys", required_argument, NULL, 'n'},
                {0},
        };
        const char **texts[] = {
                ['s'] = &wish->staff,    ['c'] = &wish->client, ['o'] = &wish->scope,   ['i'] = &wish->issuer,
                ['a'] = &wish->audience, ['k'] = &wish->key,    ['n'] = &wish->new_keys};
        char *end = "";

        for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
                if (option == 't')
                        wish->ttl_s = strtol(optarg, &end, 10);
                else if (option == '?')
                        return -EINVAL;
                else
                        *texts[option] = optarg;
        }
        if (optind != argc || *end || wish->ttl_s < 1 || wish->ttl_s > TTL_MAX_S)
                return -EINVAL;
        if (wish->new_keys)
                return wish->staff || wish->client || wish->key ? -EINVAL : 0;
        return wish->key && !wish->staff != !wish->client ? 0 : -EINVAL;
}

int command_token(int argc, char **argv) {
        struct wish wish = {.issuer = ISSUER_DEVELOPMENT, .audience = "kiki", .ttl_s = 3600};

        if (read_wish(argc, argv, &wish) != 0) {
                fputs(usage, stderr);
                return 2;
        }
        return wish.new_keys ? make_keys(&wish) : print_token(&wish);
}
