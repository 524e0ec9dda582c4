#include "core/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { JAPAN_S = 9 * 3600, DAY_S = 24 * 3600, OFFSET_MAX_S = 14 * 3600 };

int64_t clock_now(void) {
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        return (int64_t)now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000;
}

int64_t clock_monotonic_us(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void) {
        return clock_monotonic_us() / 1000;
}

static int64_t floor_divide(int64_t a, int64_t b) {
        return a / b - (a % b < 0);
}

/* Days from the civil calendar and back: Howard Hinnant, "chrono-compatible low-level date algorithms". Years begin in
   March, so that the leap day comes last; an era is 400 years. */
int64_t date_to_days(struct date date) {
        int64_t year = date.year - (date.month <= 2);
        int64_t era = floor_divide(year, 400);
        int64_t year_of_era = year - era * 400;
        int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;

        return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

struct date date_from_days(int64_t days) {
        int64_t shifted = days + 719468;
        int64_t era = floor_divide(shifted, 146097);
        int64_t day_of_era = shifted - era * 146097;
        int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
        int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        int64_t shifted_month = (5 * day_of_year + 2) / 153;
        int month = (int)(shifted_month + (shifted_month < 10 ? 3 : -9));

        return (struct date){
                .year = (int)(year_of_era + era * 400) + (month <= 2),
                .month = month,
                .day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1),
        };
}

int date_weekday(struct date date) {
        return (int)((date_to_days(date) % 7 + 7 + 4) % 7); /* 1970-01-01 was a Thursday */
}

static bool date_exists(struct date date) {
        return date.year >= 1 && date.year <= 9999 && date.month >= 1 && date.month <= 12 && date.day >= 1 &&
               date.day <= month_days(month_of(date));
}

static int check_year(int year) {
        return year >= CLOCK_YEAR_FIRST && year <= CLOCK_YEAR_LAST ? 0 : -ERANGE;
}

bool date_is_valid(struct date date) {
        return date_exists(date) && check_year(date.year) == 0;
}

int date_compare(struct date a, struct date b) {
        int64_t difference = date_to_days(a) - date_to_days(b);

        return (difference > 0) - (difference < 0);
}

struct date date_in_japan(int64_t instant) {
        return date_from_days(floor_divide(floor_divide(instant, CLOCK_SECOND) + JAPAN_S, DAY_S));
}

int64_t date_begin(struct date date) {
        return (date_to_days(date) * DAY_S - JAPAN_S) * CLOCK_SECOND;
}

int month_days(struct month month) {
        static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool leap = month.year % 4 == 0 && (month.year % 100 != 0 || month.year % 400 == 0);

        return days[month.month - 1] + (month.month == 2 && leap);
}

struct month month_of(struct date date) {
        return (struct month){.year = date.year, .month = date.month};
}

/* Reads exactly `count` digits and moves on. */
static bool read_digits(const char **text, int count, int *ret_number) {
        int number = 0;

        for (int i = 0; i < count; i++) {
                char c = (*text)[i];
                if (c < '0' || c > '9')
                        return false;
                number = number * 10 + (c - '0');
        }
        *text += count;
        *ret_number = number;
        return true;
}

static bool read_char(const char **text, char wanted) {
        if (**text != wanted)
                return false;
        (*text)++;
        return true;
}

static bool read_date(const char **text, struct date *ret_date) {
        struct date date;

        if (!read_digits(text, 4, &date.year) || !read_char(text, '-') || !read_digits(text, 2, &date.month) ||
            !read_char(text, '-') || !read_digits(text, 2, &date.day) || !date_exists(date))
                return false;
        *ret_date = date;
        return true;
}

int clock_parse_date(const char *text, struct date *ret_date) {
        struct date date;

        if (!read_date(&text, &date) || *text)
                return -EINVAL;
        int r = check_year(date.year);
        if (r == 0)
                *ret_date = date;
        return r;
}

