/* Starting and stopping: libmicrohttpd under ulfius, with every request given to dispatch. */
#pragma once

struct server;

/* Serves until SIGTERM or SIGINT, then lets requests in flight finish. 0 or -errno. */
int daemon_run(struct server *server);
