/* What the program does in libmicrohttpd's place: its definitions of a library's functions come before the library's,
   for calls from within the library too. So what libmicrohttpd refuses by itself is answered with a problem, and headers
   are what RFC 9110 says they are: a value has no white space around it, a Content-Length that is no number is ours to
   refuse, and cookies, which nobody here uses, are not read. */
#pragma once

struct MHD_Connection;
struct request;

/* Gives the finished answer to what libmicrohttpd refuses by itself; it is freed with request_free. NULL to leave the
   answer as it is. */
typedef struct request *(*wire_refuse)(struct MHD_Connection *connection, int problem);

/* Finds the library's own functions. 0, or -ENOTSUP. Call before the daemon starts. */
int wire_begin(wire_refuse refuse);

/* Writes a finished answer straight to the socket, where the head has left libmicrohttpd no memory to write one. The
   connection must be closed behind it. */
void wire_write(struct MHD_Connection *connection, const struct request *request);
