/* libmicrohttpd's connections below ulfius: which one this thread serves, whether its client is still there, and
   closing those whose request does not arrive. */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>

struct connections;

/* Starts the thread that closes connections whose request has not arrived after so many seconds; an import has four
   times as long. Caller frees, after the daemon has stopped. */
int connections_new(unsigned arrival_s, struct connections **ret_connections);
void connections_free(struct connections *connections);

/* For MHD_OPTION_NOTIFY_CONNECTION; the closure is struct connections. */
void connections_notify(void *closure, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode code);

/* A request line has come on this thread; a connection is served by one thread. */
void connection_arriving(struct MHD_Connection *connection, const char *target);
/* Its request is complete, or its answer is. */
void connection_complete(struct MHD_Connection *connection);
void connection_idle(struct MHD_Connection *connection);

/* The connection this thread serves. */
struct MHD_Connection *connection_current(void);
/* True when the client has closed its side; asked while a query runs. */
bool connection_gone(void *connection);
