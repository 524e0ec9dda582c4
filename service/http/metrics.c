#include "http/metrics.h"

#include "contract/contract.h"
#include "core/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Every status that is ever answered; what is not here counts as 0, which would be a mistake of ours. */
static const int statuses[] = {0,   200, 201, 202, 204, 304, 400, 401, 403, 404, 405,
                               406, 409, 412, 413, 415, 422, 428, 429, 500, 503};
/* Upper bounds in microseconds, and as Prometheus has them in seconds. */
static const struct {
        int64_t most;
        const char *seconds;
} bounds[] = {{1000, "0.001"},  {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"},    {25000, "0.025"},
              {50000, "0.05"},  {100000, "0.1"},  {250000, "0.25"}, {500000, "0.5"},    {1000000, "1"},
              {2500000, "2.5"}, {5000000, "5"},   {10000000, "10"}, {INT64_MAX, "+Inf"}};

enum { STATUSES = sizeof(statuses) / sizeof(statuses[0]), BOUNDS = sizeof(bounds) / sizeof(bounds[0]) };

/* Relaxed counting is enough: a scrape may see a request in one number and not yet in another. */
struct row {
        atomic_uint_fast64_t answers[STATUSES];
        atomic_uint_fast64_t within[BOUNDS]; /* of this bound and above the one before */
        atomic_uint_fast64_t microseconds;
};

struct metrics {
        struct row none;   /* requests that matched no operation */
        struct row rows[]; /* in the order of the contract */
};

int metrics_new(struct metrics **ret_metrics) {
        struct metrics *metrics = calloc(1, sizeof(*metrics) + contract_operations_count * sizeof(struct row));

        if (!metrics)
                return -ENOMEM;
        *ret_metrics = metrics;
        return 0;
}

void metrics_free(struct metrics *metrics) {
        free(metrics);
}

static void add(atomic_uint_fast64_t *counter, uint64_t amount) {
        atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

static uint64_t read_counter(const atomic_uint_fast64_t *counter) {
        return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_count(struct metrics *metrics, const struct operation *operation, int status, int64_t microseconds) {
        struct row *row = operation ? &metrics->rows[operation - contract_operations] : &metrics->none;
        size_t s = STATUSES - 1, b = 0;

        while (s > 0 && statuses[s] != status)
                s--;
        while (microseconds > bounds[b].most)
                b++;
        add(&row->answers[s], 1);
        add(&row->within[b], 1);
        add(&row->microseconds, (uint64_t)(microseconds > 0 ? microseconds : 0));
}

static void write_answers(const struct row *row, const struct operation *operation, struct text *text) {
        static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

        for (size_t s = 0; s < STATUSES; s++) {
                uint64_t count = read_counter(&row->answers[s]);
                if (count > 0)
                        text_printf(text,
                                    "kiki_http_requests_total{operation=\"%s\",method=\"%s\",path=\"%s\",status=\"%d\"}"
                                    " %" PRIu64 "\n",
                                    operation ? operation->id : "", operation ? methods[operation->method] : "",
                                    operation ? operation->path : "", statuses[s], count);
        }
}

static void write_durations(const struct row *row, const struct operation *operation, struct text *text) {
        static const char name[] = "kiki_http_request_duration_seconds";
        const char *id = operation ? operation->id : "";
        uint64_t count = 0, sum = read_counter(&row->microseconds);

        for (size_t b = 0; b < BOUNDS; b++)
                count += read_counter(&row->within[b]);
        if (count == 0)
                return;
        count = 0;
        for (size_t b = 0; b < BOUNDS; b++) {
                count += read_counter(&row->within[b]);
                text_printf(text, "%s_bucket{operation=\"%s\",le=\"%s\"} %" PRIu64 "\n", name, id, bounds[b].seconds,
                            count);
        }
        text_printf(text, "%s_sum{operation=\"%s\"} %" PRIu64 ".%06" PRIu64 "\n", name, id, sum / 1000000,
                    sum % 1000000);
        text_printf(text, "%s_count{operation=\"%s\"} %" PRIu64 "\n", name, id, count);
}

void metrics_write(const struct metrics *metrics, struct text *text) {
        text_append_string(text,
                           "# HELP kiki_http_requests_total Requests answered; without operation, none was found.\n"
                           "# TYPE kiki_http_requests_total counter\n");
        write_answers(&metrics->none, NULL, text);
        for (size_t i = 0; i < contract_operations_count; i++)
                write_answers(&metrics->rows[i], &contract_operations[i], text);
        text_append_string(text,
                           "# HELP kiki_http_request_duration_seconds From the complete request to the whole answer.\n"
                           "# TYPE kiki_http_request_duration_seconds histogram\n");
        write_durations(&metrics->none, NULL, text);
        for (size_t i = 0; i < contract_operations_count; i++)
                write_durations(&metrics->rows[i], &contract_operations[i], text);
}
