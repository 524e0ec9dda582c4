#include "db/pipeline.h"

#include "core/clock.h"
#include "core/log.h"
#include "db/error.h"
#include "problems.h"

#include <errno.h>
#include <string.h>

enum { STALL_MS = 200 }; /* a write that PostgreSQL has not answered by then waits for somebody else's, most likely */

#define CONTROL(word, text)                                                \
        {                                                                  \
                .name = (word), .lines = (const struct statement_line[]) { \
                        {0, (text)}, {                                     \
                                0, NULL                                    \
                        }                                                  \
                }                                                          \
        }

const struct statement pipeline_begin = CONTROL("begin", "BEGIN");
const struct statement pipeline_commit = CONTROL("commit", "COMMIT");
const struct statement pipeline_rollback = CONTROL("rollback", "ROLLBACK");
const struct statement pipeline_mark = CONTROL("mark", "SAVEPOINT mark");
const struct statement pipeline_return = CONTROL("return", "ROLLBACK TO SAVEPOINT mark");

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

struct step *pipeline_add(struct transaction *t, const struct statement *statement) {
        t->steps = grown(t->arena, t->steps, t->steps_count, &t->steps_allocated, sizeof(struct step));
        struct step *step = &t->steps[t->steps_count++];
        *step = (struct step){.statement = statement};
        return step;
}

void pipeline_add_control(struct transaction *t, const struct statement *statement) {
        pipeline_add(t, statement)->control = true;
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
                        .cause = r == -ETIMEDOUT ? "no answer" : "connection lost",
                };
        }
        return t->failed = t->refusal.problem;
}

/* Without a name in PostgreSQL, so that it takes no place there. */
static bool send_unnamed(struct transaction *t, const struct step *step) {
        const struct statement *statement = step->statement;
        size_t types = statement->parameters;

        /* PostgreSQL knows the types of a page's parameters. */
        unsigned *oids = arena_alloc(t->arena, (types + STATEMENT_PAGE_PARAMETERS) * sizeof(*oids));
        if (types > 0)
                memcpy(oids, statement->types, types * sizeof(*oids));
        return PQsendQueryParams(t->backend->pg, statement_text(statement, &step->variant, t->arena),
                                 step->values_count, oids, step->values, NULL, NULL, step->statement->rows ? 1 : 0);
}

/* By a statement, as the message that closes one came with libpq 17. */
static bool send_deallocate(struct transaction *t, const struct prepared_slot *evicted) {
        char name[STATEMENT_NAME_SIZE];

        statement_name(evicted->statement, &evicted->variant, name);
        return PQsendQueryParams(t->backend->pg, arena_printf(t->arena, "DEALLOCATE \"%s\"", name), 0, NULL, NULL, NULL,
                                 NULL, 0);
}

static bool send_prepare(struct transaction *t, struct step *step, const char *name) {
        return (!step->evicted.statement || send_deallocate(t, &step->evicted)) &&
               PQsendPrepare(t->backend->pg, name, statement_text(step->statement, &step->variant, t->arena),
                             (int)step->statement->parameters, step->statement->types);
}

static bool send_step(struct transaction *t, struct step *step) {
        struct backend *backend = t->backend;
        char name[STATEMENT_NAME_SIZE];

        if (pool_settings(t->pool)->unnamed_statements)
                return send_unnamed(t, step);
        statement_name(step->statement, &step->variant, name);
        if (!prepared_find(&backend->prepared, step->statement, &step->variant)) {
                /* A transaction that failed takes nothing before its end. */
                bool may_evict = PQtransactionStatus(backend->pg) != PQTRANS_INERROR;
                step->slot =
                        prepared_add(&backend->prepared, step->statement, &step->variant, may_evict, &step->evicted);
                if (!step->slot)
                        return send_unnamed(t, step);
                if (!send_prepare(t, step, name))
                        return false;
        }
        return PQsendQueryPrepared(backend->pg, name, step->values_count, step->values, NULL, NULL,
                                   step->statement->rows ? 1 : 0);
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
                if (step->statement == &pipeline_commit && strncmp(t->refusal.sqlstate, "57P", 3) == 0)
                        t->refusal = (struct refusal){.problem = PROBLEM_OUTCOME_UNKNOWN, .sqlstate = "57P"};
                if (t->stopped && strcmp(t->refusal.sqlstate, "57014") == 0)
                        t->refusal.cause = t->stopped;
                t->refusal.step = t->results_count - t->first;
                t->failed = t->refusal.problem;
                if (error_spoils_connection(&t->refusal))
                        t->backend->broken = true;
        }
        PQclear(result);
        return false;
}

