#include "db/backend.h"

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/log.h"
#include "problems.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
        CONNECT_MS = 3000,
        CANCEL_EVERY_MS = 250, /* a cancel that comes before the statement does is lost */
        STOP_EVERY_MS = 100,   /* how often it is asked whether to go on */
};

int backend_read_password(const char *path, char **ret_password) {
        _cleanup_free_ char *line = NULL;
        size_t allocated = 0;

        if (!path) {
                *ret_password = NULL;
                return 0;
        }
        FILE *file = fopen(path, "re");
        if (!file)
                return -errno;
        if (getline(&line, &allocated, file) < 0) {
                fclose(file);
                return -ENODATA;
        }
        fclose(file);
        line[strcspn(line, "\r\n")] = '\0';
        *ret_password = TAKE_PTR(line);
        return 0;
}

/* Refusals are ordinary and notices are nobody's business; libpq would print them on standard error. */
static void ignore_notice(void *context, const PGresult *result) {
        (void)context;
        (void)result;
}

/* A pooler shares its connections, so there the role's own settings must do. */
static void write_start_options(const struct pool_options *options, char *ret_text, size_t size) {
        int length = 0;

        *ret_text = '\0';
        if (!options->unnamed_statements)
                length = snprintf(ret_text, size, "-c TimeZone=" CLOCK_ZONE " -c DateStyle=ISO");
        if (options->clock_offset_s != 0)
                snprintf(ret_text + length, size - (size_t)length, " -c kiki.clock_offset=%" PRId64 "\\ seconds",
                         options->clock_offset_s);
}

static PGconn *begin_connecting(const struct pool_options *options, const char *password) {
        char start_options[128];

        write_start_options(options, start_options, sizeof(start_options));
        /* What stands before dbname, the connection string, it may override; empty values count as not given. */
        const char *const names[] = {"application_name", "tcp_user_timeout",
                                     "keepalives_idle",  "keepalives_interval",
                                     "keepalives_count", "dbname",
                                     "password",         "client_encoding",
                                     "options",          NULL};
        const char *const values[] = {"kiki",   "10000", "10",          "5", "3", options->conninfo,
                                      password, "UTF8",  start_options, NULL};
        return PQconnectStartParams(names, values, 1);
}

static bool finish_connecting(PGconn *pg) {
        int64_t deadline = clock_monotonic_ms() + CONNECT_MS;
        PostgresPollingStatusType state = PGRES_POLLING_WRITING;

        while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
                struct pollfd wait = {.fd = PQsocket(pg), .events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT};
                int64_t left = deadline - clock_monotonic_ms();
                if (PQstatus(pg) == CONNECTION_BAD || left <= 0)
                        return false;
                if (poll(&wait, 1, (int)left) > 0)
                        state = PQconnectPoll(pg);
        }
        return state == PGRES_POLLING_OK;
}

/* Sort keys and bodies depend on these two, and a superuser would see every row. */
static bool has_right_settings(PGconn *pg) {
        const char *zone = PQparameterStatus(pg, "TimeZone"), *dates = PQparameterStatus(pg, "DateStyle");
        const char *superuser = PQparameterStatus(pg, "is_superuser");

        if (!zone || strcmp(zone, CLOCK_ZONE) != 0 || !dates || strncmp(dates, "ISO", 3) != 0) {
                LOG(LOG_LEVEL_ERROR, "database-settings-wrong", LOG_TEXT("TimeZone", zone),
                    LOG_TEXT("DateStyle", dates));
                return false;
        }
        if (superuser && strcmp(superuser, "on") == 0)
                LOG(LOG_LEVEL_WARNING, "database-role-is-superuser");
        return true;
}

