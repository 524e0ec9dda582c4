#include "db/error.h"

#include "core/cleanup.h"
#include "core/log.h"
#include "problems.h"

#include <jansson.h>
#include <string.h>

/* What a problem's explanation does not tell. */
struct words {
        const char *ja, *en;
};

static const struct words record_busy = {
        "同じ記録を他の利用者が変更中です。変更は行われていません。Retry-Afterの秒数が経過した後に再送信してください。",
        "The same record is just being changed by somebody else. Nothing has changed here. Wait as long as Retry-After "
        "says and send again.",
};
static const struct words took_too_long = {
        "時間内に完了しなかったため中止しました。変更は行われていません。"
        "Retry-Afterの秒数が経過した後に再送信してください。",
        "It was not done in time and was cancelled. Nothing has changed. Wait as long as Retry-After says and send "
        "again.",
};

/* A class or a whole SQLSTATE; the first that fits counts. */
static const struct state {
        const char *prefix;
        int problem;
        bool retryable;
        bool unchecked; /* the contract or the statement should have caught it: logged, and a test run fails on it */
        const struct words *words;
} states[] = {
        {"40001", PROBLEM_BUSY, true, false, &record_busy},         /* serialization_failure */
        {"40P01", PROBLEM_BUSY, true, false, &record_busy},         /* deadlock_detected */
        {"0A000", PROBLEM_DATABASE_UNAVAILABLE, true, false, NULL}, /* a cached plan outlived its table */
        {"26000", PROBLEM_DATABASE_UNAVAILABLE, true, false, NULL}, /* a prepared statement that is gone */
        {"42P05", PROBLEM_DATABASE_UNAVAILABLE, true, false, NULL}, /* one that was already there */
        {"25P03", PROBLEM_BUSY, false, false, &took_too_long},      /* idle_in_transaction_session_timeout */
        {"57014", PROBLEM_BUSY, false, false, &took_too_long},      /* query_canceled, statement_timeout */
        {"55P03", PROBLEM_BUSY, false, false, &record_busy},        /* lock_not_available */
        {"08", PROBLEM_DATABASE_UNAVAILABLE, false, false, NULL},
        {"53100", PROBLEM_STORAGE_FULL, false, false, NULL}, /* disk_full */
        {"53", PROBLEM_DATABASE_UNAVAILABLE, false, false, NULL},
        {"57P", PROBLEM_DATABASE_UNAVAILABLE, true, false, NULL}, /* shutting down, starting up */
        {"23505", PROBLEM_CONFLICT, false, false, NULL},          /* unique_violation */
        {"23P01", PROBLEM_CONFLICT, false, false, NULL},          /* exclusion_violation */
        {"23503", PROBLEM_REFERENCE_NOT_FOUND, false, false, NULL},
        {"23502", PROBLEM_VALIDATION_FAILED, false, true, NULL},
        {"23514", PROBLEM_VALIDATION_FAILED, false, true, NULL},
        {"22", PROBLEM_VALUE_NOT_ACCEPTED, false, true, NULL},
        {"42501", PROBLEM_FORBIDDEN, false, true, NULL}, /* insufficient_privilege, row-level security */
        {"", PROBLEM_INTERNAL_ERROR, false, false, NULL},
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
        if (refusal->problem == PROBLEM_BUSY) {
                refusal->ja = record_busy.ja;
                refusal->en = record_busy.en;
                refusal->cause = refusal->code;
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

/* The text of these classes speaks of identifiers, files and locks; that of 22 and 23 speaks of values. */
static const char *harmless_message(const PGresult *result, const char *sqlstate) {
        static const char *const classes[] = {"08", "25", "40", "42", "53", "55", "57", "P0"};

        for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
                if (strncmp(sqlstate, classes[i], 2) == 0)
                        return field(result, PG_DIAG_MESSAGE_PRIMARY);
        return "";
}

static void log_fault(const PGresult *result, const char *event, const char *statement, const char *sqlstate) {
        LOG(LOG_LEVEL_ERROR, event, LOG_TEXT("sqlstate", sqlstate), LOG_TEXT("statement", statement),
            LOG_TEXT("table", field(result, PG_DIAG_TABLE_NAME)),
            LOG_TEXT("column", field(result, PG_DIAG_COLUMN_NAME)),
            LOG_TEXT("constraint", field(result, PG_DIAG_CONSTRAINT_NAME)),
            LOG_TEXT("message", harmless_message(result, sqlstate)));
}

static void read_state(const PGresult *result, const char *statement, struct arena *arena, struct refusal *refusal) {
        const struct state *state = states;

        while (strncmp(state->prefix, refusal->sqlstate, strlen(state->prefix)) != 0)
                state++;
        refusal->problem = state->problem;
        refusal->retryable = state->retryable;
        refusal->cause = arena_strdup(arena, harmless_message(result, refusal->sqlstate));
        if (state->words) {
                refusal->ja = state->words->ja;
                refusal->en = state->words->en;
        }
        if (state->unchecked)
                log_fault(result, "missing-check", statement, refusal->sqlstate);
        else if (state->problem == PROBLEM_INTERNAL_ERROR)
                log_fault(result, "database-fault", statement, refusal->sqlstate);
}

void error_read(const PGresult *result, const char *statement, struct arena *arena, struct refusal *ret_refusal) {
        struct refusal refusal = {.statement = statement};

        strncpy(refusal.sqlstate, field(result, PG_DIAG_SQLSTATE), sizeof(refusal.sqlstate) - 1);
        if (strncmp(refusal.sqlstate, "KK", 2) == 0)
                read_raised(result, statement, arena, &refusal);
        else if (!read_constraint(result, &refusal))
                read_state(result, statement, arena, &refusal);
        *ret_refusal = refusal;
}

struct refusal error_record_busy(const char *cause) {
        return (struct refusal){.problem = PROBLEM_BUSY, .ja = record_busy.ja, .en = record_busy.en, .cause = cause};
}

bool error_spoils_connection(const struct refusal *refusal) {
        return strcmp(refusal->sqlstate, "0A000") == 0 || strcmp(refusal->sqlstate, "26000") == 0 ||
               strcmp(refusal->sqlstate, "42P05") == 0;
}
