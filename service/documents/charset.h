/* Text as offices keep it: UTF-8 or CP932 (what Windows calls Shift_JIS) outside, UTF-8 inside. CP932 is glibc's iconv
   table, which reads it as Microsoft does. */
#pragma once

#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>

enum charset { CHARSET_UNKNOWN, CHARSET_UTF8, CHARSET_CP932 };

/* The charset that a parameter of Content-Type or Accept names: utf-8, or cp932, windows-31j, ms932, shift_jis and their
   spellings. CHARSET_UNKNOWN for any other. */
enum charset charset_find(const char *name, size_t length);
/* The charset that a Content-Type value declares, CHARSET_UNKNOWN when it declares none or is NULL. 0, or -EINVAL when
   it declares one that is not read here. */
int charset_declared(const char *content_type, enum charset *ret_charset);

/* Appends the bytes as UTF-8. CHARSET_UNKNOWN: UTF-8 when valid, otherwise CP932. A byte order mark is left out.
   0, -EILSEQ with the offset of the first byte that cannot be read (U+0000 among them), -ENOTUNIQ with the offset of the
   first character that could be UTF-8 as well as CP932 (half-width kana) when nothing in the file tells which, or
   another -errno; the text then holds what came before. */
int charset_decode(enum charset charset, const char *bytes, size_t length, struct text *text, size_t *ret_offset);

/* Appends UTF-8 as CP932. A character that CP932 does not have is added to *lost, and becomes what looks like it (a blank
   for the one that does not break, 令和 for ㋿, the unified ideograph), nothing when it has no shape of its own (variation
   selectors, joiners), or else 〓. The bytes must be UTF-8. 0 or -errno. */
struct charset_encoder;
int charset_encoder_open(struct charset_encoder **ret_encoder); /* caller closes */
void charset_encoder_close(struct charset_encoder *encoder);
int charset_encode(struct charset_encoder *encoder, const char *string, size_t length, struct text *text, size_t *lost);
