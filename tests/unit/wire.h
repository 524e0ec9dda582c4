/* A wire between a pool and PostgreSQL that can be cut, and that can lose what comes back. One thread carries all. */
#pragma once

#include "database.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { WIRE_PAIRS = 32 };

struct wire {
        int listener;
        char conninfo[1100]; /* of the database, through the wire */
        pthread_t thread;
        atomic_bool stop;
        atomic_bool cut;  /* closes everything, and whatever comes while it is set */
        atomic_bool deaf; /* answers are thrown away */
        atomic_int accepted;
        int near[WIRE_PAIRS], far[WIRE_PAIRS];
        unsigned pairs;
};

static inline void wire_accept(struct wire *wire) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int near = accept(wire->listener, NULL, NULL), far = socket(AF_UNIX, SOCK_STREAM, 0);

        if (near < 0)
                return;
        atomic_fetch_add(&wire->accepted, 1);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.%s", PQhost(admin), PQport(admin));
        if (atomic_load(&wire->cut) || wire->pairs == WIRE_PAIRS ||
            connect(far, (struct sockaddr *)&address, sizeof(address)) != 0) {
                close(near);
                close(far);
                return;
        }
        wire->near[wire->pairs] = near;
        wire->far[wire->pairs++] = far;
}

static inline void wire_close(struct wire *wire, unsigned pair) {
        close(wire->near[pair]);
        close(wire->far[pair]);
        wire->pairs--;
        wire->near[pair] = wire->near[wire->pairs];
        wire->far[pair] = wire->far[wire->pairs];
}

static inline bool wire_carry(int from, int to, bool drop) {
        char bytes[16384];
        ssize_t length = read(from, bytes, sizeof(bytes));

        return length > 0 && (drop || send(to, bytes, (size_t)length, MSG_NOSIGNAL) == length);
}

static inline void *wire_run(void *argument) {
        struct wire *wire = argument;

        while (!atomic_load(&wire->stop)) {
                struct pollfd ready[1 + 2 * WIRE_PAIRS] = {{.fd = wire->listener, .events = POLLIN}};
                unsigned pairs = wire->pairs;
                for (unsigned i = 0; i < pairs; i++) {
                        ready[1 + 2 * i] = (struct pollfd){.fd = wire->near[i], .events = POLLIN};
                        ready[2 + 2 * i] = (struct pollfd){.fd = wire->far[i], .events = POLLIN};
                }
                poll(ready, 1 + 2 * pairs, 5);
                for (unsigned i = pairs; i-- > 0;) {
                        bool well = !atomic_load(&wire->cut);
                        if (well && ready[1 + 2 * i].revents)
                                well = wire_carry(wire->near[i], wire->far[i], false);
                        if (well && ready[2 + 2 * i].revents)
                                well = wire_carry(wire->far[i], wire->near[i], atomic_load(&wire->deaf));
                        if (!well)
                                wire_close(wire, i);
                }
                if (ready[0].revents)
                        wire_accept(wire);
        }
        while (wire->pairs > 0)
                wire_close(wire, 0);
        return NULL;
}

static inline void wire_start(struct wire *wire) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof(address);

        memset(wire, 0, sizeof(*wire));
        wire->listener = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(bind(wire->listener, (struct sockaddr *)&address, size), 0);
        assert_int_equal(listen(wire->listener, 32), 0);
        getsockname(wire->listener, (struct sockaddr *)&address, &size);
        snprintf(wire->conninfo, sizeof(wire->conninfo), "%s host=127.0.0.1 port=%d sslmode=disable", conninfo,
                 ntohs(address.sin_port));
        assert_int_equal(pthread_create(&wire->thread, NULL, wire_run, wire), 0);
}

static inline void wire_stop(struct wire *wire) {
        atomic_store(&wire->stop, true);
        pthread_join(wire->thread, NULL);
        close(wire->listener);
}
