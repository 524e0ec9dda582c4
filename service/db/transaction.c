#include "db/transaction.h"

#include "db/pipeline.h"
#include "problems.h"

#include <errno.h>
#include <string.h>

int transaction_open(struct pool *pool, struct arena *arena, bool (*gone)(void *context), void *context,
                     struct transaction **ret_transaction) {
        struct backend *backend;

        int r = pool_take(pool, &backend);
        if (r != 0)
                return r;
        struct transaction *transaction = arena_alloc(arena, sizeof(*transaction));
        *transaction = (struct transaction){
                .pool = pool, .backend = backend, .arena = arena, .gone = gone, .context = context};
        *ret_transaction = transaction;
        return 0;
}

void transaction_read_only(struct transaction *transaction) {
        transaction->read_only = true;
}

int transaction_explicit(struct transaction *transaction) {
        transaction->is_explicit = true;
        return transaction->failed;
}

int transaction_queue(struct transaction *transaction, const struct statement *statement, const struct page *page,
                      const char *const *values) {
        struct transaction *t = transaction;
        struct statement_variant variant;

        if (t->failed != 0)
                return t->failed;
        int r = statement_choose(statement, page, values, &variant);
        if (r < 0)
                return r;
        const char **copies = arena_alloc(t->arena, (statement->parameters + 2) * sizeof(*copies));
        for (unsigned i = 0; i < statement->parameters; i++)
                copies[i] = values[i] ? arena_strdup(t->arena, values[i]) : NULL;
        if (page && page->total) {
                struct step *count = pipeline_add(t, statement);
                count->variant = (struct statement_variant){.given = variant.given, .count = true};
                count->values = copies;
                count->values_count = (int)statement->parameters;
        }
        struct step *step = pipeline_add(t, statement);
        step->variant = variant;
        step->values = copies;
        step->values_count = (int)statement->parameters;
        if (page && variant.after) {
                copies[step->values_count++] = arena_strdup(t->arena, page->after_key);
                copies[step->values_count++] = arena_strdup(t->arena, page->after_tie);
        }
        return 0;
}

static void begin_if_explicit(struct transaction *t) {
        if (!t->is_explicit || t->begun)
                return;
        pipeline_add_control(t, &pipeline_begin);
        memmove(t->steps + 1, t->steps, (t->steps_count - 1) * sizeof(struct step));
        t->steps[0] = (struct step){.statement = &pipeline_begin, .control = true};
        t->begun = true;
}

int transaction_flush(struct transaction *transaction) {
        if (transaction->failed != 0)
                return transaction->failed;
        if (!transaction->is_explicit)
                return -EINVAL;
        begin_if_explicit(transaction);
        return pipeline_exchange(transaction, false);
}

/* Makes ready for the next transaction on the same connection. */
static void reset(struct transaction *t) {
        t->is_explicit = t->begun = false;
        t->failed = 0;
        t->steps_count = 0;
        t->first = t->results_count;
}

int transaction_commit(struct transaction *transaction) {
        struct transaction *t = transaction;

        if (t->failed != 0)
                return t->failed;
        begin_if_explicit(t);
        if (t->begun)
                pipeline_add_control(t, &pipeline_commit);
        int r = pipeline_exchange(t, true);
        if (r == 0)
                reset(t);
        return r;
}

int transaction_rollback(struct transaction *transaction) {
        struct transaction *t = transaction;
        bool refused = t->refused;
        struct refusal refusal = t->refusal;

        if (!t->backend || t->backend->broken)
                return t->failed != 0 ? t->failed : PROBLEM_DATABASE_UNAVAILABLE;
        reset(t);
        if (PQtransactionStatus(t->backend->pg) == PQTRANS_IDLE)
                return 0;
        pipeline_add_control(t, &pipeline_rollback);
        int r = pipeline_exchange(t, false);
        if (r == 0) {
                t->refused = refused;
                t->refusal = refusal;
        }
        return r;
}

void transaction_end(struct transaction *transaction) {
        struct transaction *t = transaction;

        if (!t->backend)
                return;
        if (!t->backend->broken && transaction_rollback(t) != 0)
                t->backend->broken = true;
        for (size_t i = 0; i < t->results_count; i++)
                PQclear(t->results[i]);
        t->results_count = 0;
        pool_give(t->pool, t->backend);
        t->backend = NULL;
}

const struct refusal *transaction_refusal(const struct transaction *transaction) {
        return transaction->refused ? &transaction->refusal : NULL;
}

static const PGresult *result_at(const struct transaction *t, size_t back) {
        return back < t->results_count ? t->results[t->results_count - 1 - back] : NULL;
}

size_t transaction_rows(const struct transaction *transaction, size_t back) {
        return (size_t)PQntuples(result_at(transaction, back));
}

const char *transaction_value(const struct transaction *transaction, size_t back, size_t row, int column) {
        const PGresult *result = result_at(transaction, back);

        if (!result || row >= (size_t)PQntuples(result) || column >= PQnfields(result) ||
            PQgetisnull(result, (int)row, column))
                return NULL;
        return PQgetvalue(result, (int)row, column);
}

size_t transaction_length(const struct transaction *transaction, size_t back, size_t row, int column) {
        const PGresult *result = result_at(transaction, back);

        return result && row < (size_t)PQntuples(result) && column < PQnfields(result)
                       ? (size_t)PQgetlength(result, (int)row, column)
                       : 0;
}
