#include "auth/issuers.h"

#include "core/cleanup.h"
#include "core/file.h"
#include "core/log.h"

#include <errno.h>
#include <string.h>

enum { FILE_BYTES_MAX = 64 * 1024 };

void issuers_free(struct issuer *issuers, size_t count) {
        for (size_t i = 0; i < count; i++) {
                free(issuers[i].name);
                free(issuers[i].audience);
                free(issuers[i].location);
        }
        free(issuers);
}

static int refuse(const char *path, size_t index, const char *reason) {
        LOG(LOG_LEVEL_ERROR, "issuers-not-accepted", LOG_TEXT("path", path), LOG_INT("index", (int64_t)index),
            LOG_TEXT("reason", reason));
        return -EINVAL;
}

/* A path as the file means it. Caller frees. */
static char *beside(const char *file, const char *path) {
        const char *slash = strrchr(file, '/');
        char *joined;

        if (*path == '/' || !slash)
                return strdup(path);
        return asprintf(&joined, "%.*s/%s", (int)(slash - file), file, path) < 0 ? NULL : joined;
}

static const char *read_algorithms(const json_t *names, unsigned *ret_algorithms) {
        const json_t *name;
        size_t i;

        *ret_algorithms = names ? 0 : ALGORITHM_RS256 | ALGORITHM_ES256;
        json_array_foreach(names, i, name) {
                unsigned algorithm = json_is_string(name) ? algorithm_parse(json_string_value(name)) : 0;
                if (algorithm == 0)
                        return "algorithms may name RS256, RS384, RS512, ES256 and ES384";
                *ret_algorithms |= algorithm;
        }
        return *ret_algorithms ? NULL : "algorithms is not a list of names";
}

/* NULL, or what is wrong with the entry. */
static const char *read_entry(const char *path, json_t *entry, bool production, struct issuer *issuer) {
        const char *name, *audience, *jwks = NULL, *pem = NULL, *wrong;
        json_t *algorithms = NULL;

        if (json_unpack(entry, "{s:s, s:s, s?s, s?s, s?o!}", "issuer", &name, "audience", &audience, "jwks", &jwks,
                        "pem", &pem, "algorithms", &algorithms) != 0)
                return "needs issuer, audience, and jwks or pem; may have algorithms; nothing else";
        if (!*name || !*audience)
                return "issuer and audience must not be empty";
        for (const char *c = name; *c; c++)
                if ((unsigned char)*c < 0x20 || *c == 0x7f)
                        return "issuer must not have control characters";
        if (!jwks == !pem)
                return "needs either jwks or pem";
        if (production && strncmp(name, ISSUER_DEVELOPMENT, strlen(ISSUER_DEVELOPMENT)) == 0)
                return "a development issuer in production";
        if (jwks && strstr(jwks, "://") && strncmp(jwks, "https://", 8) != 0)
                return "jwks must be an https URL or a path";
        if ((wrong = read_algorithms(algorithms, &issuer->algorithms)))
                return wrong;
        issuer->source = pem ? KEYS_PEM_FILE : strstr(jwks, "://") ? KEYS_JWKS_URL : KEYS_JWKS_FILE;
        issuer->name = strdup(name);
        issuer->audience = strdup(audience);
        issuer->location = issuer->source == KEYS_JWKS_URL ? strdup(jwks) : beside(path, pem ?: jwks);
        return issuer->name && issuer->audience && issuer->location ? NULL : "out of memory";
}

static int read_entries(const char *path, const json_t *entries, bool production, struct issuer *issuers) {
        json_t *entry;
        size_t i;

        json_array_foreach(entries, i, entry) {
                const char *wrong = read_entry(path, entry, production, &issuers[i]);
                for (size_t j = 0; j < i && !wrong; j++)
                        if (strcmp(issuers[i].name, issuers[j].name) == 0)
                                wrong = "the issuer is named twice";
                if (wrong)
                        return refuse(path, i, wrong);
        }
        return 0;
}

int issuers_read(const char *path, bool production, struct issuer **ret_issuers, size_t *ret_count) {
        _cleanup_(text_free) struct text file = {0};
        int r = file_read(path, FILE_BYTES_MAX, &file);

        if (r != 0)
                return refuse(path, 0, strerrordesc_np(-r));
        _cleanup_json_ json_t *entries = json_loadb(file.data, file.length, JSON_REJECT_DUPLICATES, NULL);
        size_t count = json_array_size(entries);
        if (count == 0 || count > ISSUERS_MAX)
                return refuse(path, 0, "not a JSON list of 1 to 32 issuers");
        struct issuer *issuers = calloc(count, sizeof(*issuers));
        if (!issuers)
                return -ENOMEM;
        if ((r = read_entries(path, entries, production, issuers)) != 0) {
                issuers_free(issuers, count);
                return r;
        }
        *ret_issuers = issuers;
        *ret_count = count;
        return 0;
}
