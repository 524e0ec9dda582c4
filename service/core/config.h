/* What an installation can set, from the environment.
   One table in config.c says for each setting its variable, type, range, default and meaning; it reads the environment,
   refuses what is bad or missing before anything else starts, and prints itself as the README's table. An empty
   variable counts as not set. */
#pragma once

#include "core/log.h"
#include "core/network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum environment { ENVIRONMENT_PRODUCTION, ENVIRONMENT_DEVELOPMENT, ENVIRONMENT_TEST };

/* Texts are never NULL but where said so. */
struct config {
        enum environment environment;
        enum log_level log_level;

        char *listen_address;
        unsigned port;
        char *public_url;    /* without a slash at its end, or NULL */
        char **cors_origins; /* ended by NULL */
        struct network *trusted_proxies;
        size_t trusted_proxies_count;
        unsigned connections_max;
        unsigned connections_per_address;
        unsigned arrival_s;
        unsigned sending_s;
        unsigned bodies_max;
        unsigned bodies_mib;
        unsigned rate_per_minute;
        unsigned drain_s;

        char *database;               /* NULL but for serve and worker */
        char *database_password_file; /* or NULL */
        char *migrator_database;      /* NULL but for migrate */
        char *migrator_password_file; /* or NULL */
        unsigned pool_size;
        unsigned pool_wait_ms;
        unsigned query_ms;
        unsigned connection_age_s;
        unsigned import_ms;
        bool unnamed_statements;
        int64_t clock_offset_s;

        char *key_file;     /* NULL but for serve and worker */
        char *issuers_file; /* NULL but for serve */
        char *ca_file;      /* or NULL: the system's */
        unsigned keys_refresh_s;
        unsigned keys_cooldown_s;
        unsigned keys_stale_s;
        unsigned token_cache;
};

/* Sub-commands that cannot do without a setting. */
enum config_need { NEED_NOTHING = 0, NEED_SERVE = 1 << 0, NEED_MIGRATE = 1 << 1, NEED_WORKER = 1 << 2 };

/* Logs every bad or missing variable by its name. 0 or -EINVAL. Caller frees with config_free. */
int config_load(enum config_need command, struct config *ret_config);
void config_free(struct config *config);

/* The table in Markdown. */
void config_print(FILE *stream);
