#include "core/text.h"

#include "core/memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_free(struct text *text) {
        free(text->data);
        *text = (struct text){0};
}

/* Makes room for `more` bytes and the terminator. Running out of memory ends the process, as in the arena. */
static void reserve(struct text *text, size_t more) {
        if (text->data && more < text->allocated - text->length)
                return;
        if (more > SIZE_MAX / 4 || text->length > SIZE_MAX / 4)
                abort();
        size_t wanted = text->length + more + 1;
        size_t allocated = text->allocated ? text->allocated : 64;
        while (allocated < wanted)
                allocated *= 2;
        char *data = memory_need(realloc(text->data, allocated));
        data[text->length] = '\0';
        text->data = data;
        text->allocated = allocated;
}

void text_append(struct text *text, const char *bytes, size_t length) {
        reserve(text, length);
        if (length > 0)
                memcpy(text->data + text->length, bytes, length);
        text->length += length;
        text->data[text->length] = '\0';
}

void text_append_string(struct text *text, const char *string) {
        text_append(text, string, strlen(string));
}

void text_append_char(struct text *text, char byte) {
        text_append(text, &byte, 1);
}

void text_printf(struct text *text, const char *format, ...) {
        va_list arguments, again;

        va_start(arguments, format);
        va_copy(again, arguments);
        int length = vsnprintf(NULL, 0, format, arguments);
        va_end(arguments);
        if (length < 0)
                abort();
        reserve(text, (size_t)length);
        vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        va_end(again);
        text->length += (size_t)length;
}

static void append_escaped(struct text *text, unsigned char byte) {
        switch (byte) {
        case '"':
                text_append(text, "\\\"", 2);
                break;
        case '\\':
                text_append(text, "\\\\", 2);
                break;
        case '\n':
                text_append(text, "\\n", 2);
                break;
        case '\r':
                text_append(text, "\\r", 2);
                break;
        case '\t':
                text_append(text, "\\t", 2);
                break;
        default:
                text_printf(text, "\\u%04x", byte);
        }
}

void text_append_json(struct text *text, const char *string) {
        text_append_char(text, '"');
        while (*string) {
                size_t plain = 0;
                while ((unsigned char)string[plain] >= 0x20 && string[plain] != '"' && string[plain] != '\\')
                        plain++;
                text_append(text, string, plain);
                string += plain;
                if (*string)
                        append_escaped(text, (unsigned char)*string++);
        }
        text_append_char(text, '"');
}

char *text_take(struct text *text) {
        reserve(text, 0);
        char *data = text->data;
        *text = (struct text){0};
        return data;
}

/* Bytes of the well-formed sequence at `s` (RFC 3629, the table of section 4), or 0. */
static size_t sequence_length(const unsigned char *s, size_t left) {
        size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

        if (length == 0 || length > left || s[0] == 0)
                return 0;
        for (size_t i = 1; i < length; i++)
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
        bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
        bool surrogate = s[0] == 0xed && s[1] > 0x9f;
        bool too_high = s[0] == 0xf4 && s[1] > 0x8f;
        return overlong || surrogate || too_high ? 0 : length;
}

bool text_is_utf8(const char *bytes, size_t length) {
        const unsigned char *s = (const unsigned char *)bytes;

        while (length > 0) {
                size_t step = sequence_length(s, length);
                if (step == 0)
                        return false;
                s += step;
                length -= step;
        }
        return true;
}

static bool is_hexadecimal(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

size_t text_mark(const char *bytes, size_t length) {
        return length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

void text_drop_mark(struct text *text) {
        size_t mark = text_mark(text->data, text->length);

        if (mark > 0)
                memmove(text->data, text->data + mark, text->length - mark + 1);
        text->length -= mark;
}

bool text_is_uuid(const char *string) {
        for (size_t i = 0; i < 36; i++) {
                bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
                if (hyphen ? string[i] != '-' : !is_hexadecimal(string[i]))
                        return false;
        }
        return string[36] == '\0';
}

unsigned text_json_depth(const char *bytes, size_t length) {
        unsigned depth = 0, deepest = 0;
        bool string = false;

        for (size_t i = 0; i < length; i++) {
                if (string && bytes[i] == '\\') {
                        i++;
                } else if (bytes[i] == '"') {
                        string = !string;
                } else if (!string && (bytes[i] == '{' || bytes[i] == '[')) {
                        if (++depth > deepest)
                                deepest = depth;
                } else if (!string && depth > 0 && (bytes[i] == '}' || bytes[i] == ']')) {
                        depth--;
                }
        }
        return deepest;
}

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int sextet(char c) {
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        return c == '-' ? 62 : c == '_' ? 63 : -1;
}

int text_from_base64url(const char *string, size_t length, unsigned char **ret_bytes, size_t *ret_length) {
        if (length % 4 == 1)
                return -EINVAL;
        unsigned char *bytes = memory_new(length / 4 * 3 + 3); /* and a terminator that is not counted */
        uint32_t bits = 0;
        unsigned held = 0; /* bits not yet written */
        size_t written = 0;
        for (size_t i = 0; i < length; i++) {
                int value = sextet(string[i]);
                if (value < 0) {
                        free(bytes);
                        return -EINVAL;
                }
                bits = bits << 6 | (uint32_t)value;
                held += 6;
                if (held >= 8) {
                        held -= 8;
                        bytes[written++] = (unsigned char)(bits >> held);
                        bits &= (1u << held) - 1;
                }
        }
        if (bits != 0) { /* the unused last bits: one value has one spelling */
                free(bytes);
                return -EINVAL;
        }
        bytes[written] = '\0';
        *ret_bytes = bytes;
        *ret_length = written;
        return 0;
}

void text_append_base64url(struct text *text, const unsigned char *bytes, size_t length) {
        for (size_t i = 0; i < length; i += 3) {
                size_t count = length - i < 3 ? length - i : 3;
                uint32_t bits = (uint32_t)bytes[i] << 16;
                if (count > 1)
                        bits |= (uint32_t)bytes[i + 1] << 8;
                if (count > 2)
                        bits |= bytes[i + 2];
                for (size_t j = 0; j <= count; j++)
                        text_append_char(text, base64url[bits >> (18 - 6 * j) & 63]);
        }
}