int clock_parse_month(const char *text, struct month *ret_month) {
        struct month month;

        if (!read_digits(&text, 4, &month.year) || !read_char(&text, '-') || !read_digits(&text, 2, &month.month) ||
            *text)
                return -EINVAL;
        if (month.year < 1 || month.month < 1 || month.month > 12)
                return -EINVAL;
        int r = check_year(month.year);
        if (r == 0)
                *ret_month = month;
        return r;
}

/* The fraction of a second in microseconds; 0 when there is none. */
static bool read_fraction(const char **text, int64_t *ret_microseconds) {
        int64_t unit = CLOCK_SECOND / 10, microseconds = 0;
        int digit;

        if (!read_char(text, '.')) {
                *ret_microseconds = 0;
                return true;
        }
        if (**text < '0' || **text > '9')
                return false;
        while (read_digits(text, 1, &digit)) {
                microseconds += digit * unit;
                unit /= 10;
        }
        *ret_microseconds = microseconds;
        return true;
}

static bool read_offset(const char **text, int *ret_seconds) {
        int hours, minutes;

        if (read_char(text, 'Z') || read_char(text, 'z')) {
                *ret_seconds = 0;
                return true;
        }
        int sign = **text == '-' ? -1 : 1;
        if (!read_char(text, '+') && !read_char(text, '-'))
                return false;
        if (!read_digits(text, 2, &hours) || !read_char(text, ':') || !read_digits(text, 2, &minutes))
                return false;
        *ret_seconds = sign * (hours * 3600 + minutes * 60);
        return minutes <= 59 && hours * 3600 + minutes * 60 <= OFFSET_MAX_S;
}

int clock_parse_instant(const char *text, int64_t *ret_instant) {
        struct date date;
        int hour, minute, second, offset;
        int64_t microseconds;

        if (!read_date(&text, &date) || (!read_char(&text, 'T') && !read_char(&text, 't')))
                return -EINVAL;
        if (!read_digits(&text, 2, &hour) || !read_char(&text, ':') || !read_digits(&text, 2, &minute) ||
            !read_char(&text, ':') || !read_digits(&text, 2, &second))
                return -EINVAL;
        if (!read_fraction(&text, &microseconds) || !read_offset(&text, &offset) || *text)
                return -EINVAL;
        if (hour > 23 || minute > 59 || second > 60)
                return -EINVAL;
        int64_t seconds = date_to_days(date) * DAY_S + hour * 3600 + minute * 60 + second - offset;
        if (second == 60 && floor_divide(seconds, DAY_S) * DAY_S != seconds)
                return -EINVAL; /* a leap second ends a day of UTC */
        int r = check_year(date.year);
        if (r == 0)
                *ret_instant = seconds * CLOCK_SECOND + microseconds;
        return r;
}

void clock_format_instant(int64_t instant, char ret_text[static CLOCK_INSTANT_SIZE]) {
        int64_t seconds = floor_divide(instant, CLOCK_SECOND);
        int64_t microseconds = instant - seconds * CLOCK_SECOND;
        struct date date = date_in_japan(instant);
        int64_t of_day = seconds + JAPAN_S - date_to_days(date) * DAY_S;
        char fraction[24] = "";

        if (microseconds > 0) {
                snprintf(fraction, sizeof(fraction), ".%06d", (int)microseconds);
                for (size_t end = strlen(fraction); fraction[end - 1] == '0'; end--)
                        fraction[end - 1] = '\0';
        }
        snprintf(ret_text, CLOCK_INSTANT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u%.7s+09:00", (unsigned)date.year % 10000,
                 (unsigned)date.month % 100, (unsigned)date.day % 100, (unsigned)(of_day / 3600) % 100,
                 (unsigned)(of_day / 60 % 60), (unsigned)(of_day % 60), fraction);
}

void clock_format_date(struct date date, char ret_text[static CLOCK_DATE_SIZE]) {
        snprintf(ret_text, CLOCK_DATE_SIZE, "%04u-%02u-%02u", (unsigned)date.year % 10000, (unsigned)date.month % 100,
                 (unsigned)date.day % 100);
}
