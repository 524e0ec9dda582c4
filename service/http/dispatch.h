/* The one entry: every method and path comes here, and the checks happen in this order and nowhere else. */
#pragma once

struct _u_request;
struct _u_response;

/* A ulfius callback; the closure is struct server. */
int dispatch(const struct _u_request *http_request, struct _u_response *http_response, void *closure);
