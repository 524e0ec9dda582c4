#include "http/health.h"

#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "core/text.h"
#include "db/migrations.h"
#include "http/metrics.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/room.h"
#include "http/server.h"
#include "http_health.sql.h"
#include "operations.h"
#include "problems.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { HELD_MS = 1000, PROBE_MS = 2000 };

struct readiness {
        struct server *server;
        struct pool *pool;
        pthread_mutex_t lock;
        int64_t looked_at; /* monotonic milliseconds; 0: never */
        const char *fault; /* NULL: ready */
};

int readiness_new(struct server *server, struct readiness **ret_readiness) {
        const struct config *config = server->config;
        struct pool_options options = {
                .conninfo = config->database,
                .password_file = config->database_password_file,
                .size = 1,
                .wait_ms = PROBE_MS,
                .query_ms = PROBE_MS,
                .unnamed_statements = config->unnamed_statements,
        };
        struct readiness *readiness = calloc(1, sizeof(*readiness));

        if (!readiness)
                return -ENOMEM;
        int r = pool_open(&options, &readiness->pool);
        if (r != 0) {
                free(readiness);
                return r;
        }
        readiness->server = server;
        readiness->fault = "not looked yet";
        pthread_mutex_init(&readiness->lock, NULL);
        *ret_readiness = readiness;
        return 0;
}

void readiness_free(struct readiness *readiness) {
        if (!readiness)
                return;
        pool_close(readiness->pool);
        pthread_mutex_destroy(&readiness->lock);
        free(readiness);
}

static const char *database_fault(struct readiness *readiness) {
        struct arena *arena = arena_new();
        struct errand look = {.read_only = true};
        struct transaction *transaction;
        const char *fault = "the database does not answer";

        if (transaction_open(readiness->pool, arena, &look, &transaction) == 0) {
                if (health_schema_serves(transaction, migrations_newest(&migrations_embedded),
                                         migrations_embedded.code_checksum) == 0 &&
                    transaction_commit(transaction) == 0) {
                        const char *serves = transaction_value(transaction, 0, 0, 0);
                        fault = serves && *serves == 't' ? NULL : "the schema is of another version";
                }
                transaction_end(transaction);
        }
        arena_free(arena);
        return fault;
}

bool readiness_look(struct readiness *readiness) {
        pthread_mutex_lock(&readiness->lock);
        const char *before = readiness->fault;
        if (readiness->looked_at == 0 || clock_monotonic_ms() - readiness->looked_at >= HELD_MS) {
                readiness->fault = authenticator_ready(readiness->server->authenticator) ? database_fault(readiness)
                                                                                         : "no issuer has a key";
                readiness->looked_at = clock_monotonic_ms();
                if (readiness->fault && readiness->fault != before)
                        LOG(LOG_LEVEL_WARNING, "not-ready", LOG_TEXT("reason", readiness->fault));
                else if (!readiness->fault && before)
                        LOG(LOG_LEVEL_INFO, "ready");
        }
        bool ready = !readiness->fault;
        pthread_mutex_unlock(&readiness->lock);
        return ready;
}

static int reply_ok(struct request *request) {
        reply_header(request, "Cache-Control", "no-store");
        return reply_string(request, 200, "application/json", "{\"status\":\"ok\"}");
}

int op_get_livez(struct request *request) {
        return reply_ok(request);
}

int op_get_readyz(struct request *request) {
        if (atomic_load(&request->server->draining))
                return PROBLEM_DRAINING;
        return readiness_look(request->server->readiness) ? reply_ok(request) : PROBLEM_NOT_READY;
}

static void write_pool(struct server *server, struct text *text) {
        struct pool_numbers numbers;

        pool_count(server->pool, &numbers);
        text_printf(text,
                    "# HELP kiki_pool_connections Connections to the database.\n"
                    "# TYPE kiki_pool_connections gauge\n"
                    "kiki_pool_connections{state=\"busy\"} %u\n"
                    "kiki_pool_connections{state=\"idle\"} %u\n"
                    "# HELP kiki_pool_size Connections to the database at the most.\n"
                    "# TYPE kiki_pool_size gauge\n"
                    "kiki_pool_size %u\n"
                    "# HELP kiki_pool_waiting Requests that wait for a connection.\n"
                    "# TYPE kiki_pool_waiting gauge\n"
                    "kiki_pool_waiting %u\n"
                    "# HELP kiki_pool_refused_total Requests turned away because no connection came free.\n"
                    "# TYPE kiki_pool_refused_total counter\n"
                    "kiki_pool_refused_total %" PRIu64 "\n",
                    numbers.busy, numbers.open - numbers.busy, server->config->pool_size, numbers.waiting,
                    numbers.refused);
}

static void write_room(struct server *server, struct text *text) {
        unsigned bodies;
        size_t bytes;

        room_count(server->room, &bodies, &bytes);
        text_printf(text,
                    "# HELP kiki_http_bodies Requests with a body under way.\n"
                    "# TYPE kiki_http_bodies gauge\n"
                    "kiki_http_bodies %u\n"
                    "# HELP kiki_http_body_bytes Memory that is kept for their bodies.\n"
                    "# TYPE kiki_http_body_bytes gauge\n"
                    "kiki_http_body_bytes %zu\n",
                    bodies, bytes);
}

static long resident_pages(void) {
        FILE *statm = fopen("/proc/self/statm", "re");
        long size, resident = 0;

        if (!statm)
                return 0;
        if (fscanf(statm, "%ld %ld", &size, &resident) != 2)
                resident = 0;
        fclose(statm);
        return resident;
}

static void write_process(struct server *server, struct text *text) {
        struct rusage usage = {0};

        getrusage(RUSAGE_SELF, &usage);
        text_printf(text,
                    "# HELP kiki_http_requests_in_flight Requests whose answer is not sent yet.\n"
                    "# TYPE kiki_http_requests_in_flight gauge\n"
                    "kiki_http_requests_in_flight %u\n"
                    "# HELP process_resident_memory_bytes Memory in use.\n"
                    "# TYPE process_resident_memory_bytes gauge\n"
                    "process_resident_memory_bytes %ld\n"
                    "# HELP process_cpu_seconds_total User and system time.\n"
                    "# TYPE process_cpu_seconds_total counter\n"
                    "process_cpu_seconds_total %.3f\n",
                    atomic_load(&server->in_flight), resident_pages() * sysconf(_SC_PAGESIZE),
                    (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

int op_get_metrics(struct request *request) {
        struct text text = {0};

        metrics_write(request->server->metrics, &text);
        write_pool(request->server, &text);
        write_room(request->server, &text);
        authenticator_write(request->server->authenticator, &text);
        write_process(request->server, &text);
        const char *kept = arena_strndup(request->arena, text.data, text.length);
        text_free(&text);
        reply_header(request, "Cache-Control", "no-store");
        return reply_string(request, 200, "text/plain; version=0.0.4; charset=utf-8", kept);
}
