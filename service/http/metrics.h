/* Counters in Prometheus text format. Labels are operation ids and route templates, never ids of things. Thread-safe.
 */
#pragma once

#include <stdint.h>

struct metrics;
struct operation;
struct text;

int metrics_new(struct metrics **ret_metrics);
void metrics_free(struct metrics *metrics);
/* `operation` is NULL for a request that matched none. */
void metrics_count(struct metrics *metrics, const struct operation *operation, int status, int64_t microseconds);
/* Appends what was counted. */
void metrics_write(const struct metrics *metrics, struct text *text);
