#include "contract/schema_format.h"

#include "core/text.h"

#include <string.h>

/* What is left of the text. */
struct reader {
        const char *at, *end;
};

static bool read_character(struct reader *reader, const char *set, char *ret) {
        if (reader->at == reader->end || *reader->at == '\0' || !strchr(set, *reader->at))
                return false;
        *ret = *reader->at++;
        return true;
}

/* Exactly that many digits, and a value between the two. */
static bool read_number(struct reader *reader, int digits, int least, int most, int *ret) {
        int value = 0;
        char digit;

        while (digits-- > 0) {
                if (!read_character(reader, "0123456789", &digit))
                        return false;
                value = 10 * value + digit - '0';
        }
        *ret = value;
        return value >= least && value <= most;
}

static int days_of(int year, int month) {
        static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        return month == 2 && leap ? 29 : days[month - 1];
}

static bool read_month(struct reader *reader, int *ret_year, int *ret_month) {
        char hyphen;
        return read_number(reader, 4, 0, 9999, ret_year) && read_character(reader, "-", &hyphen) &&
               read_number(reader, 2, 1, 12, ret_month);
}

static bool read_date(struct reader *reader) {
        int year, month, day;
        char hyphen;
        return read_month(reader, &year, &month) && read_character(reader, "-", &hyphen) &&
               read_number(reader, 2, 1, days_of(year, month), &day);
}

static bool read_fraction(struct reader *reader) {
        char character;

        if (!read_character(reader, ".", &character))
                return true;
        if (!read_character(reader, "0123456789", &character))
                return false;
        while (read_character(reader, "0123456789", &character))
                ;
        return true;
}

/* Minutes east of UTC. */
static bool read_offset(struct reader *reader, int *ret_offset) {
        char sign, colon;
        int hours, minutes;

        if (read_character(reader, "Zz", &sign)) {
                *ret_offset = 0;
                return true;
        }
        if (!read_character(reader, "+-", &sign) || !read_number(reader, 2, 0, 23, &hours) ||
            !read_character(reader, ":", &colon) || !read_number(reader, 2, 0, 59, &minutes))
                return false;
        *ret_offset = (sign == '-' ? -1 : 1) * (60 * hours + minutes);
        return true;
}

static bool read_time(struct reader *reader) {
        int hour, minute, second, offset;
        char colon;

        if (!read_number(reader, 2, 0, 23, &hour) || !read_character(reader, ":", &colon) ||
            !read_number(reader, 2, 0, 59, &minute) || !read_character(reader, ":", &colon) ||
            !read_number(reader, 2, 0, 60, &second) || !read_fraction(reader) || !read_offset(reader, &offset))
                return false;
        /* A leap second ends a day of UTC. */
        int minutes_of_day = 60 * hour + minute - offset;
        return second < 60 || (minutes_of_day + 2 * 24 * 60) % (24 * 60) == 23 * 60 + 59;
}

static bool read_date_time(struct reader *reader) {
        char separator;
        return read_date(reader) && read_character(reader, "Tt", &separator) && read_time(reader);
}

bool schema_format_matches(enum schema_format format, const char *text, size_t length) {
        struct reader reader = {.at = text, .end = text + length};
        int year, month;

        switch (format) {
        case SCHEMA_FORMAT_UUID:
                return strlen(text) == length && text_is_uuid(text);
        case SCHEMA_FORMAT_DATE:
                return read_date(&reader) && reader.at == reader.end;
        case SCHEMA_FORMAT_DATE_TIME:
                return read_date_time(&reader) && reader.at == reader.end;
        case SCHEMA_FORMAT_MONTH:
                return read_month(&reader, &year, &month) && reader.at == reader.end;
        case SCHEMA_FORMAT_NONE:
                break;
        }
        return true;
}
