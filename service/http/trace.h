/* X-Request-ID and traceparent (W3C Trace Context). */
#pragma once

struct request;

/* Takes the request id when it is well formed (1 to 64 of A-Z a-z 0-9 . _ -), else makes one. When the caller sent a
   valid traceparent, keeps its trace id for the log and answers with the same trace under a span id of our own. */
void trace_read(struct request *request);
