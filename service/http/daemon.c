#include "http/daemon.h"

#include "core/config.h"
#include "core/log.h"
#include "http/connection.h"
#include "http/dispatch.h"
#include "http/gate.h"
#include "http/server.h"
#include "http/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <ulfius.h>

/* What a head may have and libmicrohttpd makes of it, and room for the answer's own. */
enum { CONNECTION_MEMORY = 2 * GATE_HEAD_BYTES };

#ifdef KIKI_SANITIZED
enum { THREAD_STACK = 1 << 20 }; /* sanitizers need room of their own */
#else
enum { THREAD_STACK = 256 << 10 };
#endif

/* libmicrohttpd's own words about a connection: of interest only when something is looked for. */
static void log_mhd(void *closure, const char *format, va_list arguments) {
        char line[512];
        (void)closure;

        vsnprintf(line, sizeof(line), format, arguments);
        LOG(LOG_LEVEL_DEBUG, "microhttpd", LOG_TEXT("message", line));
}

/* The program's definition of a function comes before a library's. ulfius starts the daemon by this one, with a handler
   of its own and no policy for connections: the gate goes in front of the handler. */
struct MHD_Daemon *MHD_start_daemon(unsigned flags, uint16_t port, MHD_AcceptPolicyCallback policy,
                                    void *policy_closure, MHD_AccessHandlerCallback handler, void *closure, ...) {
        struct _u_instance *instance = closure;
        struct gate *gate = instance->default_endpoint->user_data;
        va_list options;
        (void)policy;
        (void)policy_closure;

        gate->ulfius = handler;
        gate->ulfius_closure = instance;
        va_start(options, closure);
        struct MHD_Daemon *daemon =
                MHD_start_daemon_va(flags, port, connections_admit, gate->connections, gate_access, gate, options);
        va_end(options);
        return daemon;
}

static int listen_address(const struct config *config, struct sockaddr_storage *ret_address) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)ret_address;
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret_address;

        memset(ret_address, 0, sizeof(*ret_address));
        if (inet_pton(AF_INET, config->listen_address, &v4->sin_addr) == 1) {
                v4->sin_family = AF_INET;
                v4->sin_port = htons((uint16_t)config->port);
                return 0;
        }
        if (inet_pton(AF_INET6, config->listen_address, &v6->sin6_addr) == 1) {
                v6->sin6_family = AF_INET6;
                v6->sin6_port = htons((uint16_t)config->port);
                return 0;
        }
        return -EINVAL;
}

/* One thread for each connection, by poll: select ends at 1,024 descriptors, and a pool of threads ties a connection to
   a thread, where one slow query stalls its neighbours. */
static int start(struct gate *gate, struct _u_instance *instance) {
        const struct config *config = gate->server->config;
        struct sockaddr_storage address;
        unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
                         MHD_USE_ERROR_LOG | MHD_USE_ITC;

        if (listen_address(config, &address) != 0)
                return -EINVAL;
        if (address.ss_family == AF_INET6)
                flags |= MHD_USE_IPv6;
        struct MHD_OptionItem options[] = {
                {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)log_mhd, NULL},
                {MHD_OPTION_SOCK_ADDR, 0, &address},
                {MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK, NULL},
                {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)config->connections_max, NULL},
                {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
                {MHD_OPTION_CONNECTION_TIMEOUT, config->arrival_s, NULL},
                {MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024, NULL},
                {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)gate_connection, gate},
                {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)gate_completed, gate},
                {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)gate_begin, gate},
                {MHD_OPTION_END, 0, NULL},
        };
        if (wire_begin(gate_refuse) != 0)
                return -ENOTSUP;
        if (ulfius_init_instance(instance, config->port, NULL, NULL) != U_OK)
                return -ENOMEM;
        instance->check_utf8 = 0;
        ulfius_set_default_endpoint(instance, dispatch, gate);
        if (ulfius_start_framework_with_mhd_options(instance, flags, options) != U_OK)
                return -EADDRINUSE;
        if (gate->ulfius)
                return 0;
        ulfius_stop_framework(instance); /* a linking of the program that leaves the gate out must not serve */
        return -ENOTSUP;
}

static void wait_for_signal(void) {
        sigset_t set;
        int number;

        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigwait(&set, &number);
        LOG(LOG_LEVEL_INFO, "stopping", LOG_INT("signal", number));
}

/* A plain stop drops replies: the listening socket goes first, then what is in flight ends, then the rest. */
static void drain(struct server *server, struct _u_instance *instance) {
        atomic_store(&server->draining, true);
        MHD_socket listening = MHD_quiesce_daemon(instance->mhd_daemon);
        if (listening != MHD_INVALID_SOCKET)
                close(listening);
        for (unsigned waited = 0; waited < server->config->drain_s * 10; waited++) {
                if (atomic_load(&server->in_flight) == 0)
                        break;
                usleep(100000);
        }
        ulfius_stop_framework(instance);
        ulfius_clean_instance(instance);
}

int daemon_run(struct server *server) {
        struct _u_instance instance;
        struct gate gate = {.server = server};
        sigset_t set;

        /* Every thread made from here on leaves the signals to sigwait. */
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        signal(SIGPIPE, SIG_IGN);
        int r = connections_new(server->config, &gate, &gate.connections);
        if (r != 0)
                return r;
        r = start(&gate, &instance);
        if (r == 0) {
                LOG(LOG_LEVEL_INFO, "listening", LOG_TEXT("address", server->config->listen_address),
                    LOG_INT("port", server->config->port));
                wait_for_signal();
                drain(server, &instance);
        } else {
                LOG(LOG_LEVEL_ERROR, "cannot-listen", LOG_TEXT("address", server->config->listen_address),
                    LOG_INT("port", server->config->port));
        }
        connections_free(gate.connections);
        return r;
}
