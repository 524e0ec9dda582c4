#include "documents/charset.h"

#include "core/cleanup.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>
#include <unistr.h>

enum charset charset_find(const char *name) {
        static const char *const utf8[] = {"utf-8", "utf8"};
        static const char *const cp932[] = {"cp932",     "windows-31j", "windows-932", "ms932",
                                            "shift_jis", "shift-jis",   "sjis",        "x-sjis"};

        if (!name)
                return CHARSET_UNKNOWN;
        for (size_t i = 0; i < sizeof(utf8) / sizeof(utf8[0]); i++)
                if (strcasecmp(name, utf8[i]) == 0)
                        return CHARSET_UTF8;
        for (size_t i = 0; i < sizeof(cp932) / sizeof(cp932[0]); i++)
                if (strcasecmp(name, cp932[i]) == 0)
                        return CHARSET_CP932;
        return CHARSET_UNKNOWN;
}

int charset_declared(const char *content_type, enum charset *ret_charset) {
        static const char parameter[] = "charset=";
        const char *value = content_type ? strcasestr(content_type, parameter) : NULL;
        char name[32] = "";

        if (!value) {
                *ret_charset = CHARSET_UNKNOWN;
                return 0;
        }
        value += sizeof(parameter) - 1;
        value += *value == '"';
        size_t length = strcspn(value, "\"; \t");
        if (length < sizeof(name))
                memcpy(name, value, length);
        enum charset charset = charset_find(name);
        if (charset == CHARSET_UNKNOWN)
                return -EINVAL;
        *ret_charset = charset;
        return 0;
}

