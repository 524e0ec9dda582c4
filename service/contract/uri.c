#include "contract/uri.h"

#include <string.h>

static int digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

const char *uri_decode(struct arena *arena, const char *text, size_t length, bool query) {
        char *decoded = arena_alloc(arena, length + 1);
        size_t n = 0;

        for (size_t i = 0; i < length; i++) {
                if (text[i] == '%') {
                        if (length - i < 3)
                                return NULL;
                        int high = digit(text[i + 1]), low = digit(text[i + 2]);
                        if (high < 0 || low < 0)
                                return NULL;
                        decoded[n++] = (char)(high * 16 + low);
                        i += 2;
                } else {
                        decoded[n++] = query && text[i] == '+' ? ' ' : text[i];
                }
        }
        return text_is_utf8(decoded, n) ? decoded : NULL;
}

void uri_append(struct text *uri, const char *raw, size_t length) {
        static const char may[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?%";

        for (size_t i = 0; i < length; i++) {
                if (memchr(may, raw[i], sizeof(may) - 1))
                        text_append_char(uri, raw[i]);
                else
                        text_printf(uri, "%%%02X", (unsigned char)raw[i]);
        }
}
