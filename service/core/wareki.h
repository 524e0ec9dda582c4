/* Dates as Japanese offices write them, read: 令和7年10月16日 and R7.10.16. migrations/code/wareki.sql writes them.
   Known are 令和, 平成 and 昭和, each only within its days: 平成31年5月1日 was never a date. */
#pragma once

#include "core/clock.h"

/* Accepts 令和7年10月16日, 令和元年5月1日, R7.10.16, ㋿7年…, with 元 or a number for the year. Where the era is a
   letter, `.`, `/` or `-` stand between the numbers. Full-width letters, digits and signs count as the plain ones, and
   spaces may stand around each part. 0 or -EINVAL. */
int wareki_parse_date(const char *text, struct date *ret_date);
