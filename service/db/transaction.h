/* One transaction on one pooled connection, as a pipeline: statements are queued, sent together, and their results read
   together. Nothing counts as done before transaction_commit has returned 0.

   A transaction is one of two shapes. Without transaction_explicit the queued statements up to commit are one implicit
   transaction (one round trip, no BEGIN). After transaction_explicit it is BEGIN … COMMIT and may be flushed in
   between, so that C can look at rows and decide. In both, the first failing statement aborts the rest.

   Every function returns 0, -errno for a fault of ours (logged where answered), or an enum problem: PROBLEM_BUSY when
   no connection came free or a time limit struck, PROBLEM_DATABASE_UNAVAILABLE when PostgreSQL is away,
   PROBLEM_OUTCOME_UNKNOWN when the connection was lost after COMMIT was sent, or what PostgreSQL refused with, whose
   details transaction_refusal tells. After a failure every call answers the same until transaction_rollback.

   PostgreSQL may work at a request for the pool's query_ms, all flushes and attempts together. Then it is cancelled, but
   never once the statements have run and only the commit is left; its answer is awaited all the same, so that the outcome
   is known. A write that waits there for long is cancelled as well when others wait for its connection, and half of the
   connections that write are already waiting like it. */
#pragma once

#include "core/arena.h"
#include "db/pool.h"
#include "db/refusal.h"
#include "db/statement.h"

#include <stdbool.h>
#include <stddef.h>

struct transaction;

/* Who asks for a transaction, and what for. Kept by the caller and given again when the same is tried anew. */
struct errand {
        /* Promises to change nothing: it may be cancelled to the end, and a lost connection is
           PROBLEM_DATABASE_UNAVAILABLE and retryable, as there is no outcome to know. */
        bool read_only;
        /* Names of the things that it may change, none twice. It waits for a place at each (db/places.h) before it has
           a connection. */
        const char *const *things;
        size_t things_count;
        bool waits; /* in PostgreSQL for a lock: no more than half of those that may write do so at once */
        /* Asked while PostgreSQL works, or NULL: true cancels, unless COMMIT was sent for a transaction that writes. */
        bool (*gone)(void *context);
        void *context;
        int64_t until_ms; /* by clock_monotonic_ms; 0: the pool's query_ms from the first connection on */
        /* Writes very many rows: it gives way to nobody once it is at work, and its connection is not used again, as its
           plans are for many. */
        bool bulk;

        /* When there was none to open: why, and the index of a thing that had no place, or things_count. */
        struct refusal refusal;
        size_t missing;
};

/* Takes places and a connection. Caller ends with transaction_end, which rolls back what was not committed and may be
   called again. `errand` NULL: somebody who writes, with nothing to say. It is borrowed for the call. */
int transaction_open(struct pool *pool, struct arena *arena, struct errand *errand,
                     struct transaction **ret_transaction);
void transaction_end(struct transaction *transaction);
/* Gives the connection back, as transaction_end does, but keeps the results: what is made of them, sent and logged needs
   no connection. Nothing can be queued afterwards. */
void transaction_release(struct transaction *transaction);
bool transaction_released(const struct transaction *transaction);

/* Statements may have been queued before. */
int transaction_explicit(struct transaction *transaction);
/* Queues a statement; called by the generated wrappers. `values` has one text, or NULL, for each parameter and is
   copied. What cannot be queued, -EINVAL, fails the transaction. */
int transaction_queue(struct transaction *transaction, const struct statement *statement, const struct page *page,
                      const char *const *values);
/* Keeps no result of the statement queued last: all it tells is whether it was refused. */
void transaction_ignore(struct transaction *transaction);
int transaction_flush(struct transaction *transaction); /* -EINVAL when implicit */
int transaction_commit(struct transaction *transaction);
/* Marks where transaction_return leads to, once in a transaction that is explicit. */
int transaction_mark(struct transaction *transaction);
/* Undoes what was queued and done since the mark, a failure included, and leaves the transaction open: locks taken before
   are still held. What failed is answered again when it was not PostgreSQL's refusal of a statement after the mark. */
int transaction_return(struct transaction *transaction);
/* Rolls back and leaves the transaction open for another one on the same connection. */
int transaction_rollback(struct transaction *transaction);

/* Of the last flush or commit that failed; NULL when none did. A rollback keeps it. */
const struct refusal *transaction_refusal(const struct transaction *transaction);

/* Results of the statements flushed or committed so far, the last one first: back 0 is the last queued. The texts are
   PostgreSQL's, live until transaction_end, and are NULL for SQL NULL. */
size_t transaction_rows(const struct transaction *transaction, size_t back);
const char *transaction_value(const struct transaction *transaction, size_t back, size_t row, int column);
size_t transaction_length(const struct transaction *transaction, size_t back, size_t row, int column);
/* A row of a statement that declares it, as a struct of rows.h; texts and arrays lie in the arena. 0, or -EINVAL, a fault
   of ours: PostgreSQL told what the row does not allow. */
int transaction_row(struct transaction *transaction, size_t back, size_t row, const struct row *shape,
                    void *ret_struct);

/* Literal for a text[], uuid[] or int[] parameter; an item may be NULL. */
const char *transaction_array(struct arena *arena, const char *const *items, size_t count);