/* What came before the statement itself. Where the pipeline was aborted nothing has changed. */
static int collect_prepare(struct transaction *t, struct patience *patience, const struct step *step) {
        struct prepared_slot evicted = step->evicted;
        PGresult *result;

        if (evicted.statement) {
                int r = read_result(t, patience, &result);
                if (r < 0)
                        return r;
                if (accept_result(t, step, result, false))
                        evicted = (struct prepared_slot){0};
        }
        int r = read_result(t, patience, &result);
        if (r == 0 && !accept_result(t, step, result, false))
                prepared_restore(&t->backend->prepared, step->slot, &evicted);
        return r;
}

static int collect_step(struct transaction *t, struct patience *patience, const struct step *step) {
        PGresult *result;

        int r = step->slot ? collect_prepare(t, patience, step) : 0;
        if (r == 0)
                r = read_result(t, patience, &result);
        if (r == 0 && accept_result(t, step, result, !step->control))
                t->marked |= step->statement == &pipeline_mark;
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
        static const struct step implicit_commit = {.statement = &pipeline_commit, .control = true};

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
                if (t->steps[i].statement == &pipeline_commit)
                        wait_for_commit(patience);
                r = collect_step(t, patience, &t->steps[i]);
        }
        if (commits && !t->read_only)
                wait_for_commit(patience);
        if (r == 0)
                r = collect_sync(t, patience);
        return r < 0 ? lose(t, r, commits) : t->failed;
}

/* Asked while PostgreSQL works. */
static bool must_stop(void *context) {
        struct transaction *t = context;

        if (t->minds_client && t->gone && t->gone(t->context)) {
                t->stopped = "the client has gone";
                return true;
        }
        if (!t->read_only && !t->bulk && !t->stalled && clock_monotonic_ms() - t->sent_ms >= STALL_MS) {
                t->stalled = true;
                t->too_many = pool_stall(t->pool);
        }
        if (t->too_many && pool_pressed(t->pool)) {
                t->stopped = "too many wait in PostgreSQL";
                return true;
        }
        return false;
}

static void start_watching(struct transaction *t, bool commits) {
        /* A client that has gone stops a read; a write is let finish, so that its key tells the outcome. */
        t->minds_client = t->read_only || !commits;
        t->stalled = t->too_many = false;
        t->sent_ms = clock_monotonic_ms();
        t->stopped = NULL;
        t->refused = false;
}

int pipeline_exchange(struct transaction *t, bool commits, int64_t until_ms) {
        struct patience patience = {.until_ms = until_ms, .stop = must_stop, .context = t, .may_cancel = true};
        bool sent = true;
        int r;

        start_watching(t, commits);
        prepared_begin(&t->backend->prepared);
        for (size_t i = 0; i < t->steps_count && sent; i++)
                sent = send_step(t, &t->steps[i]);
        if (!sent)
                r = lose(t, -EPIPE, false);
        else if (PQpipelineSync(t->backend->pg) != 1)
                r = lose(t, -EPIPE, commits);
        else
                r = collect(t, &patience, commits);
        if (t->stalled)
                pool_unstall(t->pool);
        t->steps_count = 0;
        return r;
}
