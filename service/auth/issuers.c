#include "auth/issuers.h"

#include "auth/discovery.h"
#include "auth/fetch.h"
#include "core/cleanup.h"
#include "core/file.h"
#include "core/log.h"

#include <errno.h>
#include <string.h>

enum { FILE_BYTES_MAX = 64 * 1024 };

void issuers_free(struct issuer *issuers, size_t count) {
        for (size_t i = 0; i < count; i++) {
                json_decref(issuers[i].entry);
                free(issuers[i].location);
        }
        free(issuers);
}

static int refuse(const char *path, const char *reason) {
        LOG(LOG_LEVEL_ERROR, "issuers-not-accepted", LOG_TEXT("path", path), LOG_TEXT("reason", reason));
        return -EINVAL;
}

static int refuse_text(const char *path, const json_error_t *error) {
        LOG(LOG_LEVEL_ERROR, "issuers-not-accepted", LOG_TEXT("path", path), LOG_INT("line", error->line),
            LOG_TEXT("reason", error->text));
        return -EINVAL;
}

/* `member` as a JSON pointer into the file. */
static int refuse_member(const char *path, size_t index, const struct complaint *complaint) {
        char member[sizeof(complaint->member) + 24];

        snprintf(member, sizeof(member), "/%zu%s", index, complaint->member);
        LOG(LOG_LEVEL_ERROR, "issuers-not-accepted", LOG_TEXT("path", path), LOG_TEXT("member", member),
            LOG_TEXT("reason", complaint->reason));
        return -EINVAL;
}

static int complain(struct complaint *complaint, const char *member, const char *reason) {
        snprintf(complaint->member, sizeof(complaint->member), "%s", member);
        complaint->reason = reason;
        return -EINVAL;
}

void issuers_refuse_keys(const char *path, size_t index, const struct issuer *issuer) {
        struct complaint complaint = {0};

        complain(&complaint, issuer->source == KEYS_PEM_FILE ? "/pem" : "/jwks",
                 "has no keys that can be used: the line keys-not-read says why");
        refuse_member(path, index, &complaint);
}

/* A path as the file means it. Caller frees. */
static char *beside(const char *file, const char *path) {
        const char *slash = strrchr(file, '/');
        char *joined;

        if (*path == '/' || !slash)
                return strdup(path);
        return asprintf(&joined, "%.*s/%s", (int)(slash - file), file, path) < 0 ? NULL : joined;
}

static int read_algorithms(const json_t *names, unsigned *ret_algorithms, struct complaint *complaint) {
        const json_t *name;
        size_t i;

        *ret_algorithms = names ? 0 : ALGORITHM_RS256 | ALGORITHM_ES256;
        json_array_foreach(names, i, name) {
                unsigned algorithm = json_is_string(name) ? algorithm_parse(json_string_value(name)) : 0;
                if (algorithm == 0)
                        return complain(complaint, "/algorithms", "may name RS256, RS384, RS512, ES256 and ES384");
                *ret_algorithms |= algorithm;
        }
        return *ret_algorithms ? 0 : complain(complaint, "/algorithms", "must be a list of names");
}

/* Where its keys are. */
static int read_location(const char *path, struct issuer *issuer, struct complaint *complaint) {
        const json_t *jwks = json_object_get(issuer->entry, "jwks"), *pem = json_object_get(issuer->entry, "pem");
        const char *where = json_string_value(jwks ?: pem), *name = issuer->profile.issuer;

        if (jwks && pem)
                return complain(complaint, "/pem", "jwks says already where the keys are");
        if ((jwks || pem) && (!where || !*where))
                return complain(complaint, jwks ? "/jwks" : "/pem", "must be a text, and not empty");
        if (!where && !discovery_is_possible(name))
                return complain(complaint, "/jwks",
                                "is missing, and so is pem: only an issuer that is an https URL says "
                                "by itself where its keys are");
        bool url = jwks && strstr(where, "://");
        if (url && !fetch_is_url(where))
                return complain(complaint, "/jwks", "must be an https URL or a path");
        issuer->source = pem ? KEYS_PEM_FILE : url ? KEYS_JWKS_URL : jwks ? KEYS_JWKS_FILE : KEYS_DISCOVERED;
        issuer->location = url || !where ? strdup(where ?: name) : beside(path, where);
        return issuer->location ? 0 : complain(complaint, "", "out of memory");
}

static int read_entry(const char *path, bool production, struct issuer *issuer, struct complaint *complaint) {
        static const char *const members[] = {"jwks", "pem", "algorithms", NULL};
        int r = profile_read(issuer->entry, members, &issuer->profile, complaint);

        if (r != 0)
                return r;
        if (production && strncmp(issuer->profile.issuer, ISSUER_DEVELOPMENT, strlen(ISSUER_DEVELOPMENT)) == 0)
                return complain(complaint, "/issuer", "is a development issuer, and this is production");
        if ((r = read_location(path, issuer, complaint)) != 0)
                return r;
        return read_algorithms(json_object_get(issuer->entry, "algorithms"), &issuer->algorithms, complaint);
}

static int read_entries(const char *path, const json_t *entries, bool production, struct issuer *issuers) {
        struct complaint complaint = {0};
        json_t *entry;
        size_t i;

        json_array_foreach(entries, i, entry) {
                issuers[i].entry = json_incref(entry);
                if (read_entry(path, production, &issuers[i], &complaint) != 0)
                        return refuse_member(path, i, &complaint);
                for (size_t j = 0; j < i; j++)
                        if (strcmp(issuers[i].profile.issuer, issuers[j].profile.issuer) == 0) {
                                complain(&complaint, "/issuer", "is named twice");
                                return refuse_member(path, i, &complaint);
                        }
        }
        return 0;
}

int issuers_read(const char *path, bool production, struct issuer **ret_issuers, size_t *ret_count) {
        _cleanup_(text_free) struct text file = {0};
        json_error_t error;
        int r = file_read(path, FILE_BYTES_MAX, &file);

        if (r != 0)
                return refuse(path, strerrordesc_np(-r));
        _cleanup_json_ json_t *entries = json_loadb(file.data ?: "", file.length, JSON_REJECT_DUPLICATES, &error);
        if (!entries)
                return refuse_text(path, &error);
        size_t count = json_array_size(entries);
        if (count == 0 || count > ISSUERS_MAX)
                return refuse(path, "must be a JSON list of 1 to 32 issuers");
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
