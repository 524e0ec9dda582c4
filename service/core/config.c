#include "core/config.h"

#include "core/cleanup.h"
#include "core/memory.h"
#include "core/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum type {
        TYPE_TEXT,
        TYPE_ADDRESS,  /* char *, IPv4 or IPv6 */
        TYPE_FILE,     /* char *, can be read */
        TYPE_URL,      /* char *, http or https, host, perhaps a path, no slash at the end */
        TYPE_NUMBER,   /* unsigned */
        TYPE_SECONDS,  /* int64_t, may be negative */
        TYPE_FLAG,     /* bool */
        TYPE_CHOICE,   /* an enum, the index into choices */
        TYPE_ORIGINS,  /* char **, by commas */
        TYPE_NETWORKS, /* struct network *, followed by its size_t count; by commas */
};

struct setting {
        const char *name;
        enum type type;
        size_t offset; /* into struct config */
        int64_t least, most;
        const char *const *choices;
        const char *value; /* default, or NULL: none */
        unsigned needed_by;
        const char *meaning;
};

static const char *const environments[] = {"production", "development", "test", NULL};
static const char *const levels[] = {"debug", "info", "warning", "error", NULL};

#define FIELD(member) .offset = offsetof(struct config, member)

static const struct setting settings[] = {
        {"KIKI_ENVIRONMENT", TYPE_CHOICE, FIELD(environment), .choices = environments, .value = "production",
         .meaning = "What this installation is for. Production refuses development keys and a moved clock."},
        {"KIKI_LOG_LEVEL", TYPE_CHOICE, FIELD(log_level), .choices = levels, .value = "info",
         .meaning = "The least important lines to write to standard error."},
        {"KIKI_LISTEN_ADDRESS", TYPE_ADDRESS, FIELD(listen_address), .value = "127.0.0.1",
         .meaning = "The IPv4 or IPv6 address to listen on; `0.0.0.0` in a container."},
        {"KIKI_PORT", TYPE_NUMBER, FIELD(port), 1, 65535, .value = "8080", .meaning = "The TCP port to listen on."},
        {"KIKI_PUBLIC_URL", TYPE_URL, FIELD(public_url),
         .meaning = "The address callers use, such as `https://kiki.example.jp`; without it the host that was asked."},
        {"KIKI_CORS_ORIGINS", TYPE_ORIGINS, FIELD(cors_origins),
         .meaning = "Origins whose pages may call the service, by commas."},
        {"KIKI_TRUSTED_PROXIES", TYPE_NETWORKS, FIELD(trusted_proxies),
         .meaning = "Addresses or networks of proxies whose `X-Forwarded-For` is believed, by commas."},
        {"KIKI_CONNECTIONS_MAX", TYPE_NUMBER, FIELD(connections_max), 1, 100000, .value = "1024",
         .meaning = "HTTP connections at the same time."},
        {"KIKI_CONNECTIONS_PER_ADDRESS", TYPE_NUMBER, FIELD(connections_per_address), 0, 100000, .value = "512",
         .meaning = "HTTP connections of one address (IPv6: of one /64 network) at the same time, but for trusted "
                    "proxies; "
                    "0 is no limit."},
        {"KIKI_ARRIVAL_S", TYPE_NUMBER, FIELD(arrival_s), 1, 3600, .value = "30",
         .meaning =
                 "Seconds in which a request must have arrived whole, or its connection is closed; an import has four "
                 "times as long."},
        {"KIKI_SENDING_S", TYPE_NUMBER, FIELD(sending_s), 1, 3600, .value = "30",
         .meaning =
                 "Seconds in which a client must have taken its answer, or its connection is closed; a long answer has "
                 "one second more for each 32 KiB."},
        {"KIKI_BODIES_MAX", TYPE_NUMBER, FIELD(bodies_max), 1, 100000, .value = "256",
         .meaning =
                 "Requests with a body at the same time, of one caller three quarters as many; more are answered 503."},
        {"KIKI_BODIES_MIB", TYPE_NUMBER, FIELD(bodies_mib), 32, 65536, .value = "128",
         .meaning =
                 "MiB that their bodies may have together, those of one caller three quarters; an import may have 32."},
        {"KIKI_RATE_PER_MINUTE", TYPE_NUMBER, FIELD(rate_per_minute), 0, 10000000, .value = "6000",
         .meaning = "Requests of one caller in a minute, counted by each instance; 0 is no limit."},
        {"KIKI_DRAIN_S", TYPE_NUMBER, FIELD(drain_s), 0, 3600, .value = "20",
         .meaning = "Seconds that requests under way are given when the service stops."},
        {"KIKI_DATABASE", TYPE_TEXT, FIELD(database), .needed_by = NEED_SERVE | NEED_WORKER,
         .meaning = "libpq connection string or URI of the service's role."},
        {"KIKI_DATABASE_PASSWORD_FILE", TYPE_FILE, FIELD(database_password_file),
         .meaning = "File whose first line is that role's password."},
        {"KIKI_MIGRATOR_DATABASE", TYPE_TEXT, FIELD(migrator_database), .needed_by = NEED_MIGRATE,
         .meaning = "libpq connection string or URI of the migrator's role; a direct connection, no pooler."},
        {"KIKI_MIGRATOR_DATABASE_PASSWORD_FILE", TYPE_FILE, FIELD(migrator_password_file),
         .meaning = "File whose first line is that role's password."},
        {"KIKI_POOL_SIZE", TYPE_NUMBER, FIELD(pool_size), 1, 1000, .value = "16",
         .meaning = "Connections to PostgreSQL of one instance."},
        {"KIKI_POOL_WAIT_MS", TYPE_NUMBER, FIELD(pool_wait_ms), 1, 60000, .value = "250",
         .meaning = "Milliseconds a request waits for a connection before it is answered 503."},
        {"KIKI_QUERY_MS", TYPE_NUMBER, FIELD(query_ms), 100, 600000, .value = "5000",
         .meaning = "Milliseconds the statements of a request may take before they are cancelled."},
        {"KIKI_CONNECTION_AGE_S", TYPE_NUMBER, FIELD(connection_age_s), 0, 604800, .value = "3600",
         .meaning =
                 "Seconds after which a connection to PostgreSQL is replaced, or up to a quarter sooner; 0 is never."},
        {"KIKI_IMPORT_MS", TYPE_NUMBER, FIELD(import_ms), 1000, 3600000, .value = "120000",
         .meaning = "Milliseconds that an import may wait for its turn, and that its statements may take."},
        {"KIKI_UNNAMED_STATEMENTS", TYPE_FLAG, FIELD(unnamed_statements), .value = "false",
         .meaning = "Prepare nothing by name, for a pooler in transaction mode."},
        {"KIKI_CLOCK_OFFSET_S", TYPE_SECONDS, FIELD(clock_offset_s), -INT64_C(3155760000), INT64_C(3155760000),
         .value = "0", .meaning = "Seconds added to the database's clock; tests only, refused in production."},
        {"KIKI_KEY_FILE", TYPE_FILE, FIELD(key_file), .needed_by = NEED_SERVE | NEED_WORKER,
         .meaning = "Secrets shared by all instances, a line `id:base64` each; the first signs, all verify."},
        {"KIKI_ISSUERS", TYPE_FILE, FIELD(issuers_file), .needed_by = NEED_SERVE,
         .meaning =
                 "JSON file of the token issuers, their keys, and what their tokens look like: see `deploy/issuers/`."},
        {"KIKI_CA_FILE", TYPE_FILE, FIELD(ca_file),
         .meaning = "Certificates (PEM) to trust when keys are fetched, instead of the system's."},
        {"KIKI_KEYS_REFRESH_S", TYPE_NUMBER, FIELD(keys_refresh_s), 1, 86400, .value = "300",
         .meaning = "Seconds after which an issuer's keys are read again."},
        {"KIKI_KEYS_COOLDOWN_S", TYPE_NUMBER, FIELD(keys_cooldown_s), 1, 86400, .value = "30",
         .meaning = "Seconds before keys are fetched again because of an unknown key id or a failure."},
        {"KIKI_KEYS_STALE_S", TYPE_NUMBER, FIELD(keys_stale_s), 1, 30 * 86400, .value = "86400",
         .meaning = "Seconds that known keys stay valid while they cannot be read again."},
        {"KIKI_TOKEN_CACHE", TYPE_NUMBER, FIELD(token_cache), 0, 1000000, .value = "4096",
         .meaning = "Checked tokens remembered until they expire; 0 checks each one every time."},
};

enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

static void *field(struct config *config, const struct setting *setting) {
        return (char *)config + setting->offset;
}

static char *copy(const char *text) {
        return memory_need(strdup(text));
}

static bool parse_integer(const char *value, int64_t least, int64_t most, int64_t *ret_number) {
        char *end;

        errno = 0;
        long long number = strtoll(value, &end, 10);
        if (errno || end == value || *end || value[0] == '+' || value[0] == ' ' || number < least || number > most)
                return false;
        *ret_number = number;
        return true;
}

static bool parse_choice(const char *value, const char *const *choices, int *ret_index) {
        for (int i = 0; choices[i]; i++)
                if (strcmp(value, choices[i]) == 0) {
                        *ret_index = i;
                        return true;
                }
        return false;
}

/* http(s)://host[:port], and a path when one is allowed. */
static bool is_url(const char *url, bool with_path) {
        const char *host = strncmp(url, "https://", 8) == 0  ? url + 8
                           : strncmp(url, "http://", 7) == 0 ? url + 7
                                                             : NULL;

        if (!host || *host == '/' || *host == '\0' || url[strlen(url) - 1] == '/')
                return false;
        if (!with_path && strchr(host, '/'))
                return false;
        for (const char *c = host; *c; c++)
                if (*c <= ' ' || *c >= 0x7f || strchr("\"#*<>?@\\`{|}", *c))
                        return false;
        return true;
}

