/* libmicrohttpd's connections below ulfius: how many an address may have, which one this thread serves, whether its
   client is still there, and closing those whose request does not arrive or whose answer is not taken. */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

struct config;
struct connections;

/* Starts the thread that closes connections which are late. Caller frees, after the daemon has stopped. */
int connections_new(const struct config *config, void *owner, struct connections **ret_connections);
void connections_free(struct connections *connections);

/* libmicrohttpd's accept policy: no address has more than its share, but for the trusted proxies, which speak for many.
   The closure is struct connections. */
enum MHD_Result connections_admit(void *closure, const struct sockaddr *address, socklen_t length);
/* For MHD_OPTION_NOTIFY_CONNECTION, with the same closure. */
void connections_notify(void *closure, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode code);

/* A request line has come on this thread; a connection is served by one thread. It carries `exchange` until it is idle.
   False when there was no memory to watch the connection. */
bool connection_begin(struct MHD_Connection *connection, void *exchange);
/* What it carries, or NULL. */
void *connection_exchange(struct MHD_Connection *connection);
/* Whose connections they are; NULL when there was no memory to watch this one. */
void *connection_owner(struct MHD_Connection *connection);
/* Its body is an import, which may be longer under way. */
void connection_extend(struct MHD_Connection *connection);
/* Its request has arrived. */
void connection_complete(struct MHD_Connection *connection);
/* Its answer, with a body of so many bytes, is made and waits for its reader. */
void connection_sending(struct MHD_Connection *connection, size_t bytes);
/* Its answer is sent. */
void connection_idle(struct MHD_Connection *connection);

/* Lets go by what the client still sends, as much as a body of so many bytes: a socket that is closed with bytes unread
   resets the connection, and the client may lose its answer over it. Of a stranger that should be no more than an
   ordinary body; a trusted proxy has the body whole and takes a reset for a service that is down. */
void connection_linger(struct MHD_Connection *connection, size_t most);

/* The connection this thread serves. */
struct MHD_Connection *connection_current(void);
/* True when the client has closed its side; asked while a query runs. */
bool connection_gone(void *connection);
