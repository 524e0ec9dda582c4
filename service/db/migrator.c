#include "db/migrator.h"

#include "core/log.h"

#include <errno.h>

static void log_refusal(PGconn *pg, const PGresult *result, const char *doing) {
        const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

        LOG(LOG_LEVEL_ERROR, "migration-refused", LOG_TEXT("doing", doing), LOG_TEXT("sqlstate", state),
            LOG_TEXT("message", message ?: PQerrorMessage(pg)),
            LOG_TEXT("position", PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION)),
            LOG_TEXT("context", PQresultErrorField(result, PG_DIAG_CONTEXT)));
}

PGresult *migrator_ask(PGconn *pg, const char *doing, const char *sql, int count, const char *const *values) {
        PGresult *result = count > 0 ? PQexecParams(pg, sql, count, NULL, values, NULL, NULL, 0) : PQexec(pg, sql);
        ExecStatusType status = PQresultStatus(result);

        if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
                return result;
        log_refusal(pg, result, doing);
        PQclear(result);
        return NULL;
}

int migrator_run(PGconn *pg, const char *doing, const char *sql) {
        _cleanup_result_ PGresult *result = migrator_ask(pg, doing, sql, 0, NULL);

        return result ? 0 : -EIO;
}
