/* Text that grows, and the few questions about bytes that several modules ask. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A growing byte string, always terminated. Zero-initialise; free with text_free. */
struct text {
        char *data;
        size_t length;
        size_t allocated;
};

void text_free(struct text *text);
void text_append(struct text *text, const char *bytes, size_t length);
void text_append_string(struct text *text, const char *string);
void text_append_char(struct text *text, char byte);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends a JSON string with its quotes (RFC 8259); the bytes must be UTF-8. */
void text_append_json(struct text *text, const char *string);
/* Caller frees. Leaves the text empty. Never NULL. */
char *text_take(struct text *text);

/* Valid UTF-8 by RFC 3629 without U+0000: no overlong form, no surrogate, nothing over U+10FFFF. */
bool text_is_utf8(const char *bytes, size_t length);
/* How many bytes the byte order mark has with which Windows begins a text (U+FEFF, no part of it): 3 or 0. */
size_t text_mark(const char *bytes, size_t length);
/* Takes it out. */
void text_drop_mark(struct text *text);
/* 8-4-4-4-12 hexadecimal digits in lower or upper case (RFC 9562). */
bool text_is_uuid(const char *string);
/* How deep objects and arrays lie in one another in what may be JSON: jansson's own limit of 2,048 levels is too deep
   for the stack of a request's thread. */
unsigned text_json_depth(const char *bytes, size_t length);
/* Standard base64url without padding (RFC 4648 section 5), strict. Caller frees *ret_bytes. -EINVAL when malformed. */
int text_from_base64url(const char *string, size_t length, unsigned char **ret_bytes, size_t *ret_length);
void text_append_base64url(struct text *text, const unsigned char *bytes, size_t length);
