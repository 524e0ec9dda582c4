/* Dates as Japanese offices write them: 令和7年10月16日 and R7.10.16.
   Known are 令和, 平成 and 昭和, each only within its days: 平成31年5月1日 was never a date. */
#pragma once

#include "core/clock.h"

enum { WAREKI_DATE_SIZE = 32, WAREKI_MONTH_SIZE = 24 }; /* bytes with the terminator */

/* Accepts 令和7年10月16日, 令和元年5月1日, R7.10.16, ㋿7年…, with 元 or a number for the year. Where the era is a
   letter, `.`, `/` or `-` stand between the numbers. Full-width letters, digits and signs count as the plain ones, and
   spaces may stand around each part. 0 or -EINVAL. */
int wareki_parse_date(const char *text, struct date *ret_date);

/* 令和7年10月16日, the first year as 元年; before 昭和 the year of the Common Era. */
void wareki_format_date(struct date date, char ret_text[static WAREKI_DATE_SIZE]);
/* 令和7年10月; a month in which the era changed is named by its last day. */
void wareki_format_month(struct month month, char ret_text[static WAREKI_MONTH_SIZE]);
