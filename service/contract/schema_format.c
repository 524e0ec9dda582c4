#include "contract/schema_format.h"

#include "core/characters.h"
#include "core/clock.h"
#include "core/text.h"

#include <errno.h>
#include <string.h>

/* Which years a request may name is the pattern's to say, which openapi/schemas.py demands. */
static bool has_form(int parsed) {
        return parsed == 0 || parsed == -ERANGE;
}

bool schema_format_matches(enum schema_format format, const char *text, size_t length) {
        struct date date;
        struct month month;
        int64_t instant;

        if (format != SCHEMA_FORMAT_NONE && strlen(text) != length)
                return false; /* a U+0000 */
        switch (format) {
        case SCHEMA_FORMAT_UUID:
                return text_is_uuid(text);
        case SCHEMA_FORMAT_DATE:
                return has_form(clock_parse_date(text, &date));
        case SCHEMA_FORMAT_DATE_TIME:
                return has_form(clock_parse_instant(text, &instant));
        case SCHEMA_FORMAT_MONTH:
                return has_form(clock_parse_month(text, &month));
        case SCHEMA_FORMAT_LINE:
        case SCHEMA_FORMAT_TEXT:
                return !characters_are_refused(text, length, format == SCHEMA_FORMAT_TEXT);
        case SCHEMA_FORMAT_NONE:
                break;
        }
        return true;
}
