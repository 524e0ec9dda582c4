/* The first of the two steps of a request: what its line and headers tell is judged before a byte of its body is taken.
   libmicrohttpd calls the gate, as ulfius has no place for it: ulfius hands over its own handler, and gets what the gate
   lets through. The second step is http/dispatch.h. */
#pragma once

#include <microhttpd.h>

struct connections;
struct request;
struct server;

/* What the request line and the headers of a request may have, as the contract says. */
enum { GATE_HEAD_BYTES = 32 << 10, GATE_HEAD_LINES = 200 };

struct gate {
        struct server *server;
        struct connections *connections;
        /* ulfius's handler of requests; NULL until ulfius has started. */
        MHD_AccessHandlerCallback ulfius;
        void *ulfius_closure;
};

/* The callbacks of the daemon; the closure is struct gate. For MHD_OPTION_URI_LOG_CALLBACK: */
void *gate_begin(void *closure, const char *target, struct MHD_Connection *connection);
/* The access handler: */
enum MHD_Result gate_access(void *closure, struct MHD_Connection *connection, const char *url, const char *method,
                            const char *version, const char *data, size_t *size, void **context);
/* For MHD_OPTION_NOTIFY_COMPLETED: */
void gate_completed(void *closure, struct MHD_Connection *connection, void **context,
                    enum MHD_RequestTerminationCode code);
/* For MHD_OPTION_NOTIFY_CONNECTION: */
void gate_connection(void *closure, struct MHD_Connection *connection, void **socket_context,
                     enum MHD_ConnectionNotificationCode code);

/* The request on this thread's connection, judged, and with its reply when it was refused. Caller frees with
   request_free. NULL when it was taken before. */
struct request *gate_take(void);

/* The finished answer, recorded already, to what libmicrohttpd refuses by itself; caller frees with request_free. NULL
   while ulfius answers, or when there is no memory. */
struct request *gate_refuse(struct MHD_Connection *connection, int problem);
