#include "db/transaction.h"

#include "core/clock.h"
#include "core/log.h"
#include "db/backend.h"
#include "db/error.h"
#include "problems.h"

#include <errno.h>
#include <string.h>

/* A queued statement. Nothing is sent before flush or commit, so that what is abandoned never ran. */
struct step {
        const struct statement *statement;
        struct statement_variant variant;
        const char *const *values;
        int values_count;
        bool control; /* BEGIN, COMMIT, ROLLBACK: ours, without a place among the results */
        bool prepares;
};

struct transaction {
        struct pool *pool;
        struct backend *backend; /* NULL once ended */
        struct arena *arena;
        bool (*gone)(void *context);
        void *context;

        bool read_only, is_explicit, begun;
        int failed; /* what every further call answers until the rollback */

        struct step *steps;
        size_t steps_count, steps_allocated;
        PGresult **results;
        size_t results_count, results_allocated;
        size_t first; /* result of the transaction's first statement */

        bool refused;
        struct refusal refusal;
};

static const struct statement begin_statement = {.name = "begin",
                                                 .lines = (const struct statement_line[]){{0, "BEGIN"}, {0, NULL}}};
static const struct statement commit_statement = {.name = "commit",
                                                  .lines = (const struct statement_line[]){{0, "COMMIT"}, {0, NULL}}};
static const struct statement rollback_statement = {
        .name = "rollback", .lines = (const struct statement_line[]){{0, "ROLLBACK"}, {0, NULL}}};

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

/* An array in the arena with room for one more. */
static void *grown(struct arena *arena, void *items, size_t count, size_t *allocated, size_t size) {
        if (count < *allocated)
                return items;
        *allocated = *allocated ? 2 * *allocated : 8;
        void *larger = arena_alloc(arena, *allocated * size);
        if (count > 0)
                memcpy(larger, items, count * size);
        return larger;
}

static struct step *add_step(struct transaction *t, const struct statement *statement) {
        t->steps = grown(t->arena, t->steps, t->steps_count, &t->steps_allocated, sizeof(struct step));
        struct step *step = &t->steps[t->steps_count++];
        *step = (struct step){.statement = statement};
        return step;
}

static void add_control(struct transaction *t, const struct statement *statement) {
        add_step(t, statement)->control = true;
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
                struct step *count = add_step(t, statement);
                count->variant = (struct statement_variant){.given = variant.given, .count = true};
                count->values = copies;
                count->values_count = (int)statement->parameters;
        }
        struct step *step = add_step(t, statement);
        step->variant = variant;
        step->values = copies;
        step->values_count = (int)statement->parameters;
        if (page && variant.after) {
                copies[step->values_count++] = arena_strdup(t->arena, page->after_key);
                copies[step->values_count++] = arena_strdup(t->arena, page->after_tie);
        }
        return 0;
}

/* The connection is gone. Whether the transaction took place is known when a statement had failed before, and does not
   matter when it changed nothing. */
static int lose(struct transaction *t, int r, bool committing) {
        t->backend->broken = true;
        LOG(LOG_LEVEL_WARNING, "database-connection-lost", LOG_TEXT("during", committing ? "commit" : "statement"),
            LOG_TEXT("why", r == -ETIMEDOUT ? "no answer" : "closed"));
        if (!t->refused) {
                bool unknown = committing && !t->read_only;
                t->refused = true;
                t->refusal = (struct refusal){
                        .problem = unknown           ? PROBLEM_OUTCOME_UNKNOWN
                                   : r == -ETIMEDOUT ? PROBLEM_BUSY
                                                     : PROBLEM_DATABASE_UNAVAILABLE,
                        .step = t->results_count - t->first,
                        .retryable = !unknown && r != -ETIMEDOUT,
                };
        }
        return t->failed = t->refusal.problem;
}

static bool send_step(struct transaction *t, struct step *step) {
        struct backend *backend = t->backend;
        const struct statement *statement = step->statement;
        char name[STATEMENT_NAME_SIZE];
        int types = (int)statement->parameters;

        statement_name(statement, &step->variant, name);
        bool named = !pool_settings(t->pool)->unnamed_statements;
        if (named && !backend_has_prepared(backend, statement, &step->variant)) {
                named = step->prepares = backend_add_prepared(backend, statement, &step->variant);
                if (named && !PQsendPrepare(backend->pg, name, statement_text(statement, &step->variant, t->arena),
                                            types, statement->types))
                        return false;
        }
        if (named)
                return PQsendQueryPrepared(backend->pg, name, step->values_count, step->values, NULL, NULL, 0);
        /* The key and id of a page have the type of their casts. */
        unsigned *oids = arena_alloc(t->arena, ((size_t)types + 2) * sizeof(*oids));
        if (types > 0)
                memcpy(oids, statement->types, (size_t)types * sizeof(*oids));
        return PQsendQueryParams(backend->pg, statement_text(statement, &step->variant, t->arena), step->values_count,
                                 oids, step->values, NULL, NULL, 0);
}

