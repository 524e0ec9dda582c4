#include "documents/charset.h"

#include "core/characters.h"
#include "core/cleanup.h"
#include "core/piece.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>
#include <unistr.h>

static bool is_among(const char *const *names, const char *name, size_t length) {
        for (; *names; names++)
                if (strlen(*names) == length && strncasecmp(*names, name, length) == 0)
                        return true;
        return false;
}

enum charset charset_find(const char *name, size_t length) {
        static const char *const utf8[] = {"utf-8", "utf8", NULL};
        static const char *const cp932[] = {"cp932",        "windows-31j", "windows-932", "ms932",
                                            "shift_jis",    "shift-jis",   "sjis",        "x-sjis",
                                            "cswindows31j", "csshiftjis",  "ms_kanji",    NULL};

        return is_among(utf8, name, length)    ? CHARSET_UTF8
               : is_among(cp932, name, length) ? CHARSET_CP932
                                               : CHARSET_UNKNOWN;
}

int charset_declared(const char *content_type, enum charset *ret_charset) {
        const char *at = content_type ? strchrnul(content_type, ';') : "";
        enum charset charset = CHARSET_UNKNOWN;
        struct piece name, value;
        bool declared = false;

        while (*at && !declared) {
                at = piece_read_parameter(at + 1, &name, &value);
                declared = piece_is(&name, "charset");
                if (declared && (charset = charset_find(value.text, value.length)) == CHARSET_UNKNOWN)
                        return -EINVAL;
        }
        *ret_charset = charset;
        return 0;
}

/* --- Reading --------------------------------------------------------------------------------------------------- */

static void close_iconv(iconv_t *converter) {
        if (*converter != (iconv_t)-1)
                iconv_close(*converter);
}

static int decode_cp932(const char *bytes, size_t length, struct text *text, size_t *ret_offset) {
        _cleanup_(close_iconv) iconv_t converter = iconv_open("UTF-8", "CP932");
        size_t left = length;
        char *in = (char *)bytes; /* iconv takes char ** and changes nothing */
        int error = 0;

        if (converter == (iconv_t)-1)
                return -errno;
        while (left && !error) {
                char buffer[16384], *out = buffer;
                size_t room = sizeof(buffer);
                if (iconv(converter, &in, &left, &out, &room) == (size_t)-1 && errno != E2BIG)
                        error = -EILSEQ; /* EINVAL is the first half of a character at the end */
                text_append(text, buffer, sizeof(buffer) - room);
        }
        if (error)
                *ret_offset = length - left;
        return error;
}

static int decode_utf8(const char *bytes, size_t length, struct text *text, size_t *ret_offset) {
        const uint8_t *bad = u8_check((const uint8_t *)bytes, length);
        size_t good = bad ? (size_t)((const char *)bad - bytes) : length;
        size_t mark = text_mark(bytes, good);

        text_append(text, bytes + mark, good - mark);
        if (!bad)
                return 0;
        *ret_offset = good;
        return -EILSEQ;
}

/* Appends the bytes in the charset that iconv's converter writes. False, and nothing, when it does not have them all. */
static bool encodes(iconv_t converter, const char *string, size_t length, struct text *text) {
        char buffer[128], *in = (char *)string, *out = buffer;
        size_t room = sizeof(buffer);

        if (iconv(converter, &in, &length, &out, &room) == (size_t)-1)
                return false;
        text_append(text, buffer, sizeof(buffer) - room);
        return true;
}

/* Whether UTF-8 that is valid was meant: it has a byte order mark, a character of three bytes that Japanese is written
   with, or one of four. Those of two bytes may be half-width kana of CP932: ﾏｲﾅｽ has the bytes of ϲŽ. */
static bool is_surely_utf8(const char *bytes, size_t length, size_t *ret_offset) {
        _cleanup_(close_iconv) iconv_t converter = iconv_open("CP932", "UTF-8");
        _cleanup_(text_free) struct text written = {0};

        *ret_offset = length;
        for (size_t i = 0; i < length;) {
                size_t size = character_size((unsigned char)bytes[i]);
                if (size > 1 && *ret_offset == length)
                        *ret_offset = i;
                if (size == 4 || (size == 3 && (memcmp(bytes + i, "\xef\xbb\xbf", 3) == 0 ||
                                                encodes(converter, bytes + i, size, &written))))
                        return true;
                written.length = 0;
                i += size;
        }
        return *ret_offset == length;
}

/* Between the two that are read. -ENOTUNIQ when the bytes are text in both. */
static int detect(const char *bytes, size_t length, enum charset *ret_charset, size_t *ret_offset) {
        _cleanup_(text_free) struct text text = {0};
        size_t offset, bad;

        *ret_charset = u8_check((const uint8_t *)bytes, length) ? CHARSET_CP932 : CHARSET_UTF8;
        if (*ret_charset == CHARSET_CP932 || is_surely_utf8(bytes, length, &offset))
                return 0;
        if (decode_cp932(bytes, length, &text, &bad) != 0)
                return 0;
        *ret_offset = offset;
        return -ENOTUNIQ;
}

int charset_decode(enum charset charset, const char *bytes, size_t length, struct text *text, size_t *ret_offset) {
        const char *zero = length ? memchr(bytes, '\0', length) : NULL;
        size_t readable = zero ? (size_t)(zero - bytes) : length;
        int error = charset == CHARSET_UNKNOWN ? detect(bytes, readable, &charset, ret_offset) : 0;

        text_append(text, "", 0); /* an empty file is a text as well */
        if (error)
                return error;
        error = charset == CHARSET_UTF8 ? decode_utf8(bytes, readable, text, ret_offset)
                                        : decode_cp932(bytes, readable, text, ret_offset);
        if (error || !zero)
                return error;
        *ret_offset = readable;
        return -EILSEQ;
}

