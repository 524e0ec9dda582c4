/* What a handler promises to send. The transaction is committed by dispatch before anything leaves; a promise names the
   shape of the last statement's rows. Each returns 0, so that a handler ends with `return reply_…(request);`. */
#pragma once

#include <stddef.h>

struct request;

int reply_one(struct request *request);
int reply_view(struct request *request);
int reply_answer(struct request *request);
int reply_page(struct request *request);
/* `render` is called once the transaction is committed and ends with reply_bytes or reply_string, or returns an enum
   problem. A GET gets a hash of the body as its ETag, unless reply_tag was called. */
int reply_render(struct request *request, int (*render)(struct request *request));
/* Bytes borrowed until the request ends. */
int reply_bytes(struct request *request, int status, const char *media, const void *bytes, size_t length);
/* What changes only with the program and its settings: clients keep it and ask each time whether it is still the same. */
int reply_constant(struct request *request, const char *media, const void *bytes, size_t length);
int reply_string(struct request *request, int status, const char *media, const char *string);

/* Sets the entity tag of what a GET answers; 304 when the client has it already. The body stays: it is not sent, but
   its length is told. */
void reply_tag(struct request *request, const char *etag);

/* Adds a header; the value is borrowed. One that cannot be sent, as its value has a control character or there are too
   many, is a fault of ours: what a client wrote is checked where it enters. http/finish.h makes it a 500. */
void reply_header(struct request *request, const char *name, const char *value);
