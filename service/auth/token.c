#include "auth/token.h"

#include "core/cleanup.h"
#include "core/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 16 };

static int refuse(const char **ret_reason, const char *reason) {
        *ret_reason = reason;
        return -EINVAL;
}

void token_free(struct token *token) {
        json_decref(token->header);
        json_decref(token->payload);
        *token = (struct token){0};
}

/* The three parts between their two dots; false when there are more or fewer, or one is empty. */
static bool split(const char *text, size_t length, const char *ret_begin[3], size_t ret_length[3]) {
        const char *end = text + length;

        for (size_t i = 0; i < 3; i++) {
                const char *stop = memchr(text, '.', (size_t)(end - text));
                if (!stop != (i == 2))
                        return false;
                ret_begin[i] = text;
                ret_length[i] = (size_t)((stop ?: end) - text);
                if (ret_length[i] == 0)
                        return false;
                text = stop ? stop + 1 : end;
        }
        return true;
}

static int read_object(const char *part, size_t length, json_t **ret_object, const char **ret_reason) {
        _cleanup_free_ unsigned char *bytes = NULL;
        size_t size = 0;

        if (text_from_base64url(part, length, &bytes, &size) != 0)
                return refuse(ret_reason, "a part is not strict base64url");
        if (text_json_depth((const char *)bytes, size) > DEPTH_MAX)
                return refuse(ret_reason, "JSON lies too deep");
        /* Refuses bad UTF-8 and U+0000 as well, and anything after the object. */
        _cleanup_json_ json_t *object = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(object))
                return refuse(ret_reason, "a part is not a JSON object with unique members");
        *ret_object = TAKE_PTR(object);
        return 0;
}

static bool is_access_type(const char *type) {
        return strcasecmp(type, "at+jwt") == 0 || strcasecmp(type, "application/at+jwt") == 0;
}

static int check_header(struct token *token, const char **ret_reason) {
        /* Members by which a token would bring its own key or its own rules. */
        static const char *const refused[] = {"crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc"};
        const json_t *typ = json_object_get(token->header, "typ"), *key_id = json_object_get(token->header, "kid");
        const char *type = typ ? json_string_value(typ) : "JWT";

        for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
                if (json_object_get(token->header, refused[i]))
                        return refuse(ret_reason, "the header has a member that is never accepted");
        if (!type || (strcasecmp(type, "JWT") != 0 && !is_access_type(type)))
                return refuse(ret_reason, "typ is neither JWT nor at+jwt");
        if (key_id && !(json_is_string(key_id) && json_string_length(key_id) <= TOKEN_KEY_ID_MAX))
                return refuse(ret_reason, "kid is not a short string");
        token->algorithm = json_string_value(json_object_get(token->header, "alg"));
        if (!token->algorithm)
                return refuse(ret_reason, "alg is missing");
        token->key_id = json_string_value(key_id);
        token->says_access = is_access_type(type);
        return 0;
}

int token_parse(const char *text, struct token *ret_token, const char **ret_reason) {
        _cleanup_(token_free) struct token token = {0};
        _cleanup_free_ unsigned char *signature = NULL;
        const char *begin[3];
        size_t length[3], size = strnlen(text, TOKEN_BYTES_MAX + 1);
        int r;

        if (size > TOKEN_BYTES_MAX)
                return refuse(ret_reason, "longer than 16 KiB");
        if (!split(text, size, begin, length))
                return refuse(ret_reason, "not three parts");
        if (text_from_base64url(begin[2], length[2], &signature, &size) != 0)
                return refuse(ret_reason, "the signature is not strict base64url");
        if ((r = read_object(begin[0], length[0], &token.header, ret_reason)) != 0 ||
            (r = read_object(begin[1], length[1], &token.payload, ret_reason)) != 0 ||
            (r = check_header(&token, ret_reason)) != 0)
                return r;
        *ret_token = token;
        token = (struct token){0};
        return 0;
}
