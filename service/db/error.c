#include "db/error.h"

#include "core/cleanup.h"
#include "core/log.h"
#include "problems.h"

#include <jansson.h>
#include <string.h>

/* A class or a whole SQLSTATE; the first that fits counts. */
static const struct state {
        const char *prefix;
        int problem;
        bool retryable;
        bool unchecked; /* the contract or the statement should have caught it: logged, and a test run fails on it */
} states[] = {
        {"40001", PROBLEM_DATABASE_UNAVAILABLE, true, false}, /* serialization_failure */
        {"40P01", PROBLEM_DATABASE_UNAVAILABLE, true, false}, /* deadlock_detected */
        {"0A000", PROBLEM_DATABASE_UNAVAILABLE, true, false}, /* a cached plan outlived its table */
        {"26000", PROBLEM_DATABASE_UNAVAILABLE, true, false}, /* a prepared statement that is gone */
        {"42P05", PROBLEM_DATABASE_UNAVAILABLE, true, false}, /* one that was already there */
        {"57014", PROBLEM_BUSY, false, false},                /* query_canceled, statement_timeout */
        {"55P03", PROBLEM_BUSY, false, false},                /* lock_not_available */
        {"08", PROBLEM_DATABASE_UNAVAILABLE, false, false},
        {"53", PROBLEM_DATABASE_UNAVAILABLE, false, false},
        {"57P", PROBLEM_DATABASE_UNAVAILABLE, true, false}, /* shutting down, starting up */
        {"23505", PROBLEM_CONFLICT, false, false},          /* unique_violation */
        {"23P01", PROBLEM_CONFLICT, false, false},          /* exclusion_violation */
        {"23503", PROBLEM_REFERENCE_NOT_FOUND, false, false},
        {"23502", PROBLEM_VALIDATION_FAILED, false, true},
        {"23514", PROBLEM_VALIDATION_FAILED, false, true},
        {"22", PROBLEM_VALUE_NOT_ACCEPTED, false, true},
        {"42501", PROBLEM_FORBIDDEN, false, true}, /* insufficient_privilege, row-level security */
        {"", PROBLEM_INTERNAL_ERROR, false, false},
};

static const char *field(const PGresult *result, int code) {
        const char *value = PQresultErrorField(result, code);

        return value ?: "";
}

static const char *text_member(json_t *object, const char *name, struct arena *arena) {
        const char *text = json_string_value(json_object_get(object, name));

        return text ? arena_strdup(arena, text) : NULL;
}

static void read_raised(const PGresult *result, const char *statement, struct arena *arena, struct refusal *refusal) {
        const char *slug = field(result, PG_DIAG_MESSAGE_PRIMARY);
        _cleanup_json_ json_t *detail = json_loads(field(result, PG_DIAG_MESSAGE_DETAIL), 0, NULL);
        json_t *members = json_object_get(detail, "members");

        refusal->problem = problem_from_slug(slug);
        refusal->pointer = text_member(detail, "pointer", arena);
        refusal->code = text_member(detail, "code", arena);
        if (json_is_object(members)) {
                _cleanup_free_ char *text = json_dumps(members, JSON_COMPACT);
                refusal->members = text ? arena_strdup(arena, text) : NULL;
        }
        if (refusal->problem != 0)
                return;
        refusal->problem = PROBLEM_INTERNAL_ERROR;
        if (strcmp(refusal->sqlstate, "KK200") != 0)
                LOG(LOG_LEVEL_ERROR, "unknown-problem-raised", LOG_TEXT("slug", slug),
                    LOG_TEXT("statement", statement));
}

static bool read_constraint(const PGresult *result, struct refusal *refusal) {
        const char *name = field(result, PG_DIAG_CONSTRAINT_NAME);

        for (const struct constraint *known = constraints; known->name; known++)
                if (strcmp(known->name, name) == 0) {
                        refusal->problem = known->problem;
                        refusal->pointer = known->pointer;
                        refusal->code = known->code;
                        return true;
                }
        return false;
}

/* Names of things only: the text of classes 42 and P0 speaks of identifiers, that of 22 and 23 of values. */
static void log_fault(const PGresult *result, const char *event, const char *statement, const char *sqlstate) {
        bool harmless = strncmp(sqlstate, "42", 2) == 0 || strncmp(sqlstate, "P0", 2) == 0;

        LOG(LOG_LEVEL_ERROR, event, LOG_TEXT("sqlstate", sqlstate), LOG_TEXT("statement", statement),
            LOG_TEXT("table", field(result, PG_DIAG_TABLE_NAME)),
            LOG_TEXT("column", field(result, PG_DIAG_COLUMN_NAME)),
            LOG_TEXT("constraint", field(result, PG_DIAG_CONSTRAINT_NAME)),
            LOG_TEXT("message", harmless ? field(result, PG_DIAG_MESSAGE_PRIMARY) : ""));
}

static void read_state(const PGresult *result, const char *statement, struct refusal *refusal) {
        const struct state *state = states;

        while (strncmp(state->prefix, refusal->sqlstate, strlen(state->prefix)) != 0)
                state++;
        refusal->problem = state->problem;
        refusal->retryable = state->retryable;
        if (state->unchecked)
                log_fault(result, "missing-check", statement, refusal->sqlstate);
        else if (state->problem == PROBLEM_INTERNAL_ERROR)
                log_fault(result, "database-fault", statement, refusal->sqlstate);
}

void error_read(const PGresult *result, const char *statement, struct arena *arena, struct refusal *ret_refusal) {
        struct refusal refusal = {0};

        strncpy(refusal.sqlstate, field(result, PG_DIAG_SQLSTATE), sizeof(refusal.sqlstate) - 1);
        if (strncmp(refusal.sqlstate, "KK", 2) == 0)
                read_raised(result, statement, arena, &refusal);
        else if (!read_constraint(result, &refusal))
                read_state(result, statement, &refusal);
        *ret_refusal = refusal;
}

bool error_spoils_connection(const struct refusal *refusal) {
        return strcmp(refusal->sqlstate, "0A000") == 0 || strcmp(refusal->sqlstate, "26000") == 0 ||
               strcmp(refusal->sqlstate, "42P05") == 0;
}
