/* The front of the token check and the claims. Input: a token; or, as random bytes are hardly ever base64url, a header
   and a payload with a zero byte between them, from which a token is made. */
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

static void check_claims(const json_t *payload) {
        _cleanup_(claims_free) struct claims claims = {0};
        const char *reason = NULL;

        if (claims_check(payload, "i", "a", 1000000000, &claims, &reason) != 0) {
                if (!reason)
                        abort();
                return;
        }
        if (!claims.subject == !claims.client || claims.expires <= 1000000000 || !claims.scopes)
                abort();
        if (strstr(claims.scopes, "  ") || *claims.scopes == ' ')
                abort();
}

static void parse(const char *text) {
        _cleanup_(token_free) struct token token = {0};
        const char *reason = NULL;

        if (token_parse(text, &token, &reason) == 0) {
                check_promises(&token);
                check_claims(token.payload);
        } else if (!reason || token.header) {
                abort();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(text_free) struct text text = {0};
        const uint8_t *zero = memchr(data, 0, size);

        if (zero) {
                text_append_base64url(&text, data, (size_t)(zero - data));
                text_append_char(&text, '.');
                text_append_base64url(&text, zero + 1, size - (size_t)(zero + 1 - data));
                text_append_string(&text, ".AAAA");
        } else {
                text_append(&text, (const char *)data, size);
        }
        parse(text.data);
        return 0;
}
