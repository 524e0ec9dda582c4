#include "http/negotiate.h"

#include "documents/charset.h"

#include <string.h>
#include <strings.h>

/* A piece of the header. */
struct piece {
        const char *text;
        size_t length;
};

/* One range of a list such as "text/csv;charset=cp932;q=0.8". */
struct range {
        struct piece name, charset;
        int quality; /* in thousandths; -1: malformed */
};

enum { QUALITY_MAX = 1000 };

static bool is(const struct piece *piece, const char *word) {
        return piece->length == strlen(word) && strncasecmp(piece->text, word, piece->length) == 0;
}

/* 0.000 to 1.000, with at most three digits after the point. */
static int read_quality(const struct piece *value) {
        int quality = 0, unit = QUALITY_MAX;

        if (value->length == 0 || value->length > 5 || (value->length > 1 && value->text[1] != '.'))
                return -1;
        for (size_t i = 0; i < value->length; i++) {
                if (i == 1)
                        continue;
                if (value->text[i] < '0' || value->text[i] > '9')
                        return -1;
                quality += (value->text[i] - '0') * unit;
                unit /= 10;
        }
        return quality <= QUALITY_MAX ? quality : -1;
}

static struct piece trimmed(const char *text, size_t length) {
        while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
                length--;
        return (struct piece){text, length};
}

/* Reads `name=value` after a semicolon; returns where the next semicolon or comma, or the end, is. */
static const char *read_parameter(const char *text, struct range *range) {
        text += strspn(text, " \t");
        size_t length = strcspn(text, "=;,");
        struct piece name = trimmed(text, length), value = {text + length, 0};

        if (*value.text == '=') {
                value.text++;
                bool quoted = *value.text == '"';
                value.text += quoted;
                value.length = strcspn(value.text, quoted ? "\"" : ",; \t");
        }
        if (is(&name, "q"))
                range->quality = read_quality(&value);
        else if (is(&name, "charset"))
                range->charset = value;
        text = value.text + value.length;
        return text + strcspn(text, ";,");
}

/* Reads the range at `text`; returns where the next one begins, or NULL at the end. */
static const char *next_range(const char *text, struct range *ret_range) {
        text += strspn(text, ", \t");
        if (!*text)
                return NULL;
        size_t length = strcspn(text, ";,");
        *ret_range = (struct range){.name = trimmed(text, length), .quality = QUALITY_MAX};
        text += length;
        while (*text == ';')
                text = read_parameter(text + 1, ret_range);
        return text;
}

static bool is_language(const struct piece *range, const char *language) {
        return is(range, language) ||
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
                else if (is(&range.name, "*"))
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

        if (is(name, "*/*"))
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
                if (is(&range.name, "gzip") || is(&range.name, "x-gzip"))
                        keep_best(&gzip, range.quality);
                else if (is(&range.name, "*"))
                        keep_best(&any, range.quality);
                else if (is(&range.name, "identity"))
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
