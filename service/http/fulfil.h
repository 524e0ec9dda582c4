/* Keeps what a handler promised by http/reply.h. */
#pragma once

struct request;

/* Turns the promise into status, body and headers, once the transaction is committed. Returns 0 or an enum problem. */
int fulfil(struct request *request);
