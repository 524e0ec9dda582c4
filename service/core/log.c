#include "core/log.h"

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

static _Atomic(enum log_level) lowest = LOG_LEVEL_INFO;

void log_set_level(enum log_level level) {
        lowest = level;
}

/* What is logged may have come from outside: bytes that are not UTF-8 become question marks. */
static void append_value(struct text *line, const char *value) {
        if (text_is_utf8(value, strlen(value))) {
                text_append_json(line, value);
                return;
        }
        _cleanup_free_ char *safe = memory_need(strdup(value));
        for (char *c = safe; *c; c++)
                if ((unsigned char)*c >= 0x80)
                        *c = '?';
        text_append_json(line, safe);
}

/* One write for one line, so that lines of several threads do not mix. */
static void write_line(const struct text *line) {
        size_t done = 0;

        while (done < line->length) {
                ssize_t written = write(STDERR_FILENO, line->data + done, line->length - done);
                if (written < 0 && errno == EINTR)
                        continue;
                if (written <= 0)
                        return;
                done += (size_t)written;
        }
}

void log_event(enum log_level level, const char *event, const struct log_field *fields) {
        static const char *const names[] = {"debug", "info", "warning", "error"};
        _cleanup_(text_free) struct text line = {0};
        char now[CLOCK_INSTANT_SIZE];

        if (level < lowest)
                return;
        clock_format_instant(clock_now() / 1000 * 1000, now);
        text_printf(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":", now, names[level]);
        text_append_json(&line, event);
        for (int i = 0; i < LOG_FIELDS_MAX && fields->name; i++, fields++) {
                text_append_char(&line, ',');
                text_append_json(&line, fields->name);
                text_append_char(&line, ':');
                if (fields->text)
                        append_value(&line, fields->text);
                else
                        text_printf(&line, "%" PRId64, fields->number);
        }
        text_append_string(&line, "}\n");
        write_line(&line);
}
