#include "documents/csv_cells.h"

#include "core/characters.h"
#include "core/clock.h"
#include "core/wareki.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int64_t csv_longest(const struct csv_column *column) {
        return column->max > 0 ? column->max : CSV_CELL_MAX;
}

static enum csv_wrong convert_text(const struct csv_column *column, const char *cell, struct text *json) {
        int64_t count = (int64_t)characters_count(cell, strlen(cell));

        if (count > csv_longest(column))
                return CSV_TOO_LONG;
        if (count < column->min)
                return CSV_TOO_SHORT;
        text_append_json(json, cell);
        return CSV_FINE;
}

static enum csv_wrong convert_integer(const struct csv_column *column, const char *cell, struct text *json) {
        bool bounded = column->min != 0 || column->max != 0;
        size_t sign = *cell == '-' || *cell == '+';
        size_t digits = strspn(cell + sign, "0123456789");

        if (digits == 0 || cell[sign + digits])
                return CSV_NOT_INTEGER;
        errno = 0;
        int64_t value = strtoll(cell, NULL, 10);
        if (bounded && value < column->min)
                return CSV_TOO_SMALL;
        if (bounded && value > column->max)
                return CSV_TOO_LARGE;
        if (errno)
                return value < 0 ? CSV_TOO_SMALL : CSV_TOO_LARGE;
        text_printf(json, "%" PRId64, value);
        return CSV_FINE;
}

static enum csv_wrong convert_boolean(const char *cell, struct text *json) {
        static const char *const yes[] = {"はい", "true", "1"}, *const no[] = {"いいえ", "false", "0"};

        for (size_t i = 0; i < 3; i++) {
                bool is_yes = strcasecmp(cell, yes[i]) == 0;
                if (!is_yes && strcasecmp(cell, no[i]) != 0)
                        continue;
                text_append_string(json, is_yes ? "true" : "false");
                return CSV_FINE;
        }
        return CSV_NOT_BOOLEAN;
}

/* One or two digits, then the wanted character. */
static bool read_number(const char **text, char then, int *ret_number) {
        size_t digits = strspn(*text, "0123456789");

        if (digits < 1 || digits > 2 || (*text)[digits] != then)
                return false;
        *ret_number = atoi(*text);
        *text += digits + (then != '\0');
        return true;
}

/* As spreadsheets write it: 2025/4/1. */
static bool parse_slashed_date(const char *text, struct date *ret_date) {
        struct date date;

        if (strspn(text, "0123456789") != 4 || text[4] != '/')
                return false;
        date.year = atoi(text);
        text += 5;
        if (!read_number(&text, '/', &date.month) || !read_number(&text, '\0', &date.day) || !date_is_valid(date))
                return false;
        *ret_date = date;
        return true;
}

static bool parse_date(const char *text, struct date *ret_date) {
        return wareki_parse_date_or_iso(text, ret_date) == 0 || parse_slashed_date(text, ret_date);
}

static enum csv_wrong convert_date(const char *cell, struct text *json) {
        char formatted[CLOCK_DATE_SIZE];
        struct date date;

        if (!parse_date(cell, &date))
                return CSV_NOT_DATE;
        clock_format_date(date, formatted);
        text_append_json(json, formatted);
        return CSV_FINE;
}

/* 8:30, 08:30 or 08:30:15, in seconds. */
static bool parse_time(const char *text, int64_t *ret_seconds) {
        int hour, minute, second = 0;
        bool seconds = strlen(text) > 5;

        if (!read_number(&text, ':', &hour) || !read_number(&text, seconds ? ':' : '\0', &minute) ||
            (seconds && !read_number(&text, '\0', &second)))
                return false;
        *ret_seconds = hour * 3600 + minute * 60 + second;
        return hour <= 23 && minute <= 59 && second <= 59;
}

/* RFC 3339 (where a space may stand for the T), or a date and a time in Japan. Changes the text. */
static bool parse_instant(char *text, int64_t *ret_instant) {
        char *gap = strrchr(text, ' ') ?: strchr(text, 'T');
        struct date date;
        int64_t seconds;

        if (clock_parse_instant(text, ret_instant) == 0)
                return true;
        if (!gap)
                return false;
        *gap = 'T';
        if (clock_parse_instant(text, ret_instant) == 0)
                return true;
        *gap = '\0';
        if (!parse_date(text, &date) || !parse_time(gap + 1, &seconds))
                return false;
        *ret_instant = date_begin(date) + seconds * CLOCK_SECOND;
        return true;
}

static enum csv_wrong convert_timestamp(char *cell, struct text *json) {
        char formatted[CLOCK_INSTANT_SIZE];
        int64_t instant;

        if (!parse_instant(cell, &instant) || !date_is_valid(date_in_japan(instant)))
                return CSV_NOT_TIMESTAMP;
        clock_format_instant(instant, formatted);
        text_append_json(json, formatted);
        return CSV_FINE;
}

static enum csv_wrong convert_enum(const struct csv_column *column, const char *cell, struct text *json) {
        for (const struct vocabulary_word *known = column->words; known->word; known++)
                if (strcasecmp(cell, known->word) == 0 || strcmp(cell, known->ja) == 0 ||
                    (known->also && strcmp(cell, known->also) == 0)) {
                        text_append_json(json, known->word);
                        return CSV_FINE;
                }
        return CSV_NOT_IN_ENUM;
}

static char *settle(const struct csv_column *column, const char *cell, size_t length, struct text *scratch) {
        if (column->type == CSV_TEXT || column->type == CSV_LINE)
                return characters_settle(scratch, cell, length);
        scratch->length = 0;
        characters_append_narrow(scratch, cell, length);
        return characters_trim(scratch->data);
}

enum csv_wrong csv_convert(const struct csv_column *column, const char *cell, size_t length, struct text *scratch,
                           struct text *json) {
        if (characters_count(cell, length) > CSV_CELL_MAX)
                return CSV_TOO_LONG;
        char *value = settle(column, cell, length, scratch);

        if (characters_are_blank(value, strlen(value))) {
                text_append_string(json, "null");
                return column->required ? CSV_REQUIRED : CSV_FINE;
        }
        if (characters_are_refused(value, strlen(value), column->type == CSV_TEXT))
                return CSV_CHARACTER;
        switch (column->type) {
        case CSV_TEXT:
        case CSV_LINE:
        case CSV_CODE:
                return convert_text(column, value, json);
        case CSV_INTEGER:
                return convert_integer(column, value, json);
        case CSV_BOOLEAN:
                return convert_boolean(value, json);
        case CSV_DATE:
                return convert_date(value, json);
        case CSV_TIMESTAMP:
                return convert_timestamp(value, json);
        case CSV_ENUM:
                return convert_enum(column, value, json);
        }
        return CSV_FINE;
}
