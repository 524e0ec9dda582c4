/* The second of the two steps of a request, and the one entry for every method and path: what the gate (http/gate.h) let
   through has its checks here, in this order and nowhere else, and every answer is sent from here. */
#pragma once

struct _u_request;
struct _u_response;

/* A ulfius callback. */
int dispatch(const struct _u_request *http_request, struct _u_response *http_response, void *closure);
