/* The characters of what people write: the one form in which a text is kept however it came (JSON, query, CSV in either
   charset, token), and the characters that no text has. All of it on UTF-8 that is known to be valid.

   What is kept is compared, searched and told apart by PostgreSQL: api.folded (migrations/code/ground.sql). */
#pragma once

#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Appends in the form that is kept: NFC, but for CJK compatibility ideographs, which names are written with; of two
   characters that CP932 has one code for, the one that Microsoft reads it as (～ for 〜, － for −). */
void characters_append_form(struct text *text, const char *bytes, size_t length);
/* Appends a code, a number or a date in ASCII where it has it: width folded (NFKC), hyphens and minus "-". Ａ１ as A1,
   ﾙｰﾀ as ルータ, Ⅰ as I. */
void characters_append_narrow(struct text *text, const char *bytes, size_t length);
/* Appends as texts are compared: width, kana, case, blanks, dashes and what has no shape make no difference. The same as
   api.folded (migrations/code/ground.sql). */
void characters_append_folded(struct text *text, const char *bytes, size_t length);
/* Cuts the blanks of any width around a terminated string: returns its begin and terminates its end. */
char *characters_trim(char *string);
/* A text as it is kept: its form, trimmed, every line end LF. It stands in the buffer, which is overwritten. */
char *characters_settle(struct text *buffer, const char *bytes, size_t length);

/* Whether nothing of the text is to be seen: blanks and characters without a shape. True for an empty one. */
bool characters_are_blank(const char *bytes, size_t length);
/* Whether a character is there that no text has: control characters, private-use ones, those that are none, the byte
   order mark, and what turns the direction of writing. Tab and LF are refused unless the text has `lines`. */
bool characters_are_refused(const char *bytes, size_t length, bool lines);
/* Whether the character has no shape of its own: variation selectors, joiners, zero-width blanks. */
bool character_is_ignorable(uint32_t character);

/* Code points. */
size_t characters_count(const char *bytes, size_t length);
/* Bytes of the character that begins with it. */
size_t character_size(unsigned char lead);
