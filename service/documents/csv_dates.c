#include "documents/csv_dates.h"

#include "core/wareki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_SECONDS = 24 * 3600 };

static const char digits[] = "0123456789";

/* One or two digits, then the wanted text, around which there may be spaces. */
static bool read_number(const char **text, const char *then, int *ret_number) {
        size_t count, wanted = strlen(then);

        *text += strspn(*text, " ");
        count = strspn(*text, digits);
        if (count < 1 || count > 2)
                return false;
        *ret_number = atoi(*text);
        *text += count + strspn(*text + count, " ");
        if (wanted ? strncmp(*text, then, wanted) != 0 : **text != '\0')
                return false;
        *text += wanted;
        return true;
}

/* Year, month and day with these between and behind them. */
static bool parse_parts(const char *text, const char *const between[static 3], struct date *ret_date) {
        size_t sign = strlen(between[0]);

        if (strspn(text, digits) != 4)
                return false;
        ret_date->year = atoi(text);
        text += 4 + strspn(text + 4, " ");
        if (strncmp(text, between[0], sign) != 0)
                return false;
        text += sign;
        return read_number(&text, between[1], &ret_date->month) && read_number(&text, between[2], &ret_date->day) &&
               !*text;
}

static bool parse_eight_digits(const char *text, struct date *ret_date) {
        long number = strtol(text, NULL, 10);

        *ret_date = (struct date){
                .year = (int)(number / 10000), .month = (int)(number / 100 % 100), .day = (int)(number % 100)};
        return strspn(text, digits) == 8 && !text[8];
}

static bool parse_day(const char *text, struct date *ret_date) {
        static const char *const forms[][3] = {{"-", "-", ""}, {"/", "/", ""}, {".", ".", ""}, {"年", "月", "日"}};

        if (wareki_parse_date(text, ret_date) == 0 || parse_eight_digits(text, ret_date))
                return date_is_valid(*ret_date);
        for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
                if (parse_parts(text, forms[i], ret_date))
                        return date_is_valid(*ret_date);
        return false;
}

/* Also with the day of the week behind it, (水) or 水曜日, which has to be the right one. */
static bool parse_week_day(const char *text, struct date *ret_date) {
        static const char *const names[] = {"日", "月", "火", "水", "木", "金", "土"};
        size_t length = strlen(text);
        char day[64], suffix[16];

        for (size_t i = 0; i < 2 * sizeof(names) / sizeof(names[0]); i++) {
                int size = snprintf(suffix, sizeof(suffix), i % 2 ? "(%s)" : "%s曜日", names[i / 2]);
                if (length <= (size_t)size || length >= sizeof(day) || strcmp(text + length - size, suffix) != 0)
                        continue;
                for (length -= (size_t)size; length > 0 && text[length - 1] == ' ';)
                        length--;
                snprintf(day, sizeof(day), "%.*s", (int)length, text);
                return parse_day(day, ret_date) && date_weekday(*ret_date) == (int)(i / 2);
        }
        return parse_day(text, ret_date);
}

/* 8:30, 08:30, 08:30:15, 8時30分 or 24:00, in seconds. */
static bool parse_time(const char *text, int64_t *ret_seconds) {
        int hour, minute, second = 0;
        bool words = strstr(text, "時") != NULL, seconds = strstr(text, "秒") || (!words && strlen(text) > 5);

        if (!read_number(&text, words ? "時" : ":", &hour) ||
            !read_number(&text,
                         words     ? "分"
                         : seconds ? ":"
                                   : "",
                         &minute) ||
            (seconds && !read_number(&text, words ? "秒" : "", &second)) || *text)
                return false;
        *ret_seconds = hour * 3600 + minute * 60 + second;
        return minute <= 59 && second <= 59 && *ret_seconds <= DAY_SECONDS;
}

/* The time behind the last space or T, which ends what stands before it; NULL when there is none. */
static const char *cut_time(char *text) {
        char *gap = strrchr(text, ' ') ?: strrchr(text, 'T');
        const char *time = gap ? gap + 1 : NULL;

        if (!gap)
                return NULL;
        while (gap > text && gap[-1] == ' ')
                gap--;
        *gap = '\0';
        return time;
}

/* RFC 3339, also with spaces in place of the T, and without an offset for a time in Japan. */
static bool parse_rfc3339(const char *text, int64_t *ret_instant) {
        size_t date = strcspn(text, " T"), gap = strspn(text + date, " T"), rest = strlen(text + date + gap);
        char joined[64 + sizeof("T+09:00")];

        if (clock_parse_instant(text, ret_instant) == 0)
                return true;
        if (gap == 0 || date + rest > 64)
                return false;
        snprintf(joined, sizeof(joined), "%.*sT%s+09:00", (int)date, text, text + date + gap);
        if (clock_parse_instant(joined, ret_instant) == 0)
                return true;
        joined[date + 1 + rest] = '\0';
        return clock_parse_instant(joined, ret_instant) == 0;
}

bool csv_parse_date(char *text, struct date *ret_date) {
        int64_t instant, seconds;
        const char *time;

        if (parse_week_day(text, ret_date))
                return true;
        if (parse_rfc3339(text, &instant)) {
                *ret_date = date_in_japan(instant);
                return instant == date_begin(*ret_date) && date_is_valid(*ret_date);
        }
        time = cut_time(text);
        return time && parse_time(time, &seconds) && seconds == 0 && parse_week_day(text, ret_date);
}

bool csv_parse_instant(char *text, int64_t *ret_instant) {
        const char *time;
        struct date date;
        int64_t seconds;

        if (parse_rfc3339(text, ret_instant))
                return true;
        time = cut_time(text);
        if (!time || !parse_time(time, &seconds) || !parse_week_day(text, &date))
                return false;
        *ret_instant = date_begin(date) + seconds * CLOCK_SECOND;
        return true;
}

bool csv_is_serial(const char *text) {
        size_t whole = strspn(text, digits);
        const char *fraction = text + whole + (text[whole] == '.');

        return whole > 0 && whole < 8 && (text[whole] == '\0' || text[whole] == '.') &&
               !fraction[strspn(fraction, digits)];
}
