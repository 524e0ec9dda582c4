#include "organisation/enrol.h"

#include "organisation_enrol.sql.h"

#include "core/cleanup.h"
#include "core/config.h"
#include "core/log.h"
#include "db/pool.h"
#include "db/transaction.h"

#include <errno.h>
#include <string.h>

static const char *scope_array(struct arena *arena, const char *scopes) {
        const char **items = arena_alloc(arena, (strlen(scopes) / 2 + 1) * sizeof(*items)); /* words and a space each */
        size_t count = 0;
        char *rest = arena_strdup(arena, scopes), *scope;

        while ((scope = strsep(&rest, " ")))
                if (*scope)
                        items[count++] = scope;
        return transaction_array(arena, items, count);
}

static int write_client(struct pool *pool, const char *client_id, const char *scopes) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        struct transaction *transaction;

        int r = transaction_open(pool, arena, NULL, &transaction);
        if (r != 0)
                return r;
        enrol_become_owner(transaction);
        enrol_client_scopes(transaction, client_id, scope_array(arena, scopes));
        r = transaction_commit(transaction);
        transaction_end(transaction);
        return r;
}

int enrol_client(const struct config *config, const char *client_id, const char *scopes) {
        const struct pool_options options = {.conninfo = config->migrator_database,
                                             .password_file = config->migrator_password_file,
                                             .size = 1,
                                             .wait_ms = config->pool_wait_ms,
                                             .query_ms = config->query_ms};
        struct pool *pool;

        int r = pool_open(&options, &pool);
        if (r != 0)
                return r;
        r = write_client(pool, client_id, scopes);
        pool_close(pool);
        LOG(r == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, r == 0 ? "client-enrolled" : "client-not-enrolled",
            LOG_TEXT("client_id", client_id));
        return r == 0 ? 0 : -EIO;
}
