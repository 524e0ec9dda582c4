/* Instants, dates and months as the bureau counts them.
   An instant is a number of microseconds since 1970-01-01T00:00:00Z, PostgreSQL's own resolution. Japan is nine hours
   ahead of UTC all year, so a day and a month here are those of +09:00. Pure but for the three functions that read a
   clock. This is the only parser of dates and times: of requests, files and settings. Those that parse return 0, -EINVAL
   for what is none, or -ERANGE for one whose year is outside of CLOCK_YEAR_FIRST to CLOCK_YEAR_LAST. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* +09:00 to PostgreSQL. Asia/Tokyo had summer time from 1948 to 1951, and was 18 minutes and 59 seconds further before
   1888. */
#define CLOCK_ZONE "Etc/GMT-9"
#define CLOCK_SECOND INT64_C(1000000) /* of an instant */

/* The years that records can name; the contract says the same (DATE_PATTERNS in openapi/schemas.py). */
enum { CLOCK_YEAR_FIRST = 1900, CLOCK_YEAR_LAST = 2199 };

struct date {
        int year, month, day; /* 1 to 9999, 1 to 12, 1 to 31 */
};

struct month {
        int year, month;
};

enum { CLOCK_INSTANT_SIZE = 33, CLOCK_DATE_SIZE = 11 }; /* bytes with the terminator */

int64_t clock_now(void);          /* instant */
int64_t clock_monotonic_ms(void); /* never goes back; only differences mean anything */
int64_t clock_monotonic_us(void);

/* RFC 3339 with an offset up to 14 hours, as far as any place is from UTC; PostgreSQL takes no more than 15. Digits after
   the sixth of the fraction are cut; a leap second counts as the next second. */
int clock_parse_instant(const char *text, int64_t *ret_instant);
/* 2025-10-16T08:30:00+09:00, with a fraction only when there is one. The instant lies in the years 1 to 9999. */
void clock_format_instant(int64_t instant, char ret_text[static CLOCK_INSTANT_SIZE]);

int clock_parse_date(const char *text, struct date *ret_date);    /* YYYY-MM-DD */
int clock_parse_month(const char *text, struct month *ret_month); /* YYYY-MM */
void clock_format_date(struct date date, char ret_text[static CLOCK_DATE_SIZE]);

bool date_is_valid(struct date date);           /* exists, and in those years */
int date_compare(struct date a, struct date b); /* below, equal to or above 0 */
int64_t date_to_days(struct date date);         /* since 1970-01-01 */
struct date date_from_days(int64_t days);
int date_weekday(struct date date); /* 0 Sunday to 6 Saturday */

struct date date_in_japan(int64_t instant);
int64_t date_begin(struct date date); /* instant at which the day begins in Japan */

int month_days(struct month month);
struct month month_of(struct date date);
