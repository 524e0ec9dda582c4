/* The front of the token check, what an issuer says of its tokens, and the claims. Input: a token; or, as random bytes are
   hardly ever base64url, a header, a payload and, if the issuer says anything, its entry, with zero bytes between them. */
#include "auth/claims.h"
#include "auth/token.h"
#include "core/cleanup.h"
#include "core/text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the rest of the service relies on once a token has passed. */
static void check_promises(const struct token *token) {
        if (!json_is_object(token->header) || !json_is_object(token->payload) || !token->algorithm)
                abort();
        if (token->key_id && strlen(token->key_id) > TOKEN_KEY_ID_MAX)
                abort();
        if (json_object_get(token->header, "crit") || json_object_get(token->header, "jku"))
                abort();
}

/* Nobody is two, and a person never the client that he uses. */
static void check_caller(const struct token *token, const struct profile *profile, const struct claims *claims) {
        const struct claim_name *by = claims->client ? &profile->client : &profile->person;
        const char *name = claims->client ?: claims->subject;

        if (!claims->subject == !claims->client || !by->claim)
                abort();
        if (json_string_value(json_object_get(token->payload, by->claim)) != name || !*name || strlen(name) > 255)
                abort();
        const char *client = profile->client.claim
                                     ? json_string_value(json_object_get(token->payload, profile->client.claim))
                                     : NULL;
        if (claim_rule_holds(&profile->for_itself, token->payload, client) != !!claims->client)
                abort();
        if (!token->says_access && !claim_rule_holds(&profile->access_token, token->payload, NULL))
                abort();
}

static void check_claims(const struct token *token, const struct profile *profile) {
        _cleanup_(claims_free) struct claims claims = {0};
        const char *reason = NULL;

        if (claims_check(token, profile, 1000000000, &claims, &reason) != 0) {
                if (!reason)
                        abort();
                return;
        }
        check_caller(token, profile, &claims);
        if (claims.expires <= 1000000000 || !claims.scopes || strstr(claims.scopes, "  ") || *claims.scopes == ' ')
                abort();
}

/* Issuers as deploy/issuers/ has them. */
#define ISSUER "{\"issuer\":\"i\",\"audience\":\"a\""
#define KEYCLOAK                                                                           \
        ISSUER ",\"access_token\":{\"claim\":\"typ\",\"is\":\"Bearer\"},"                  \
               "\"person\":{\"claim\":\"employee_number\",\"matches\":\"number\"},"        \
               "\"client\":{\"claim\":\"azp\",\"when\":{\"claim\":\"preferred_username\"," \
               "\"is\":\"service-account-{client}\"}}}"
#define ENTRA                                                                                  \
        ISSUER ",\"access_token\":{\"claim\":\"azpacr\"},\"person\":{\"claim\":\"oid\"},"      \
               "\"client\":{\"claim\":\"azp\",\"when\":{\"claim\":\"idtyp\",\"is\":\"app\"}}," \
               "\"scopes\":\"roles\"}"

static const char *const entries[] = {ISSUER "}", KEYCLOAK, ENTRA};

static void check_entry(const struct token *token, const char *json, size_t length, bool good) {
        _cleanup_json_ json_t *entry = text_json_depth(json, length) > 16 ? NULL : json_loadb(json, length, 0, NULL);
        struct complaint complaint = {0};
        struct profile profile;

        if (!entry)
                return;
        if (profile_read(entry, NULL, &profile, &complaint) == 0)
                check_claims(token, &profile);
        else if (good || !complaint.reason)
                abort();
}

static void parse(const char *text, const char *entry, size_t length) {
        _cleanup_(token_free) struct token token = {0};
        const char *reason = NULL;

        if (token_parse(text, &token, &reason) == 0) {
                check_promises(&token);
                for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
                        check_entry(&token, entries[i], strlen(entries[i]), true);
                check_entry(&token, entry, length, false);
        } else if (!reason || token.header) {
                abort();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(text_free) struct text text = {0};
        const char *bytes = (const char *)data, *end = bytes + size, *zero = memchr(bytes, 0, size);

        if (!zero) {
                text_append(&text, bytes, size);
                parse(text.data, "", 0);
                return 0;
        }
        const char *payload = zero + 1, *next = memchr(payload, 0, (size_t)(end - payload)) ?: end;
        text_append_base64url(&text, data, (size_t)(zero - bytes));
        text_append_char(&text, '.');
        text_append_base64url(&text, data + (payload - bytes), (size_t)(next - payload));
        text_append_string(&text, ".AAAA");
        const char *entry = next < end ? next + 1 : end;
        parse(text.data, entry, (size_t)(end - entry));
        return 0;
}