/* One step through UTF-8 that is known to be valid. */
static size_t sequence_length(unsigned char lead) {
        return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* --- Reading --------------------------------------------------------------------------------------------------- */

/* What CP932 writes from one character and iconv reads back as another, each with the one it was. */
static const struct {
        const char *read, *meant;
} cp932_twins[] = {
        {"～", "〜"}, {"－", "−"}, {"―", "—"}, {"∥", "‖"}, {"￠", "¢"}, {"￡", "£"}, {"￢", "¬"},
};

/* In place from `begin` on: no twin is shorter than what it stands for. */
static void restore_twins(struct text *text, size_t begin) {
        char *in = text->data + begin, *out = in, *end = text->data + text->length;

        while (in < end) {
                size_t length = sequence_length((unsigned char)*in);
                const char *from = in;
                size_t from_length = length;
                for (size_t i = 0; length == 3 && i < sizeof(cp932_twins) / sizeof(cp932_twins[0]); i++)
                        if (memcmp(in, cp932_twins[i].read, 3) == 0) {
                                from = cp932_twins[i].meant;
                                from_length = strlen(from);
                        }
                memmove(out, from, from_length);
                out += from_length;
                in += length;
        }
        if (out < end) {
                text->length = (size_t)(out - text->data);
                *out = '\0';
        }
}

static void close_iconv(iconv_t *converter) {
        if (*converter != (iconv_t)-1)
                iconv_close(*converter);
}

static int decode_cp932(const char *bytes, size_t length, struct text *text, size_t *ret_offset) {
        _cleanup_(close_iconv) iconv_t converter = iconv_open("UTF-8", "CP932");
        size_t begin = text->length, left = length;
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
        if (text->length > begin)
                restore_twins(text, begin);
        if (error)
                *ret_offset = length - left;
        return error;
}

static int decode_utf8(const char *bytes, size_t length, struct text *text, size_t *ret_offset) {
        const uint8_t *bad = u8_check((const uint8_t *)bytes, length);
        size_t good = bad ? (size_t)((const char *)bad - bytes) : length;
        size_t mark = good >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

        text_append(text, bytes + mark, good - mark);
        if (!bad)
                return 0;
        *ret_offset = good;
        return -EILSEQ;
}

int charset_decode(enum charset charset, const char *bytes, size_t length, struct text *text, size_t *ret_offset) {
        const char *zero = length ? memchr(bytes, '\0', length) : NULL;
        size_t readable = zero ? (size_t)(zero - bytes) : length;
        int error;

        text_append(text, "", 0); /* an empty file is a text as well */
        if (charset == CHARSET_UNKNOWN)
                charset = u8_check((const uint8_t *)bytes, length) ? CHARSET_CP932 : CHARSET_UTF8;
        error = charset == CHARSET_UTF8 ? decode_utf8(bytes, readable, text, ret_offset)
                                        : decode_cp932(bytes, readable, text, ret_offset);
        if (error || !zero)
                return error;
        *ret_offset = readable;
        return -EILSEQ;
}

/* --- Normal forms ---------------------------------------------------------------------------------------------- */

/* Whether each character is of a block where none changes under NFC and none joins another: up to U+02FF, U+3000 to
   U+9FFF but for the marks U+302A to U+302F, U+3099 and U+309A, and U+FF00 to U+FFFF. That is nearly all of an office's
   text, and ten times as quick as asking the library. */
static bool surely_nfc(const char *bytes, size_t length) {
        const unsigned char *s = (const unsigned char *)bytes, *end = s + length;

        while (s < end) {
                if (*s < 0x80) {
                        s++;
                } else if (*s < 0xcc) {
                        s += 2;
                } else if (*s == 0xe3) {
                        if ((s[1] == 0x80 && s[2] >= 0xaa && s[2] <= 0xaf) ||
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
        _cleanup_free_ uint8_t *normal = u8_normalize(form, (const uint8_t *)bytes, length, NULL, &normal_length);

        if (!normal)
                abort(); /* no memory: as everywhere, the end of the process */
        text_append(text, (const char *)normal, normal_length);
}

void charset_append_nfc(struct text *text, const char *bytes, size_t length) {
        if (surely_nfc(bytes, length))
                text_append(text, bytes, length);
        else
                append_normalised(text, UNINORM_NFC, bytes, length);
}

static bool is_ascii(const char *bytes, size_t length) {
        for (size_t i = 0; i < length; i++)
                if ((unsigned char)bytes[i] >= 0x80)
                        return false;
        return true;
}

void charset_append_folded(struct text *text, const char *bytes, size_t length) {
        static const char minus[] = "\u2212";
        size_t begin = text->length;

        if (is_ascii(bytes, length)) {
                text_append(text, bytes, length);
                return;
        }
        append_normalised(text, UNINORM_NFKC, bytes, length);
        char *out = text->data + begin, *end = text->data + text->length;
        for (const char *in = out; in < end;) {
                bool is_minus = end - in >= 3 && memcmp(in, minus, 3) == 0;
                *out++ = is_minus ? '-' : *in;
                in += is_minus ? 3 : 1;
        }
        *out = '\0';
        text->length = (size_t)(out - text->data);
}

size_t charset_count(const char *bytes, size_t length) {
        size_t count = 0;

        for (size_t i = 0; i < length; i++)
                count += ((unsigned char)bytes[i] & 0xc0) != 0x80;
        return count;
}

/* --- Writing --------------------------------------------------------------------------------------------------- */

struct charset_encoder {
        iconv_t converter;
        struct text normal; /* reused from call to call */
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
        text_free(&encoder->normal);
        free(encoder);
}

/* Stretches up to what CP932 holds otherwise than iconv thinks: ¥, which it would make a backslash, and the tag
   characters U+E0000 to U+E007F, which it would drop without a word. */
static size_t plain_stretch(const char *string, size_t length) {
        size_t i = 0;

        while (i < length) {
                if (memcmp(string + i, "\u00a5", 2) == 0)
                        break;
                if (length - i >= 4 &&
                    (memcmp(string + i, "\xf3\xa0\x80", 3) == 0 || memcmp(string + i, "\xf3\xa0\x81", 3) == 0))
                        break;
                i += sequence_length((unsigned char)string[i]);
        }
        return i;
}

static void append_geta(struct text *text, size_t *lost) {
        text_append_string(text, "\x81\xac"); /* 〓 */
        (*lost)++;
}

static int encode_stretch(iconv_t converter, char *in, size_t left, struct text *text, size_t *lost) {
        while (left) {
                char buffer[4096], *out = buffer;
                size_t room = sizeof(buffer);
                size_t result = iconv(converter, &in, &left, &out, &room);
                int error = errno;
                text_append(text, buffer, sizeof(buffer) - room);
                if (result != (size_t)-1 || error == E2BIG)
                        continue;
                if (error != EILSEQ)
                        return -error;
                append_geta(text, lost);
                size_t skipped = sequence_length((unsigned char)*in);
                in += skipped;
                left -= skipped;
        }
        return 0;
}

int charset_encode(struct charset_encoder *encoder, const char *string, size_t length, struct text *text,
                   size_t *lost) {
        struct text *normal = &encoder->normal;

        normal->length = 0;
        charset_append_nfc(normal, string, length);
        for (size_t i = 0; i < normal->length;) {
                size_t plain = plain_stretch(normal->data + i, normal->length - i);
                int error = encode_stretch(encoder->converter, normal->data + i, plain, text, lost);
                if (error)
                        return error;
                i += plain;
                if (i == normal->length)
                        break;
                if (memcmp(normal->data + i, "\u00a5", 2) == 0)
                        text_append_string(text, "\x81\x8f"); /* ￥ */
                else
                        append_geta(text, lost);
                i += sequence_length((unsigned char)normal->data[i]);
        }
        return 0;
}
