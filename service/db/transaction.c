#include "db/transaction.h"

#include "core/clock.h"
#include "db/error.h"
#include "db/pipeline.h"
#include "db/places.h"
#include "db/row.h"
#include "problems.h"

#include <errno.h>
#include <string.h>

static enum pool_use use_of(const struct transaction *t) {
        return t->read_only ? POOL_READ : POOL_WRITE;
}

static int take_places(struct transaction *t, struct errand *errand) {
        errand->missing = t->places_count = errand->things_count + errand->waits;
        t->places = arena_alloc(t->arena, (t->places_count + 1) * sizeof(*t->places));
        for (size_t i = 0; i < errand->things_count; i++)
                t->places[i] = (struct place){.thing = places_thing(errand->things[i])};
        if (errand->waits)
                t->places[errand->things_count] =
                        (struct place){.thing = places_thing("waiting"), .most = pool_stalls(t->pool)};
        int r = places_take(pool_places(t->pool), t->places, t->places_count, &errand->missing);
        if (r != 0)
                errand->refusal = error_record_busy("others wait for the same thing");
        return r;
}

static int take_connection(struct transaction *t, struct errand *errand) {
        int r = pool_take(t->pool, use_of(t), &t->backend);

        if (r != 0) {
                places_leave(pool_places(t->pool), t->places, t->places_count);
                errand->refusal = (struct refusal){
                        .problem = r, .cause = r == PROBLEM_BUSY ? "no connection came free" : "no connection"};
        }
        return r;
}

int transaction_open(struct pool *pool, struct arena *arena, struct errand *errand,
                     struct transaction **ret_transaction) {
        struct errand nothing = {0};
        struct transaction *t = arena_alloc(arena, sizeof(*t));

        errand = errand ?: &nothing;
        *t = (struct transaction){.pool = pool,
                                  .arena = arena,
                                  .gone = errand->gone,
                                  .context = errand->context,
                                  .read_only = errand->read_only,
                                  .bulk = errand->bulk};
        int r = take_places(t, errand);
        if (r == 0)
                r = take_connection(t, errand);
        if (r != 0)
                return r;
        if (errand->until_ms == 0)
                errand->until_ms = clock_monotonic_ms() + pool_settings(pool)->query_ms;
        t->until_ms = errand->until_ms;
        *ret_transaction = t;
        return 0;
}

int transaction_explicit(struct transaction *transaction) {
        transaction->is_explicit = true;
        return transaction->failed;
}

/* Behind the statement's own parameters. */
static void add_page_values(struct transaction *t, struct step *step, const struct page *page, const char **values) {
        if (!page)
                return;
        if (step->variant.after) {
                values[step->values_count++] = arena_strdup(t->arena, page->after_key);
                values[step->values_count++] = arena_strdup(t->arena, page->after_tie);
        }
        if (step->variant.limited)
                values[step->values_count++] = arena_printf(t->arena, "%d", page->limit + 1);
}

int transaction_queue(struct transaction *transaction, const struct statement *statement, const struct page *page,
                      const char *const *values) {
        struct transaction *t = transaction;
        struct statement_variant variant;

        if (t->failed != 0)
                return t->failed;
        int r = statement_choose(statement, page, values, &variant);
        if (r < 0)
                return t->failed = r;
        const char **copies =
                arena_alloc(t->arena, (statement->parameters + STATEMENT_PAGE_PARAMETERS) * sizeof(*copies));
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
        add_page_values(t, step, page, copies);
        return 0;
}

void transaction_ignore(struct transaction *transaction) {
        if (transaction->steps_count > 0)
                transaction->steps[transaction->steps_count - 1].control = true;
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
        return pipeline_exchange(transaction, false, transaction->until_ms);
}

/* Makes ready for the next transaction on the same connection. */
static void reset(struct transaction *t) {
        t->is_explicit = t->begun = t->marked = false;
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
        int r = pipeline_exchange(t, true, t->until_ms);
        if (r == 0)
                reset(t);
        return r;
}

int transaction_mark(struct transaction *transaction) {
        struct transaction *t = transaction;

        if (t->failed != 0)
                return t->failed;
        if (!t->is_explicit)
                return -EINVAL;
        pipeline_add_control(t, &pipeline_mark);
        t->steps_before = t->steps_count;
        return 0;
}

int transaction_return(struct transaction *transaction) {
        struct transaction *t = transaction;

        if (!t->marked || t->backend->broken || t->failed < 0) {
                /* Not sent yet, so nothing is to be undone but the queue; and a fault of ours is not undone. */
                if (t->failed == 0)
                        t->steps_count = t->steps_before;
                return t->failed;
        }
        t->failed = 0;
        t->steps_count = 0;
        pipeline_add_control(t, &pipeline_return);
        return 0;
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
        int r = pipeline_exchange(t, false, clock_monotonic_ms() + PATIENCE_MS);
        if (r == 0) {
                t->refused = refused;
                t->refusal = refusal;
        }
        return r;
}

void transaction_release(struct transaction *transaction) {
        struct transaction *t = transaction;

        if (!t->backend)
                return;
        if ((!t->backend->broken && transaction_rollback(t) != 0) || t->bulk)
                t->backend->broken = true;
        pool_give(t->pool, use_of(t), t->backend);
        t->backend = NULL;
        places_leave(pool_places(t->pool), t->places, t->places_count);
}

void transaction_end(struct transaction *transaction) {
        struct transaction *t = transaction;

        transaction_release(t);
        for (size_t i = 0; i < t->results_count; i++)
                PQclear(t->results[i]);
        t->results_count = 0;
}

bool transaction_released(const struct transaction *transaction) {
        return !transaction->backend;
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

int transaction_row(struct transaction *transaction, size_t back, size_t row, const struct row *shape,
                    void *ret_struct) {
        struct transaction *t = transaction;
        const char *column;

        int r = row_read(result_at(t, back), row, shape, t->arena, ret_struct, &column);
        if (r == 0)
                return 0;
        t->refused = true;
        t->refusal = (struct refusal){.problem = PROBLEM_INTERNAL_ERROR,
                                      .cause = arena_printf(t->arena, "%s of the row %s", column, shape->name)};
        return t->failed = r;
}
