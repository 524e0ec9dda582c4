/* JSON lines on standard error. Never tokens, bodies or passwords. */
#pragma once

#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

void log_set_level(enum log_level level);

enum { LOG_FIELDS_MAX = 12 };

/* One line {"time":…,"level":…,"event":event, name: value …}, with up to LOG_FIELDS_MAX fields:
   LOG(LOG_LEVEL_INFO, "listening", LOG_TEXT("address", a), LOG_INT("port", p)); */
struct log_field {
        const char *name; /* NULL ends the list */
        const char *text; /* NULL: the number is meant */
        int64_t number;
};

void log_event(enum log_level level, const char *event, const struct log_field *fields);

static inline const char *log_text(const char *value) {
        return value ? value : "";
}

/* clang-format off */
#define LOG_TEXT(field_name, value) {.name = (field_name), .text = log_text(value)}
#define LOG_INT(field_name, value) {.name = (field_name), .number = (value)}
/* clang-format on */
#define LOG(level, event, ...) log_event((level), (event), (const struct log_field[LOG_FIELDS_MAX + 1]){__VA_ARGS__})
