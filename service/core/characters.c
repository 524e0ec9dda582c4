#include "core/characters.h"

#include "core/cleanup.h"

#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

size_t character_size(unsigned char lead) {
        return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

size_t characters_count(const char *bytes, size_t length) {
        size_t count = 0;

        for (size_t i = 0; i < length; i++)
                count += ((unsigned char)bytes[i] & 0xc0) != 0x80;
        return count;
}

/* --- The form -------------------------------------------------------------------------------------------------- */

/* What CP932 has one code for, by what Microsoft reads the code as. */
static const struct {
        ucs4_t from, to;
} twins[] = {
        {0x00a2, 0xffe0}, /* ¢ ￠ */
        {0x00a3, 0xffe1}, /* £ ￡ */
        {0x00a5, 0xffe5}, /* ¥ ￥ */
        {0x00ac, 0xffe2}, /* ¬ ￢ */
        {0x2014, 0x2015}, /* — ― */
        {0x2016, 0x2225}, /* ‖ ∥ */
        {0x203e, 0xffe3}, /* ‾ ￣ */
        {0x2212, 0xff0d}, /* − － */
        {0x301c, 0xff5e}, /* 〜 ～ */
};

static bool is_compatibility_ideograph(ucs4_t c) {
        return (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

/* Whether each character is of a block where none changes in the form and none joins another: up to U+007F and from
   U+00C0 to U+02FF, U+3000 to U+9FFF but for 〜, the marks U+302A to U+302F, U+3099 and U+309A, and U+FF00 to U+FFFF.
   That is nearly all of an office's text, and ten times as quick as asking the library. */
static bool surely_in_form(const char *bytes, size_t length) {
        const unsigned char *s = (const unsigned char *)bytes, *end = s + length;

        while (s < end) {
                if (*s < 0x80) {
                        s++;
                } else if (*s >= 0xc3 && *s < 0xcc) {
                        s += 2;
                } else if (*s == 0xe3) {
                        if ((s[1] == 0x80 && (s[2] == 0x9c || (s[2] >= 0xaa && s[2] <= 0xaf))) ||
                            (s[1] == 0x82 && (s[2] == 0x99 || s[2] == 0x9a)))
                                return false;
                        s += 3;
                } else if ((*s >= 0xe4 && *s <= 0xe9) || (*s == 0xef && s[1] >= 0xbc)) {
                        s += 3;
                } else {
                        return false;
                }
        }
        return true;
}

static void append_normalised(struct text *text, uninorm_t form, const char *bytes, size_t length) {
        size_t normal_length = 0;

        text_append(text, "", 0); /* nothing is a text as well */
        if (length == 0)
                return;
        _cleanup_free_ uint8_t *normal = u8_normalize(form, (const uint8_t *)bytes, length, NULL, &normal_length);

        if (!normal)
                abort(); /* no memory: as everywhere, the end of the process */
        text_append(text, (const char *)normal, normal_length);
}

static void append_character(struct text *text, ucs4_t character) {
        uint8_t bytes[4];
        int size = u8_uctomb(bytes, character, sizeof(bytes));

        text_append(text, (const char *)bytes, (size_t)size);
}

static ucs4_t twin_of(ucs4_t character) {
        for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++)
                if (twins[i].from == character)
                        return twins[i].to;
        return character;
}

/* A stretch without compatibility ideographs, which begin no sequence that joins. */
static void append_stretch(struct text *text, const char *bytes, size_t length) {
        _cleanup_(text_free) struct text normal = {0};
        ucs4_t character;

        append_normalised(&normal, UNINORM_NFC, bytes, length);
        for (size_t i = 0; i < normal.length;) {
                int size = u8_mbtouc(&character, (const uint8_t *)normal.data + i, normal.length - i);
                append_character(text, twin_of(character));
                i += (size_t)size;
        }
}

void characters_append_form(struct text *text, const char *bytes, size_t length) {
        size_t begin = 0;
        ucs4_t character;

        if (surely_in_form(bytes, length)) {
                text_append(text, bytes, length);
                return;
        }
        for (size_t i = 0; i < length;) {
                size_t size = (size_t)u8_mbtouc(&character, (const uint8_t *)bytes + i, length - i);
                if (is_compatibility_ideograph(character)) {
                        append_stretch(text, bytes + begin, i - begin);
                        text_append(text, bytes + i, size);
                        begin = i + size;
                }
                i += size;
        }
        append_stretch(text, bytes + begin, length - begin);
}

static bool is_ascii(const char *bytes, size_t length) {
        for (size_t i = 0; i < length; i++)
                if ((unsigned char)bytes[i] >= 0x80)
                        return false;
        return true;
}

/* But for — and ―, which stand between words. */
static bool is_hyphen(ucs4_t c) {
        return (c >= 0x2010 && c <= 0x2013) || c == 0x2212;
}

void characters_append_narrow(struct text *text, const char *bytes, size_t length) {
        _cleanup_(text_free) struct text normal = {0};
        ucs4_t character;

        if (is_ascii(bytes, length)) {
                text_append(text, bytes, length);
                return;
        }
        append_normalised(&normal, UNINORM_NFKC, bytes, length);
        for (size_t i = 0; i < normal.length;) {
                int size = u8_mbtouc(&character, (const uint8_t *)normal.data + i, normal.length - i);
                append_character(text, is_hyphen(character) ? '-' : character);
                i += (size_t)size;
        }
}

/* --- Blanks and what is refused -------------------------------------------------------------------------------- */

static bool is_blank(ucs4_t c) {
        return (uc_is_property_white_space(c) && c != 0x85) || c == 0x200b || c == 0x2060;
}

char *characters_trim(char *string) {
        const uint8_t *begin = (const uint8_t *)string, *end = begin + strlen(string), *next;
        ucs4_t c;

        while ((next = u8_next(&c, begin)) && is_blank(c))
                begin = next;
        while ((next = u8_prev(&c, end, begin)) && is_blank(c))
                end = next;
        string[(const char *)end - string] = '\0';
        return string + ((const char *)begin - string);
}

/* CRLF, CR and the separators of lines and paragraphs, U+2028 and U+2029, become LF, in place. */
static void settle_line_ends(char *string) {
        char *out = string;

        for (const char *in = string; *in;) {
                bool separates = strncmp(in, "\u2028", 3) == 0 || strncmp(in, "\u2029", 3) == 0;
                size_t length = separates ? 3 : *in == '\r' && in[1] == '\n' ? 2 : 1;
                *out++ = separates || *in == '\r' ? '\n' : *in;
                in += length;
        }
        *out = '\0';
}

char *characters_settle(struct text *buffer, const char *bytes, size_t length) {
        buffer->length = 0;
        characters_append_form(buffer, bytes, length);
        settle_line_ends(buffer->data);
        return characters_trim(buffer->data);
}

bool character_is_ignorable(uint32_t character) {
        return uc_is_property_default_ignorable_code_point(character);
}

/* Of letters, those of ASCII, Latin-1, Greek and Cyrillic. */
static bool is_capital(ucs4_t c) {
        return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
               (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) || (c >= 0x410 && c <= 0x42f);
}

static bool is_hiragana(ucs4_t c) {
        return (c >= 0x3041 && c <= 0x3096) || c == 0x309d || c == 0x309e;
}

static void append_folded_character(struct text *text, ucs4_t c) {
        if (is_blank(c) || c == 0x85)
                return;
        append_character(text, is_hyphen(c) || c == 0x2014 || c == 0x2015 ? '-'
                               : is_capital(c)                            ? c + 0x20
                               : is_hiragana(c)                           ? c + 0x60
                               : c == 0x401                               ? 0x451
                               : c == 0x301c                              ? '~'
                               : c == 0x2016                              ? 0x2225
                                                                          : c);
}

void characters_append_folded(struct text *text, const char *bytes, size_t length) {
        _cleanup_(text_free) struct text visible = {0}, normal = {0}, folded = {0};
        ucs4_t c;

        for (size_t i = 0; i < length;) {
                size_t size = (size_t)u8_mbtouc(&c, (const uint8_t *)bytes + i, length - i);
                if (!character_is_ignorable(c))
                        text_append(&visible, bytes + i, size);
                i += size;
        }
        append_normalised(&normal, UNINORM_NFKC, visible.data, visible.length);
        for (size_t i = 0; i < normal.length;) {
                i += (size_t)u8_mbtouc(&c, (const uint8_t *)normal.data + i, normal.length - i);
                append_folded_character(&folded, c);
        }
        append_normalised(text, UNINORM_NFC, folded.data, folded.length);
}

bool characters_are_blank(const char *bytes, size_t length) {
        ucs4_t c;

        for (size_t i = 0; i < length;) {
                i += (size_t)u8_mbtouc(&c, (const uint8_t *)bytes + i, length - i);
                if (!is_blank(c) && !character_is_ignorable(c) && c != 0x2800) /* ⠀, Braille without a dot */
                        return false;
        }
        return true;
}

static bool is_refused(ucs4_t c, bool lines) {
        if (c < 0xa0)
                return (c < 0x20 && !(lines && (c == '\t' || c == '\n'))) || c >= 0x7f;
        if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
                return true;
        bool is_none = (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
        return is_none || (c >= 0xe000 && c <= 0xf8ff) || c >= 0xf0000 || c == 0xfeff;
}

bool characters_are_refused(const char *bytes, size_t length, bool lines) {
        ucs4_t c;

        for (size_t i = 0; i < length;) {
                i += (size_t)u8_mbtouc(&c, (const uint8_t *)bytes + i, length - i);
                if (is_refused(c, lines))
                        return true;
        }
        return false;
}
