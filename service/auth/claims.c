#include "auth/claims.h"

#include "core/cleanup.h"
#include "core/text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { NAME_MAX_BYTES = 255 };

static int refuse(const char **ret_reason, const char *reason) {
        *ret_reason = reason;
        return -EINVAL;
}

void claims_free(struct claims *claims) {
        free(claims->scopes);
        *claims = (struct claims){0};
}

/* A NumericDate may have a fraction (RFC 7519 section 2), which is cut. */
static bool read_time(const json_t *value, int64_t *ret_seconds) {
        double number = json_number_value(value);

        if (!json_is_number(value) || !(number >= 0 && number < 1e15))
                return false;
        *ret_seconds = (int64_t)number;
        return true;
}

static int check_times(const json_t *payload, int64_t now, int64_t *ret_expires, const char **ret_reason) {
        static const char *const not_before[] = {"nbf", "iat"};
        int64_t expires, from;

        if (!read_time(json_object_get(payload, "exp"), &expires))
                return refuse(ret_reason, "exp is missing or no time");
        for (size_t i = 0; i < 2; i++) {
                const json_t *value = json_object_get(payload, not_before[i]);
                if (value && !read_time(value, &from))
                        return refuse(ret_reason, "nbf or iat is no time");
                if (value && from > now + CLAIMS_LEEWAY_S)
                        return refuse(ret_reason, "not valid yet");
        }
        *ret_expires = expires;
        return 0;
}

static bool is_string(const json_t *value, const char *wanted) {
        return json_is_string(value) && strcmp(json_string_value(value), wanted) == 0;
}

static bool is_meant_for(const json_t *audiences, const char *audience) {
        const json_t *item;
        size_t i;

        if (!json_is_array(audiences))
                return is_string(audiences, audience);
        json_array_foreach(audiences, i, item) {
                if (is_string(item, audience))
                        return true;
        }
        return false;
}

/* Reads the claim when there is one and it is there: 1 to 255 bytes without control characters. */
static bool read_name(const json_t *payload, const struct claim_name *by, const char **ret_name) {
        const json_t *value = by->claim ? json_object_get(payload, by->claim) : NULL;
        const char *name = json_string_value(value);

        if (!value) {
                *ret_name = NULL;
                return true;
        }
        if (!name || !*name || strlen(name) > NAME_MAX_BYTES)
                return false;
        for (const char *c = name; *c; c++)
                if ((unsigned char)*c < 0x20 || *c == 0x7f)
                        return false;
        *ret_name = name;
        return true;
}

/* An access token names both the person and the program that acts for him: who calls with it is the program only where the
   profile's rule says that it acts for itself (RFC 9068 sections 2.2 and 5). */
static int read_caller(const json_t *payload, const struct profile *profile, struct claims *claims,
                       const char **ret_reason) {
        const char *person = NULL, *client;

        if (!read_name(payload, &profile->client, &client))
                return refuse(ret_reason, "the client's claim is no name");
        bool for_itself = claim_rule_holds(&profile->for_itself, payload, client);
        if (!for_itself && !read_name(payload, &profile->person, &person))
                return refuse(ret_reason, "the person's claim is no name");
        if (!(for_itself ? client : person))
                return refuse(ret_reason, "names neither a person nor a client by the issuer's claims");
        claims->subject = person;
        claims->client = for_itself ? client : NULL;
        return 0;
}

/* Whether all of it is as RFC 6749 section 3.3 says. */
static bool is_scope(const char *words) {
        for (const char *c = words; *c; c++)
                if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
                        return false;
        return true;
}

static void add_scopes(const char *words, struct text *scopes) {
        while (*(words += strspn(words, " "))) {
                size_t length = strcspn(words, " ");
                if (scopes->length > 0)
                        text_append_char(scopes, ' ');
                text_append(scopes, words, length);
                words += length;
        }
}

/* A text, or a list. That may be of roles, of which some have other names: they are no scopes. */
static int read_scopes(const json_t *payload, const char *claim, char **ret_scopes, const char **ret_reason) {
        const json_t *value = json_object_get(payload, claim ?: "scope") ?: json_object_get(payload, claim ?: "scp"),
                     *item;
        _cleanup_(text_free) struct text scopes = {0};
        const char *words = json_string_value(value);
        bool good = !value || json_is_array(value) || (words && is_scope(words));
        size_t i;

        json_array_foreach(value, i, item) {
                good &= json_is_string(item);
                if (good && is_scope(json_string_value(item)))
                        add_scopes(json_string_value(item), &scopes);
        }
        if (good && words)
                add_scopes(words, &scopes);
        if (!good)
                return refuse(ret_reason, "scope is malformed");
        *ret_scopes = text_take(&scopes);
        return 0;
}

/* Where the header does not say so, what the profile tells them by does. */
static bool is_access_token(const struct token *token, const struct profile *profile) {
        return token->says_access || claim_rule_holds(&profile->access_token, token->payload, NULL);
}

int claims_check(const struct token *token, const struct profile *profile, int64_t now, struct claims *ret_claims,
                 const char **ret_reason) {
        const json_t *payload = token->payload;
        struct claims claims = {0};
        int r;

        if (!is_string(json_object_get(payload, "iss"), profile->issuer))
                return refuse(ret_reason, "another issuer");
        if (!is_meant_for(json_object_get(payload, "aud"), profile->audience))
                return refuse(ret_reason, "meant for another audience");
        if (!is_access_token(token, profile))
                return refuse(ret_reason, profile->access_token.claim
                                                  ? "neither typ at+jwt nor as access_token in the issuers file says"
                                                  : "typ is not at+jwt, and the issuers file has no access_token");
        if ((r = check_times(payload, now, &claims.expires, ret_reason)) != 0 ||
            (r = read_caller(payload, profile, &claims, ret_reason)) != 0)
                return r;
        if (claims.expires <= now) {
                *ret_reason = "expired";
                return -ETIME;
        }
        if ((r = read_scopes(payload, profile->scopes, &claims.scopes, ret_reason)) != 0)
                return r;
        *ret_claims = claims;
        return 0;
}
