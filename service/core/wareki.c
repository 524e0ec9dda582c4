#include "core/wareki.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct era {
        const char *name, *sign; /* the sign is one code point: U+32FF, U+337B, U+337C */
        char letter;
        struct date first, last;
};

static const struct era eras[] = {
        {"令和", "㋿", 'R', {2019, 5, 1}, {9999, 12, 31}},
        {"平成", "㍻", 'H', {1989, 1, 8}, {2019, 4, 30}},
        {"昭和", "㍼", 'S', {1926, 12, 25}, {1989, 1, 7}},
};

enum { ERAS = sizeof(eras) / sizeof(eras[0]) };

static bool skip(const char **text, const char *token) {
        size_t length = strlen(token);

        if (strncmp(*text, token, length) != 0)
                return false;
        *text += length;
        return true;
}

static void skip_spaces(const char **text) {
        while (skip(text, " ") || skip(text, "\u3000"))
                ;
}

static bool at_end(const char *text) {
        skip_spaces(&text);
        return *text == '\0';
}

/* The ASCII character at the text, written in half or full width (U+FF01 to U+FF5E), or 0; moves on when there is one.
 */
static char read_ascii(const char **text) {
        const unsigned char *s = (const unsigned char *)*text;

        if (s[0] > 0x20 && s[0] < 0x7f) {
                *text += 1;
                return (char)s[0];
        }
        if (s[0] == 0xef && (s[1] == 0xbc || s[1] == 0xbd) && (s[2] & 0xc0) == 0x80) {
                int offset = (s[1] - 0xbc) * 64 + (s[2] & 0x3f); /* from U+FF00 */
                if (offset >= 1 && offset <= 0x5e) {
                        *text += 3;
                        return (char)(0x20 + offset);
                }
        }
        return 0;
}

/* One or two digits. */
static bool read_number(const char **text, int *ret_number) {
        int number = 0, digits = 0;

        skip_spaces(text);
        for (;;) {
                const char *next = *text;
                char c = read_ascii(&next);
                if (c < '0' || c > '9')
                        break;
                if (++digits > 2)
                        return false;
                number = number * 10 + (c - '0');
                *text = next;
        }
        skip_spaces(text);
        *ret_number = number;
        return digits > 0;
}

static bool read_year(const char **text, int *ret_year) {
        skip_spaces(text);
        if (!skip(text, "元"))
                return read_number(text, ret_year);
        skip_spaces(text);
        *ret_year = 1;
        return true;
}

static const struct era *read_era(const char **text, bool *ret_letter) {
        const char *next = *text;
        char letter = read_ascii(&next);

        for (size_t i = 0; i < ERAS; i++) {
                if (letter && (letter == eras[i].letter || letter == (eras[i].letter | 0x20))) {
                        *text = next;
                        *ret_letter = true;
                        return &eras[i];
                }
                if (skip(text, eras[i].name) || skip(text, eras[i].sign)) {
                        *ret_letter = false;
                        return &eras[i];
                }
        }
        return NULL;
}

/* 年, 月 and 日; or, after a letter, the same sign twice. */
static bool read_year_month_day(const char *text, bool letter, int *ret_year, int *ret_month, int *ret_day) {
        const char *after_year;

        if (!read_year(&text, ret_year))
                return false;
        after_year = text;
        if (skip(&text, "年"))
                return read_number(&text, ret_month) && skip(&text, "月") && read_number(&text, ret_day) &&
                       skip(&text, "日") && at_end(text);
        char separator = read_ascii(&after_year);
        if (!letter || !separator || !strchr("./-", separator) || !read_number(&after_year, ret_month))
                return false;
        return read_ascii(&after_year) == separator && read_number(&after_year, ret_day) && at_end(after_year);
}

int wareki_parse_date(const char *text, struct date *ret_date) {
        bool letter;
        int year, month, day;

        skip_spaces(&text);
        const struct era *era = read_era(&text, &letter);
        if (!era || !read_year_month_day(text, letter, &year, &month, &day) || year < 1)
                return -EINVAL;
        struct date date = {era->first.year + year - 1, month, day};
        if (!date_is_valid(date) || date_compare(date, era->first) < 0 || date_compare(date, era->last) > 0)
                return -EINVAL;
        *ret_date = date;
        return 0;
}
