#include "http/negotiate.h"

#include "core/piece.h"
#include "documents/charset.h"

#include <string.h>
#include <strings.h>

/* One range of a list such as "text/csv;charset=cp932;q=0.8". */
struct range {
        struct piece name, charset;
        int quality; /* in thousandths; -1: malformed */
};

enum { QUALITY_MAX = 1000 };

/* 0.000 to 1.000, with at most three digits after the point. Java's own client leaves out the 0 before it. */
static int read_quality(const struct piece *value) {
        size_t point = value->length > 1 && value->text[0] == '.' ? 0 : 1;
        int quality = 0, unit = QUALITY_MAX;

        if (value->length == 0 || value->length > point + 4 || (value->length > point && value->text[point] != '.'))
                return -1;
        for (size_t i = 0; i < value->length; i++) {
                if (i == point) {
                        unit = QUALITY_MAX / 10;
                        continue;
                }
                if (value->text[i] < '0' || value->text[i] > '9')
                        return -1;
                quality += (value->text[i] - '0') * unit;
                if (i > point)
                        unit /= 10;
        }
        return quality <= QUALITY_MAX ? quality : -1;
}

/* Reads a parameter behind its semicolon; returns where the next semicolon or comma, or the end, is. */
static const char *read_parameter(const char *text, struct range *range) {
        struct piece name, value;

        text = piece_read_parameter(text, &name, &value);
        if (piece_is(&name, "q"))
                range->quality = read_quality(&value);
        else if (piece_is(&name, "charset"))
                range->charset = value;
        return text;
}

/* Reads the range at `text`; returns where the next one begins, or NULL at the end. */
static const char *next_range(const char *text, struct range *ret_range) {
        text += strspn(text, ", \t");
        if (!*text)
                return NULL;
        size_t length = strcspn(text, ";,");
        *ret_range = (struct range){.name = piece_trimmed(text, length), .quality = QUALITY_MAX};
        text += length;
        while (*text == ';')
                text = read_parameter(text + 1, ret_range);
        return text;
}

static bool is_language(const struct piece *range, const char *language) {
        return piece_is(range, language) ||
               (range->length > 2 && range->text[2] == '-' && strncasecmp(range->text, language, 2) == 0);
}

static void keep_best(int *best, int quality) {
        if (quality > *best)
                *best = quality;
}

enum language negotiate_language(const char *accept_language) {
        int ja = -1, en = -1, any = 0;
        struct range range;

        for (const char *at = accept_language; at && (at = next_range(at, &range));) {
                if (is_language(&range.name, "ja"))
                        keep_best(&ja, range.quality);
                else if (is_language(&range.name, "en"))
                        keep_best(&en, range.quality);
                else if (piece_is(&range.name, "*"))
                        keep_best(&any, range.quality);
        }
        /* The star stands for the languages that were not named. */
        return (en < 0 ? any : en) > (ja < 0 ? any : ja) ? LANGUAGE_EN : LANGUAGE_JA;
}

/* How precisely a range names a media type: 0 not at all, 1 by star, 2 by type and star, 3 by name, 4 with charset. */
static int precision(const struct range *range, const char *media) {
        const struct piece *name = &range->name;
        struct piece bare = {media, strcspn(media, ";")};
        size_t type = strcspn(media, "/");

        if (piece_is(name, "*/*"))
                return 1;
        if (name->length == type + 2 && strncasecmp(name->text, media, type + 1) == 0 && name->text[type + 1] == '*')
                return 2;
        if (name->length != bare.length || strncasecmp(name->text, media, bare.length) != 0)
                return 0;
        const char *charset = strstr(media, "charset=");
        if (!range->charset.text || !charset)
                return 3;
        charset += strlen("charset=");
        enum charset wanted = charset_find(range->charset.text, range->charset.length);
        return wanted != CHARSET_UNKNOWN && wanted == charset_find(charset, strlen(charset)) ? 4 : 0;
}

/* What the most precise of the ranges gives the media type. */
static int quality_of(const char *media, const char *accept) {
        int best = 0, quality = -1;
        struct range range;

        for (const char *at = accept; (at = next_range(at, &range));) {
                int p = range.quality < 0 ? 0 : precision(&range, media);
                if (p > best) {
                        best = p;
                        quality = range.quality;
                }
        }
        return quality;
}

const char *negotiate_media(const char *const *answers, const char *accept) {
        const char *chosen = NULL;
        int best = 0;

        if (!accept || !accept[strspn(accept, " \t")])
                return answers[0];
        for (size_t i = 0; answers[i]; i++) {
                int quality = quality_of(answers[i], accept);
                if (quality > best) {
                        chosen = answers[i];
                        best = quality;
                }
        }
        return chosen;
}

bool negotiate_gzip(const char *accept_encoding) {
        int gzip = -1, any = -1, identity = 0;
        struct range range;

        for (const char *at = accept_encoding; at && (at = next_range(at, &range));) {
                if (piece_is(&range.name, "gzip") || piece_is(&range.name, "x-gzip"))
                        keep_best(&gzip, range.quality);
                else if (piece_is(&range.name, "*"))
                        keep_best(&any, range.quality);
                else if (piece_is(&range.name, "identity"))
                        keep_best(&identity, range.quality);
        }
        int liked = gzip < 0 ? any : gzip;
        return liked > 0 && liked >= identity;
}

bool negotiate_is(const char *content_type, const char *media) {
        size_t length = strlen(media);

        return strncasecmp(content_type, media, length) == 0 && strchr("; \t", content_type[length]) != NULL;
}

const char *negotiate_format(const char *const *answers, const char *const *formats, const char *format) {
        for (size_t i = 0; formats[i]; i++)
                if (strcmp(formats[i], format) == 0)
                        return answers[i];
        return NULL;
}
