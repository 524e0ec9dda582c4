/* Dates and times as offices and their spreadsheets write them. Texts are narrow
   (characters_append_narrow) and trimmed. Pure. */
#pragma once

#include "core/clock.h"

#include <stdbool.h>

/* 2025-10-16, 2025/10/16, 2025.10.16, 20251016, 2025年10月16日, and those of core/wareki.h; behind it 0:00 may stand. Changes
   the text. */
bool csv_parse_date(char *text, struct date *ret_date);
/* RFC 3339, where spaces may stand for the T, or such a date and 8:30 or 08:30:15 in Japan; 24:00 is the day's end.
   Changes the text. */
bool csv_parse_instant(char *text, int64_t *ret_instant);
/* 46113 or 46113.354: what a spreadsheet keeps for a date, shown as a number. */
bool csv_is_serial(const char *text);