/* --- Writing --------------------------------------------------------------------------------------------------- */

struct charset_encoder {
        iconv_t converter;
        struct text form; /* reused from call to call */
};

int charset_encoder_open(struct charset_encoder **ret_encoder) {
        iconv_t converter = iconv_open("CP932", "UTF-8");

        if (converter == (iconv_t)-1)
                return -errno;
        struct charset_encoder *encoder = calloc(1, sizeof(*encoder));
        if (!encoder)
                abort();
        encoder->converter = converter;
        *ret_encoder = encoder;
        return 0;
}

void charset_encoder_close(struct charset_encoder *encoder) {
        if (!encoder)
                return;
        iconv_close(encoder->converter);
        text_free(&encoder->form);
        free(encoder);
}

/* Å is kept as a letter with a ring (NFC); CP932 has the unit of length. Nothing is lost: reading gives Å again. */
static const char letter_a[] = "\u00c5", angstrom[] = "\u212b";

/* What stands for a character that CP932 does not have, where its compatibility form (NFKC) does not say it. */
static const struct {
        ucs4_t character;
        const char *written;
} substitutes[] = {
        {0x00a6, "￤"}, {0x00a9, "(C)"}, {0x00ab, "《"}, {0x00ae, "(R)"}, {0x00b7, "・"}, {0x00bb, "》"},
        {0x2012, "-"},  {0x2013, "-"},   {0x2022, "・"}, {0x2044, "/"},   {0x2215, "/"},  {0x2219, "・"},
        {0x22c5, "・"}, {0x22ef, "…"},   {0x2715, "×"},  {0x2716, "×"},   {0x3094, "ヴ"},
};

static const char *substitute_of(ucs4_t character) {
        for (size_t i = 0; i < sizeof(substitutes) / sizeof(substitutes[0]); i++)
                if (substitutes[i].character == character)
                        return substitutes[i].written;
        return NULL;
}

/* Its compatibility form, and what stands for the characters of that: ½ as 1/2. */
static void append_plain(const char *bytes, size_t size, struct text *plain) {
        size_t length = 0;
        _cleanup_free_ uint8_t *compatible = u8_normalize(UNINORM_NFKC, (const uint8_t *)bytes, size, NULL, &length);
        ucs4_t character;

        for (size_t i = 0; compatible && i < length; i += size) {
                size = (size_t)u8_mbtouc(&character, compatible + i, length - i);
                const char *written = substitute_of(character);
                text_append(plain, written ?: (const char *)compatible + i, written ? strlen(written) : size);
        }
}

/* For the character that iconv cannot write: what it is without a shape of its own, what looks like it, or 〓. */
static void append_substitute(struct charset_encoder *encoder, const char *bytes, size_t size, struct text *text,
                              size_t *lost) {
        _cleanup_(text_free) struct text plain = {0};
        ucs4_t character;

        u8_mbtouc(&character, (const uint8_t *)bytes, size);
        if (size == sizeof(letter_a) - 1 && memcmp(bytes, letter_a, size) == 0) {
                encodes(encoder->converter, angstrom, sizeof(angstrom) - 1, text);
                return;
        }
        (*lost)++;
        if (character_is_ignorable(character))
                return;
        append_plain(bytes, size, &plain);
        if (!encodes(encoder->converter, plain.data, plain.length, text))
                text_append_string(text, "\x81\xac"); /* 〓 */
}

/* Up to the first character that iconv would drop without a word, U+E0000 to U+E007F. */
static size_t plain_stretch(const char *string, size_t length) {
        size_t i = 0;

        while (i < length && !(length - i >= 4 && (memcmp(string + i, "\xf3\xa0\x80", 3) == 0 ||
                                                   memcmp(string + i, "\xf3\xa0\x81", 3) == 0)))
                i += character_size((unsigned char)string[i]);
        return i;
}

static int encode_stretch(struct charset_encoder *encoder, char *in, size_t left, struct text *text, size_t *lost) {
        while (left) {
                char buffer[4096], *out = buffer;
                size_t room = sizeof(buffer);
                size_t result = iconv(encoder->converter, &in, &left, &out, &room);
                int error = errno;
                text_append(text, buffer, sizeof(buffer) - room);
                if (result != (size_t)-1 || error == E2BIG)
                        continue;
                if (error != EILSEQ)
                        return -error;
                size_t size = character_size((unsigned char)*in);
                append_substitute(encoder, in, size, text, lost);
                in += size;
                left -= size;
        }
        return 0;
}

int charset_encode(struct charset_encoder *encoder, const char *string, size_t length, struct text *text,
                   size_t *lost) {
        struct text *form = &encoder->form;

        form->length = 0;
        characters_append_form(form, string, length);
        for (size_t i = 0; i < form->length;) {
                size_t plain = plain_stretch(form->data + i, form->length - i);
                int error = encode_stretch(encoder, form->data + i, plain, text, lost);
                if (error)
                        return error;
                i += plain;
                if (i < form->length) {
                        (*lost)++;
                        i += character_size((unsigned char)form->data[i]);
                }
        }
        return 0;
}
