#include "contract/schema.h"
#include "core/cleanup.h"
#include "core/config.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/secrets.h"
#include "db/migrate.h"
#include "db/pool.h"
#include "http/daemon.h"
#include "http/health.h"
#include "http/metrics.h"
#include "http/probe.h"
#include "http/quota.h"
#include "http/room.h"
#include "http/server.h"
#include "http/turns.h"
#include "organisation/enrol.h"
#include "token.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void close_pool(struct pool **pool) {
        if (*pool)
                pool_close(*pool);
}

static int open_pool(const struct config *config, struct pool **ret_pool) {
        const struct pool_options options = {
                .conninfo = config->database,
                .password_file = config->database_password_file,
                .size = config->pool_size,
                .wait_ms = config->pool_wait_ms,
                .query_ms = config->query_ms,
                .age_s = config->connection_age_s,
                .unnamed_statements = config->unnamed_statements,
                .clock_offset_s = config->clock_offset_s,
        };
        return pool_open(&options, ret_pool);
}

/* Each keeps a connection for long. */
static unsigned imports_at_once(const struct config *config) {
        return config->pool_size > 8 ? config->pool_size / 8 : 1;
}

static int serve_with(const struct config *config) {
        _cleanup_(close_pool) struct pool *pool = NULL;
        struct server server = {.config = config};

        json_object_seed(0);
        int r = schema_prepare();
        if (r == 0)
                r = secrets_load(config->key_file, &server.secrets);
        if (r == 0)
                r = authenticator_new(config, &server.authenticator);
        if (r == 0)
                r = quotas_new(config->rate_per_minute, &server.quotas);
        if (r == 0)
                r = room_new(config->bodies_max, (size_t)config->bodies_mib << 20, &server.room);
        if (r == 0)
                r = metrics_new(&server.metrics);
        if (r == 0)
                r = turns_new(imports_at_once(config), &server.imports);
        if (r == 0)
                r = open_pool(config, &pool);
        server.pool = pool;
        if (r == 0)
                r = readiness_new(&server, &server.readiness);
        if (r == 0)
                r = daemon_run(&server);
        readiness_free(server.readiness);
        turns_free(server.imports);
        metrics_free(server.metrics);
        room_free(server.room);
        quotas_free(server.quotas);
        authenticator_free(server.authenticator);
        secrets_free(server.secrets);
        return r;
}

/* The settings of a sub-command; from then on only what is important enough is logged. */
static int configure(enum config_need command, struct config *ret_config) {
        int r = config_load(command, ret_config);

        if (r == 0)
                log_set_level(ret_config->log_level);
        return r;
}

static int serve(int argc, char **argv) {
        _cleanup_(config_free) struct config config = {0};
        (void)argc;
        (void)argv;

        int r = configure(NEED_SERVE, &config);
        return r == 0 ? serve_with(&config) : r;
}

static int migrate(int argc, char **argv) {
        _cleanup_(config_free) struct config config = {0};
        (void)argc;
        (void)argv;

        int r = configure(NEED_MIGRATE, &config);
        if (r != 0)
                return r;
        return migrate_run(&(struct migrate_options){config.migrator_database, config.migrator_password_file,
                                                     &migrations_embedded});
}

static int enrol(int argc, char **argv) {
        _cleanup_(config_free) struct config config = {0};

        if (argc != 4 || strcmp(argv[2], "--scopes") != 0) {
                fprintf(stderr, "usage: kiki client ID --scopes \"organisation:write …\"\n");
                return -EINVAL;
        }
        int r = configure(NEED_MIGRATE, &config);
        return r == 0 ? enrol_client(&config, argv[1], argv[3]) : r;
}

static int healthcheck(int argc, char **argv) {
        _cleanup_(config_free) struct config config = {0};
        (void)argc;
        (void)argv;

        int r = configure(NEED_NOTHING, &config);
        return r == 0 ? probe_ready(config.listen_address, config.port) : r;
}

static int version(int argc, char **argv) {
        (void)argc;
        (void)argv;
        printf("kiki %s\n", KIKI_VERSION);
        return 0;
}

static int print_config(int argc, char **argv) {
        (void)argc;
        (void)argv;
        config_print(stdout);
        return 0;
}

static const struct {
        const char *name;
        int (*run)(int argc, char **argv); /* argv[0] is the sub-command */
        const char *help;
} commands[] = {
        {"serve", serve, "answer requests until SIGTERM"},
        {"migrate", migrate, "bring the schema up to date, as the migrator"},
        {"client", enrol, "register an API client for the first start: ID --scopes \"…\""},
        {"token", command_token, "sign a development token, or make development keys"},
        {"healthcheck", healthcheck, "ask the local service whether it is ready"},
        {"config", print_config, "print the table of settings"},
        {"version", version, "print the version"},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

int main(int argc, char **argv) {
        json_set_alloc_funcs(memory_new, free);
        for (size_t i = 0; argc > 1 && i < COMMANDS; i++)
                if (strcmp(argv[1], commands[i].name) == 0)
                        return commands[i].run(argc - 1, argv + 1) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        fprintf(stderr, "usage: kiki COMMAND …\n\n");
        for (size_t i = 0; i < COMMANDS; i++)
                fprintf(stderr, "  %-12s %s\n", commands[i].name, commands[i].help);
        return EXIT_FAILURE;
}