/* Calls `add` with each item of a list by commas, without the spaces around it; false as soon as `add` is. */
static bool each_item(const char *list, struct config *config, bool (*add)(struct config *config, const char *item)) {
        _cleanup_free_ char *items = copy(list);
        char *rest = items;

        for (char *item; (item = strsep(&rest, ","));) {
                item += strspn(item, " ");
                for (size_t end = strlen(item); end > 0 && item[end - 1] == ' '; end--)
                        item[end - 1] = '\0';
                if (!add(config, item))
                        return false;
        }
        return true;
}

static bool add_origin(struct config *config, const char *item) {
        size_t count = 0;

        if (!is_url(item, false))
                return false;
        while (config->cors_origins && config->cors_origins[count])
                count++;
        char **origins = memory_need(reallocarray(config->cors_origins, count + 2, sizeof(*origins)));
        origins[count] = copy(item);
        origins[count + 1] = NULL;
        config->cors_origins = origins;
        return true;
}

static bool add_network(struct config *config, const char *item) {
        struct network network;

        if (network_parse(item, &network) != 0)
                return false;
        size_t count = config->trusted_proxies_count + 1;
        struct network *networks = memory_need(reallocarray(config->trusted_proxies, count, sizeof(network)));
        networks[count - 1] = network;
        config->trusted_proxies = networks;
        config->trusted_proxies_count = count;
        return true;
}

static bool read_value(const struct setting *setting, const char *value, struct config *config) {
        int64_t number;

        switch (setting->type) {
        case TYPE_ADDRESS:
                if (strchr(value, '/') || network_parse(value, &(struct network){0}) != 0)
                        return false;
                break;
        case TYPE_FILE:
                if (access(value, R_OK) != 0)
                        return false;
                break;
        case TYPE_URL:
                if (!is_url(value, true))
                        return false;
                break;
        case TYPE_TEXT:
                break;
        case TYPE_NUMBER:
                if (!parse_integer(value, setting->least, setting->most, &number))
                        return false;
                *(unsigned *)field(config, setting) = (unsigned)number;
                return true;
        case TYPE_SECONDS:
                return parse_integer(value, setting->least, setting->most, field(config, setting));
        case TYPE_FLAG:
                *(bool *)field(config, setting) = strcmp(value, "true") == 0;
                return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
        case TYPE_CHOICE:
                return parse_choice(value, setting->choices, field(config, setting));
        case TYPE_ORIGINS:
                return each_item(value, config, add_origin);
        case TYPE_NETWORKS:
                return each_item(value, config, add_network);
        }
        *(char **)field(config, setting) = copy(value);
        return true;
}

