#include "http/connection.h"

#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "http/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
        IMPORT_TIMES = 4,       /* as long for an import to arrive as for another request */
        SLOWEST_READER = 32768, /* bytes a second that a long answer is given */
        BUCKETS = 256,
        LINGER_MS = 1000,
        LINGER_MORE = 64 << 10, /* than the body, as the way it is chunked counts too */
};

/* Whose share a connection counts into. IPv6 is given to a house by the 64 bits of its network. */
struct host {
        unsigned char bytes[8];
        sa_family_t family;
};

/* One open connection. `due` is when it is closed unless what is awaited has come: 0 while its request is worked on. */
struct watched {
        struct watched *next, **at; /* in the bucket of its host */
        struct connections *all;
        struct host host;
        int socket;
        int64_t due;
        void *exchange;
};

struct connections {
        const struct config *config;
        void *owner;
        pthread_mutex_t lock;
        pthread_cond_t stop;
        pthread_t thread;
        bool stopping;
        unsigned turned_away; /* since the last second */
        struct watched *first[BUCKETS];
};

/* The only thread-local of the program: ulfius does not hand the connection to its callbacks. */
static _Thread_local struct MHD_Connection *current;

static struct host host_of(const struct sockaddr *address) {
        struct host host = {.family = address->sa_family};

        if (address->sa_family == AF_INET)
                memcpy(host.bytes, &((const struct sockaddr_in *)address)->sin_addr, 4);
        else if (address->sa_family == AF_INET6)
                memcpy(host.bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 8);
        return host;
}

static bool is_host(const struct host *a, const struct host *b) {
        return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static struct watched **bucket(struct connections *all, const struct host *host) {
        unsigned sum = host->family;

        for (size_t i = 0; i < sizeof(host->bytes); i++)
                sum = sum * 31 + host->bytes[i];
        return &all->first[sum % BUCKETS];
}

static void shut_late(struct connections *all, int64_t now) {
        for (size_t i = 0; i < BUCKETS; i++)
                for (struct watched *w = all->first[i]; w; w = w->next)
                        if (w->due && w->due < now)
                                shutdown(w->socket, SHUT_RDWR);
}

static void *close_late(void *closure) {
        struct connections *all = closure;
        struct timespec until;

        pthread_mutex_lock(&all->lock);
        while (!all->stopping) {
                shut_late(all, clock_monotonic_ms());
                if (all->turned_away > 0)
                        LOG(LOG_LEVEL_WARNING, "connections-turned-away", LOG_INT("count", all->turned_away));
                all->turned_away = 0;
                clock_gettime(CLOCK_MONOTONIC, &until);
                until.tv_sec += 1;
                pthread_cond_timedwait(&all->stop, &all->lock, &until);
        }
        pthread_mutex_unlock(&all->lock);
        return NULL;
}

int connections_new(const struct config *config, void *owner, struct connections **ret_connections) {
        struct connections *all = calloc(1, sizeof(*all));
        pthread_condattr_t monotonic; /* somebody who sets the machine's clock must not stop the closing */

        if (!all)
                return -ENOMEM;
        all->config = config;
        all->owner = owner;
        pthread_condattr_init(&monotonic);
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        pthread_mutex_init(&all->lock, NULL);
        pthread_cond_init(&all->stop, &monotonic);
        pthread_condattr_destroy(&monotonic);
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

/* Accepting and forgetting connections are both the listening thread's, so that none comes in between. */
enum MHD_Result connections_admit(void *closure, const struct sockaddr *address, socklen_t length) {
        struct connections *all = closure;
        struct host host = host_of(address);
        unsigned most = all->config->connections_per_address, count = 0;
        (void)length;

        if (most == 0 || address_is_trusted(all->config, address))
                return MHD_YES;
        pthread_mutex_lock(&all->lock);
        for (struct watched *w = *bucket(all, &host); w && count < most; w = w->next)
                count += is_host(&w->host, &host);
        if (count == most)
                all->turned_away++;
        pthread_mutex_unlock(&all->lock);
        return count < most ? MHD_YES : MHD_NO;
}

static int64_t arrival(const struct connections *all) {
        return clock_monotonic_ms() + all->config->arrival_s * INT64_C(1000);
}

static void watch(struct connections *all, struct MHD_Connection *connection, void **socket_context) {
        struct watched *watched = calloc(1, sizeof(*watched));

        if (!watched)
                return;
        watched->all = all;
        watched->socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        watched->host = host_of(MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
        watched->due = arrival(all);
        watched->at = bucket(all, &watched->host);
        pthread_mutex_lock(&all->lock);
        watched->next = *watched->at;
        if (watched->next)
                watched->next->at = &watched->next;
        *watched->at = watched;
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

static struct watched *watched_of(struct MHD_Connection *connection) {
        return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void set_due(struct watched *watched, int64_t due) {
        pthread_mutex_lock(&watched->all->lock);
        watched->due = due;
        pthread_mutex_unlock(&watched->all->lock);
}

bool connection_begin(struct MHD_Connection *connection, void *exchange) {
        struct watched *watched = watched_of(connection);

        if (!watched)
                return false;
        current = connection;
        watched->exchange = exchange;
        set_due(watched, arrival(watched->all));
        return true;
}

void *connection_exchange(struct MHD_Connection *connection) {
        struct watched *watched = watched_of(connection);

        return watched ? watched->exchange : NULL;
}

void *connection_owner(struct MHD_Connection *connection) {
        struct watched *watched = watched_of(connection);

        return watched ? watched->all->owner : NULL;
}

void connection_extend(struct MHD_Connection *connection) {
        struct watched *watched = watched_of(connection);

        set_due(watched, clock_monotonic_ms() + watched->all->config->arrival_s * INT64_C(1000) * IMPORT_TIMES);
}

void connection_complete(struct MHD_Connection *connection) {
        set_due(watched_of(connection), 0);
}

void connection_sending(struct MHD_Connection *connection, size_t bytes) {
        struct watched *watched = watched_of(connection);

        set_due(watched, clock_monotonic_ms() + watched->all->config->sending_s * INT64_C(1000) +
                                 (int64_t)(bytes / SLOWEST_READER) * 1000);
}

void connection_idle(struct MHD_Connection *connection) {
        struct watched *watched = watched_of(connection);

        watched->exchange = NULL;
        set_due(watched, arrival(watched->all));
}

void connection_linger(struct MHD_Connection *connection, size_t most) {
        int socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        struct pollfd readable = {.fd = socket, .events = POLLIN};
        int64_t until = clock_monotonic_ms() + LINGER_MS, now;
        size_t left = most + LINGER_MORE;
        char bytes[16384];

        shutdown(socket, SHUT_WR);
        while (left > 0 && (now = clock_monotonic_ms()) < until && poll(&readable, 1, (int)(until - now)) == 1) {
                ssize_t length = recv(socket, bytes, sizeof(bytes), MSG_DONTWAIT);
                if (length <= 0)
                        break;
                left -= left < (size_t)length ? left : (size_t)length;
        }
}

struct MHD_Connection *connection_current(void) {
        return current;
}

bool connection_gone(void *connection) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        struct pollfd poll_socket = {.fd = info->connect_fd, .events = POLLRDHUP};

        return poll(&poll_socket, 1, 0) == 1 && (poll_socket.revents & (POLLRDHUP | POLLHUP | POLLERR));
}
