/* The pipeline of a transaction: its statements are sent together with a synchronisation behind them, and what they gave
   is read in order. Only for transaction.c. */
#pragma once

#include "core/arena.h"
#include "db/backend.h"
#include "db/pool.h"
#include "db/refusal.h"
#include "db/statement.h"

/* A queued statement. Nothing is sent before flush or commit, so that what is abandoned never ran. */
struct step {
        const struct statement *statement;
        struct statement_variant variant;
        const char *const *values;
        int values_count;
        bool control;                 /* BEGIN, COMMIT and the like: without a place among the results */
        struct prepared_slot *slot;   /* where it is prepared first; NULL: it is already, or goes unnamed */
        struct prepared_slot evicted; /* what made way for it, and is deallocated before */
};

struct transaction {
        struct pool *pool;
        struct backend *backend; /* NULL once ended */
        struct arena *arena;
        struct place *places;
        size_t places_count;
        bool (*gone)(void *context);
        void *context;
        int64_t until_ms;

        bool read_only, bulk, is_explicit, begun;
        bool marked;         /* PostgreSQL knows the mark */
        size_t steps_before; /* the mark, while it is only queued */
        int failed;          /* what every further call answers until the rollback */

        struct step *steps;
        size_t steps_count, steps_allocated;
        PGresult **results;
        size_t results_count, results_allocated;
        size_t first; /* result of the transaction's first statement */

        bool refused;
        struct refusal refusal;

        bool minds_client, stalled, too_many; /* of the exchange under way */
        int64_t sent_ms;
        const char *stopped; /* why it was cancelled */
};

extern const struct statement pipeline_begin, pipeline_commit, pipeline_rollback, pipeline_mark, pipeline_return;

struct step *pipeline_add(struct transaction *transaction, const struct statement *statement);
void pipeline_add_control(struct transaction *transaction, const struct statement *statement);

/* Sends the steps with a synchronisation, which ends an implicit transaction, and reads what they gave. Cancels at
   `until_ms`. Returns as transaction_commit does. */
int pipeline_exchange(struct transaction *transaction, bool commits, int64_t until_ms);
