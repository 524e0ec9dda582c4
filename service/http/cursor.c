#include "http/cursor.h"

#include "core/cleanup.h"
#include "core/secrets.h"
#include "core/text.h"
#include "problems.h"

#include <errno.h>
#include <string.h>

/* key id, U+0000, tie, U+0000, `=` and the sort key or `-` for NULL; none of them can hold U+0000. Then the MAC, over
   the binding, U+0000 and all of this. */

static void mac_input(struct text *input, const char *binding, const char *payload, size_t length) {
        text_append(input, binding, strlen(binding) + 1);
        text_append(input, payload, length);
}

const char *cursor_seal(const struct secrets *secrets, struct arena *arena, const char *binding, const char *key,
                        const char *tie) {
        _cleanup_(text_free) struct text payload = {0}, input = {0}, cursor = {0};
        const char *signer = secrets_signer(secrets);
        unsigned char mac[SECRET_MAC];

        text_append(&payload, signer, strlen(signer) + 1);
        text_append(&payload, tie, strlen(tie) + 1);
        text_append_char(&payload, key ? '=' : '-');
        text_append_string(&payload, key ?: "");
        mac_input(&input, binding, payload.data, payload.length);
        secrets_sign(secrets, SECRET_CURSOR, input.data, input.length, mac);
        text_append(&payload, (const char *)mac, SECRET_MAC);
        text_append_base64url(&cursor, (const unsigned char *)payload.data, payload.length);
        return arena_strndup(arena, cursor.data, cursor.length);
}

int cursor_open(const struct secrets *secrets, struct arena *arena, const char *binding, const char *cursor,
                const char **ret_key, const char **ret_tie) {
        _cleanup_(text_free) struct text input = {0};
        _cleanup_free_ unsigned char *bytes = NULL;
        const char *payload, *tie, *key;
        size_t length;

        if (text_from_base64url(cursor, strlen(cursor), &bytes, &length) != 0 || length < SECRET_MAC)
                return PROBLEM_INVALID_PARAMETER;
        payload = (const char *)bytes;
        length -= SECRET_MAC;
        if (!memchr(payload, '\0', length)) /* no key id */
                return PROBLEM_INVALID_PARAMETER;
        mac_input(&input, binding, payload, length);
        int error = secrets_verify(secrets, payload, SECRET_CURSOR, input.data, input.length, bytes + length);
        if (error)
                return error == -ENOKEY ? PROBLEM_CURSOR_EXPIRED : PROBLEM_INVALID_PARAMETER;

        /* From here on it is as it was sealed. */
        tie = payload + strlen(payload) + 1;
        key = tie + strlen(tie) + 1;
        *ret_tie = arena_strdup(arena, tie);
        *ret_key = *key == '=' ? arena_strndup(arena, key + 1, (size_t)(payload + length - key - 1)) : NULL;
        return 0;
}
