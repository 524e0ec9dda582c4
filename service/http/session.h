/* What stands around a handler's statements in every transaction: who calls, and the Idempotency-Key. */
#pragma once

struct report;
struct request;

/* Reads the Idempotency-Key header, bare or quoted. NULL when there is none, or nothing to do only once; *ret_report when
   it is malformed. */
int session_key(struct request *request, const char **ret_key, struct report *ret_report);

/* Runs the operation: places and a connection, enter, claim, handler, commit; again after a serialisation failure, when a
   lock was not free (then with a place there) and, under a key, after a COMMIT whose answer was lost. Afterwards the request's reply is filled: with the answer, the replay of an earlier
   one, or a problem. Returns the enum problem answered, or 0. */
int session_run(struct request *request);

/* For a handler that works for long before it needs the database: gives the connection back, once the caller is known and
   before anything was done. It resumes with another one, on which whatever follows may take `milliseconds`. Returns 0,
   -errno or an enum problem. */
void session_pause(struct request *request);
int session_resume(struct request *request, unsigned milliseconds);