/* What a value may be, in words for the log and the README. */
static void describe(const struct setting *setting, struct text *words) {
        switch (setting->type) {
        case TYPE_TEXT:
                text_append_string(words, "text");
                break;
        case TYPE_ADDRESS:
                text_append_string(words, "an IPv4 or IPv6 address");
                break;
        case TYPE_FILE:
                text_append_string(words, "a file that can be read");
                break;
        case TYPE_NUMBER:
        case TYPE_SECONDS:
                text_printf(words, "%" PRId64 " to %" PRId64, setting->least, setting->most);
                break;
        case TYPE_FLAG:
                text_append_string(words, "true or false");
                break;
        case TYPE_CHOICE:
                for (int i = 0; setting->choices[i]; i++)
                        text_printf(words, "%s%s",
                                    i == 0                    ? ""
                                    : setting->choices[i + 1] ? ", "
                                                              : " or ",
                                    setting->choices[i]);
                break;
        case TYPE_URL:
                text_append_string(words, "an http or https URL without a slash at its end");
                break;
        case TYPE_ORIGINS:
                text_append_string(words, "origins such as https://example.jp");
                break;
        case TYPE_NETWORKS:
                text_append_string(words, "addresses or networks such as 10.0.0.0/8");
                break;
        }
}

static bool read_setting(const struct setting *setting, enum config_need command, struct config *config) {
        const char *value = getenv(setting->name);

        if (!value || !*value)
                value = setting->value;
        if (!value && (setting->needed_by & command)) {
                LOG(LOG_LEVEL_ERROR, "setting-missing", LOG_TEXT("name", setting->name),
                    LOG_TEXT("meaning", setting->meaning));
                return false;
        }
        if (!value || read_value(setting, value, config))
                return true;
        /* The value itself is not logged: it may be a secret that was put into the wrong variable. */
        _cleanup_(text_free) struct text words = {0};
        describe(setting, &words);
        LOG(LOG_LEVEL_ERROR, "setting-not-accepted", LOG_TEXT("name", setting->name), LOG_TEXT("accepted", words.data));
        return false;
}

static bool is_known(const char *name, size_t length) {
        for (size_t i = 0; i < SETTINGS; i++)
                if (strlen(settings[i].name) == length && memcmp(settings[i].name, name, length) == 0)
                        return true;
        return false;
}

/* A misspelt variable would otherwise be a default that nobody asked for. */
static void warn_of_unknown(void) {
        for (char **entry = environ; entry && *entry; entry++) {
                size_t length = strcspn(*entry, "=");
                if (strncmp(*entry, "KIKI_", 5) != 0 || is_known(*entry, length))
                        continue;
                _cleanup_free_ char *name = memory_need(strndup(*entry, length));
                LOG(LOG_LEVEL_WARNING, "setting-unknown", LOG_TEXT("name", name));
        }
}

int config_load(enum config_need command, struct config *ret_config) {
        _cleanup_(config_free) struct config config = {0};
        bool good = true;

        for (size_t i = 0; i < SETTINGS; i++)
                good &= read_setting(&settings[i], command, &config);
        if (config.clock_offset_s != 0 && config.environment == ENVIRONMENT_PRODUCTION) {
                LOG(LOG_LEVEL_ERROR, "setting-not-accepted", LOG_TEXT("name", "KIKI_CLOCK_OFFSET_S"),
                    LOG_TEXT("accepted", "0 in production"));
                good = false;
        }
        warn_of_unknown();
        if (!good)
                return -EINVAL;
        if (!config.cors_origins && !(config.cors_origins = calloc(1, sizeof(char *))))
                abort();
        *ret_config = config;
        config = (struct config){0};
        return 0;
}

void config_free(struct config *config) {
        for (size_t i = 0; i < SETTINGS; i++)
                if (settings[i].type <= TYPE_URL)
                        free(*(char **)field(config, &settings[i]));
        for (char **origin = config->cors_origins; origin && *origin; origin++)
                free(*origin);
        free(config->cors_origins);
        free(config->trusted_proxies);
        *config = (struct config){0};
}

void config_print(FILE *stream) {
        fputs("| variable | value | default | meaning |\n| --- | --- | --- | --- |\n", stream);
        for (size_t i = 0; i < SETTINGS; i++) {
                const struct setting *setting = &settings[i];
                _cleanup_(text_free) struct text words = {0};
                describe(setting, &words);
                fprintf(stream, "| `%s` | %s | ", setting->name, words.data);
                if (setting->value)
                        fprintf(stream, "`%s`", setting->value);
                else
                        fputs(setting->needed_by ? "must be set" : "none", stream);
                fprintf(stream, " | %s |\n", setting->meaning);
        }
}
