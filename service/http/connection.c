#include "http/connection.h"

#include "core/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { IMPORT_TIMES = 4 };

/* One open connection. `due` is when it is closed unless its request has arrived: 0 while one is being answered. */
struct watched {
        struct watched *next, **at;
        struct connections *all;
        int socket;
        int64_t due;
};

struct connections {
        int64_t arrival_ms;
        pthread_mutex_t lock;
        pthread_cond_t stop;
        pthread_t thread;
        bool stopping;
        struct watched *first;
};

/* The only thread-local of the program: ulfius does not hand the connection to its callbacks. */
static _Thread_local struct MHD_Connection *current;

static void *close_late(void *closure) {
        struct connections *all = closure;

        pthread_mutex_lock(&all->lock);
        while (!all->stopping) {
                struct timespec until;
                int64_t now = clock_monotonic_ms();
                for (struct watched *w = all->first; w; w = w->next)
                        if (w->due && w->due < now)
                                shutdown(w->socket, SHUT_RDWR);
                clock_gettime(CLOCK_REALTIME, &until);
                until.tv_sec += 1;
                pthread_cond_timedwait(&all->stop, &all->lock, &until);
        }
        pthread_mutex_unlock(&all->lock);
        return NULL;
}

int connections_new(unsigned arrival_s, struct connections **ret_connections) {
        struct connections *all = calloc(1, sizeof(*all));

        if (!all)
                return -ENOMEM;
        all->arrival_ms = arrival_s * INT64_C(1000);
        pthread_mutex_init(&all->lock, NULL);
        pthread_cond_init(&all->stop, NULL);
        int r = pthread_create(&all->thread, NULL, close_late, all);
        if (r != 0) {
                free(all);
                return -r;
        }
        *ret_connections = all;
        return 0;
}

void connections_free(struct connections *connections) {
        pthread_mutex_lock(&connections->lock);
        connections->stopping = true;
        pthread_cond_signal(&connections->stop);
        pthread_mutex_unlock(&connections->lock);
        pthread_join(connections->thread, NULL);
        pthread_cond_destroy(&connections->stop);
        pthread_mutex_destroy(&connections->lock);
        free(connections);
}

static void watch(struct connections *all, struct MHD_Connection *connection, void **socket_context) {
        struct watched *watched = calloc(1, sizeof(*watched));

        if (!watched)
                return;
        watched->all = all;
        watched->socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        watched->due = clock_monotonic_ms() + all->arrival_ms;
        pthread_mutex_lock(&all->lock);
        watched->next = all->first;
        watched->at = &all->first;
        if (watched->next)
                watched->next->at = &watched->next;
        all->first = watched;
        pthread_mutex_unlock(&all->lock);
        *socket_context = watched;
}

void connections_notify(void *closure, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode code) {
        struct connections *all = closure;

        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                watch(all, connection, socket_context);
                return;
        }
        struct watched *watched = *socket_context;
        if (!watched)
                return;
        pthread_mutex_lock(&all->lock);
        *watched->at = watched->next;
        if (watched->next)
                watched->next->at = watched->at;
        pthread_mutex_unlock(&all->lock);
        free(watched);
        *socket_context = NULL;
}

/* 0 times: it need not arrive. */
static void set_due(struct MHD_Connection *connection, int times) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
        struct watched *watched = info ? info->socket_context : NULL;

        if (!watched)
                return;
        pthread_mutex_lock(&watched->all->lock);
        watched->due = times > 0 ? clock_monotonic_ms() + times * watched->all->arrival_ms : 0;
        pthread_mutex_unlock(&watched->all->lock);
}

void connection_arriving(struct MHD_Connection *connection, const char *target) {
        size_t path = strcspn(target, "?");

        current = connection;
        set_due(connection, path >= 7 && strncmp(target + path - 7, "/import", 7) == 0 ? IMPORT_TIMES : 1);
}

void connection_complete(struct MHD_Connection *connection) {
        set_due(connection, 0);
}

void connection_idle(struct MHD_Connection *connection) {
        set_due(connection, 1);
}

struct MHD_Connection *connection_current(void) {
        return current;
}

bool connection_gone(void *connection) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        struct pollfd poll_socket = {.fd = info->connect_fd, .events = POLLRDHUP};

        return poll(&poll_socket, 1, 0) == 1 && (poll_socket.revents & (POLLRDHUP | POLLHUP | POLLERR));
}