/* The one result of a message, and the NULL that follows it. */
static int read_result(struct transaction *t, struct patience *patience, PGresult **ret_result) {
        PGresult *result = NULL, *rest = NULL;

        int r = backend_result(t->backend, patience, &result);
        if (r == 0 && (!result || PQresultStatus(result) == PGRES_PIPELINE_SYNC))
                r = -EPROTO;
        if (r == 0 && backend_result(t->backend, patience, &rest) == 0 && rest)
                r = -EPROTO;
        PQclear(rest);
        if (r < 0) {
                PQclear(result);
                return r;
        }
        *ret_result = result;
        return 0;
}

/* Takes the result. Only the first refusal counts, the others follow from it. */
static bool accept_result(struct transaction *t, const struct step *step, PGresult *result, bool keep) {
        ExecStatusType status = PQresultStatus(result);

        if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
                if (!keep) {
                        PQclear(result);
                        return true;
                }
                t->results = grown(t->arena, t->results, t->results_count, &t->results_allocated, sizeof(PGresult *));
                t->results[t->results_count++] = result;
                return true;
        }
        if (!t->refused) {
                t->refused = true;
                error_read(result, step->statement->name, t->arena, &t->refusal);
                /* PostgreSQL says goodbye, perhaps after it has committed. */
                if (step->statement == &commit_statement && strncmp(t->refusal.sqlstate, "57P", 3) == 0)
                        t->refusal = (struct refusal){.problem = PROBLEM_OUTCOME_UNKNOWN, .sqlstate = "57P"};
                t->refusal.step = t->results_count - t->first;
                t->failed = t->refusal.problem;
                if (error_spoils_connection(&t->refusal))
                        t->backend->broken = true;
        }
        PQclear(result);
        return false;
}

static int collect_step(struct transaction *t, struct patience *patience, const struct step *step) {
        PGresult *result;

        if (step->prepares) {
                int r = read_result(t, patience, &result);
                if (r < 0)
                        return r;
                if (!accept_result(t, step, result, false))
                        backend_forget_prepared(t->backend, step->statement, &step->variant);
        }
        int r = read_result(t, patience, &result);
        if (r == 0)
                accept_result(t, step, result, !step->control);
        return r;
}

/* The statements have run: what is left is to commit, which is never interrupted. */
static void wait_for_commit(struct patience *patience) {
        int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;

        patience->may_cancel = false;
        if (patience->until_ms < until_ms)
                patience->until_ms = until_ms;
}

/* Reads up to the synchronisation. What an implicit transaction refuses at its commit comes before it. */
static int collect_sync(struct transaction *t, struct patience *patience) {
        static const struct step implicit_commit = {.statement = &commit_statement, .control = true};

        for (int i = 0; i < 4; i++) {
                PGresult *result;
                int r = backend_result(t->backend, patience, &result);
                if (r < 0)
                        return r;
                if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
                        PQclear(result);
                        return 0;
                }
                if (result)
                        accept_result(t, &implicit_commit, result, false);
        }
        return -EPROTO;
}

/* Reads the results of all steps and the synchronisation after them. */
static int collect(struct transaction *t, struct patience *patience, bool commits) {
        int r = 0;

        for (size_t i = 0; i < t->steps_count && r == 0; i++) {
                if (t->steps[i].statement == &commit_statement)
                        wait_for_commit(patience);
                r = collect_step(t, patience, &t->steps[i]);
        }
        if (commits && !t->read_only)
                wait_for_commit(patience);
        if (r == 0)
                r = collect_sync(t, patience);
        return r < 0 ? lose(t, r, commits) : t->failed;
}

/* Sends the steps with a synchronisation, which ends an implicit transaction, and reads what they gave. */
static int exchange(struct transaction *t, bool commits) {
        /* A client that has gone stops a read; a write is let finish, so that its key tells the outcome. */
        bool minds = t->gone && (t->read_only || !commits);
        struct patience patience = {
                .until_ms = clock_monotonic_ms() + pool_settings(t->pool)->query_ms,
                .gone = minds ? t->gone : NULL,
                .context = t->context,
                .may_cancel = true,
        };
        bool sent = true;
        int r;

        t->refused = false;
        for (size_t i = 0; i < t->steps_count && sent; i++)
                sent = send_step(t, &t->steps[i]);
        if (!sent)
                r = lose(t, -EPIPE, false);
        else if (PQpipelineSync(t->backend->pg) != 1)
                r = lose(t, -EPIPE, commits);
        else
                r = collect(t, &patience, commits);
        t->steps_count = 0;
        return r;
}

static void begin_if_explicit(struct transaction *t) {
        if (!t->is_explicit || t->begun)
                return;
        add_control(t, &begin_statement);
        memmove(t->steps + 1, t->steps, (t->steps_count - 1) * sizeof(struct step));
        t->steps[0] = (struct step){.statement = &begin_statement, .control = true};
        t->begun = true;
}

int transaction_flush(struct transaction *transaction) {
        if (transaction->failed != 0)
                return transaction->failed;
        if (!transaction->is_explicit)
                return -EINVAL;
        begin_if_explicit(transaction);
        return exchange(transaction, false);
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
                add_control(t, &commit_statement);
        int r = exchange(t, true);
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
        add_control(t, &rollback_statement);
        int r = exchange(t, false);
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