int backend_open(const struct pool_options *options, struct backend **ret_backend) {
        _cleanup_free_ char *password = NULL;

        int r = backend_read_password(options->password_file, &password);
        if (r < 0) {
                LOG(LOG_LEVEL_ERROR, "password-file-unreadable", LOG_TEXT("path", options->password_file),
                    LOG_INT("errno", -r));
                return PROBLEM_DATABASE_UNAVAILABLE;
        }
        PGconn *pg = begin_connecting(options, password);
        if (!pg)
                return -ENOMEM;
        bool connected = finish_connecting(pg);
        if (!connected)
                LOG(LOG_LEVEL_WARNING, "database-unreachable", LOG_TEXT("message", PQerrorMessage(pg)));
        if (!connected || !has_right_settings(pg) || PQsetnonblocking(pg, 1) != 0 || PQenterPipelineMode(pg) != 1) {
                PQfinish(pg);
                return PROBLEM_DATABASE_UNAVAILABLE;
        }
        PQsetNoticeReceiver(pg, ignore_notice, NULL);
        struct backend *backend = calloc(1, sizeof(*backend));
        if (!backend) {
                PQfinish(pg);
                return -ENOMEM;
        }
        backend->pg = pg;
        *ret_backend = backend;
        return 0;
}

void backend_close(struct backend *backend) {
        if (!backend)
                return;
        PQfinish(backend->pg);
        free(backend);
}

bool backend_alive(struct backend *backend) {
        struct pollfd ready = {.fd = PQsocket(backend->pg), .events = POLLIN};

        /* Something to read while idle is a farewell, or a changed setting. */
        if (poll(&ready, 1, 0) == 0)
                return true;
        return PQconsumeInput(backend->pg) == 1 && PQstatus(backend->pg) == CONNECTION_OK && !PQisBusy(backend->pg) &&
               poll(&ready, 1, 0) == 0;
}

/* Blocks for the round trip of a second connection; tcp_user_timeout bounds it. */
static void send_cancel(struct backend *backend) {
        PGcancel *request = PQgetCancel(backend->pg);
        char message[256] = "";

        if (!request || !PQcancel(request, message, sizeof(message)))
                LOG(LOG_LEVEL_WARNING, "database-not-cancelled", LOG_TEXT("message", message));
        PQfreeCancel(request);
}

static void cancel(struct backend *backend, struct patience *patience) {
        send_cancel(backend);
        patience->cancelled = true;
        patience->until_ms = clock_monotonic_ms() + PATIENCE_MS;
}

/* How long to poll before something else is to be done. */
static int pause_of(const struct patience *patience, int64_t left) {
        int64_t most = !patience->may_cancel ? left : patience->cancelled ? CANCEL_EVERY_MS : STOP_EVERY_MS;

        return (int)(left < most ? left : most);
}

/* Waits until the socket is ready. 0, -ETIMEDOUT or -errno. */
static int await(struct backend *backend, struct patience *patience, short events) {
        struct pollfd ready = {.fd = PQsocket(backend->pg), .events = events};

        for (;;) {
                bool cancellable = patience->may_cancel && !patience->cancelled;
                int64_t left = patience->until_ms - clock_monotonic_ms();
                if (left <= 0) {
                        if (!cancellable)
                                return -ETIMEDOUT;
                        cancel(backend, patience);
                        continue;
                }
                int r = poll(&ready, 1, pause_of(patience, left));
                if (r > 0)
                        return 0;
                if (r < 0 && errno != EINTR)
                        return -errno;
                if (r == 0 && cancellable && patience->stop(patience->context))
                        cancel(backend, patience);
                else if (r == 0 && patience->may_cancel && patience->cancelled)
                        send_cancel(backend);
        }
}

int backend_result(struct backend *backend, struct patience *patience, PGresult **ret_result) {
        PGconn *pg = backend->pg;
        int unsent;

        while ((unsent = PQflush(pg)) > 0 || PQisBusy(pg)) {
                int r = await(backend, patience, unsent > 0 ? POLLIN | POLLOUT : POLLIN);
                if (r < 0) {
                        backend->broken = true;
                        return r == -ETIMEDOUT ? r : -EPIPE;
                }
                if (PQconsumeInput(pg) != 1)
                        break;
        }
        PGresult *result = PQgetResult(pg);
        if (PQstatus(pg) == CONNECTION_BAD && (!result || !PQresultErrorField(result, PG_DIAG_SQLSTATE))) {
                PQclear(result);
                backend->broken = true;
                return -EPIPE;
        }
        *ret_result = result;
        return 0;
}
