#include "core/cleanup.h"
#include "core/config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Every test starts with no setting but its own, and standard error in `heard`. */
static FILE *heard;
static int standard_error;

static int silence(void **state) {
        (void)state;
        for (size_t i = 0; environ[i];) {
                _cleanup_free_ char *name = strndup(environ[i], strcspn(environ[i], "="));
                if (strncmp(name, "KIKI_", 5) == 0)
                        unsetenv(name);
                else
                        i++;
        }
        heard = tmpfile();
        standard_error = dup(STDERR_FILENO);
        dup2(fileno(heard), STDERR_FILENO);
        return 0;
}

static int restore(void **state) {
        (void)state;
        dup2(standard_error, STDERR_FILENO);
        close(standard_error);
        fclose(heard);
        return 0;
}

static bool was_heard(const char *words) {
        static char text[16384];

        rewind(heard);
        text[fread(text, 1, sizeof(text) - 1, heard)] = '\0';
        return strstr(text, words);
}

static void defaults(void **state) {
        _cleanup_(config_free) struct config config = {0};

        (void)state;
        setenv("KIKI_PORT", "", 1);
        assert_int_equal(config_load(NEED_NOTHING, &config), 0);
        assert_int_equal(config.environment, ENVIRONMENT_PRODUCTION);
        assert_string_equal(config.listen_address, "127.0.0.1");
        assert_int_equal(config.port, 8080);
        assert_int_equal(config.pool_size, 16);
        assert_int_equal(config.pool_wait_ms, 250);
        assert_int_equal(config.rate_per_minute, 6000);
        assert_false(config.unnamed_statements);
        assert_null(config.public_url);
        assert_null(config.database);
        assert_null(config.cors_origins[0]);
        assert_int_equal(config.trusted_proxies_count, 0);
}

static void values(void **state) {
        _cleanup_(config_free) struct config config = {0};

        (void)state;
        setenv("KIKI_ENVIRONMENT", "test", 1);
        setenv("KIKI_LISTEN_ADDRESS", "::1", 1);
        setenv("KIKI_PORT", "65535", 1);
        setenv("KIKI_DATABASE", "host=/run/postgresql", 1);
        setenv("KIKI_KEY_FILE", "/dev/null", 1);
        setenv("KIKI_ISSUERS", "/dev/null", 1);
        setenv("KIKI_PUBLIC_URL", "https://kiki.example.jp/base", 1);
        setenv("KIKI_CORS_ORIGINS", "https://a.example.jp, http://127.0.0.1:3000", 1);
        setenv("KIKI_TRUSTED_PROXIES", "10.0.0.0/8 ,::1", 1);
        setenv("KIKI_UNNAMED_STATEMENTS", "true", 1);
        setenv("KIKI_CLOCK_OFFSET_S", "-86400", 1);
        setenv("KIKI_LOG_LEVEL", "error", 1);
        assert_int_equal(config_load(NEED_SERVE, &config), 0);
        assert_int_equal(config.environment, ENVIRONMENT_TEST);
        assert_string_equal(config.listen_address, "::1");
        assert_int_equal(config.port, 65535);
        assert_string_equal(config.public_url, "https://kiki.example.jp/base");
        assert_string_equal(config.cors_origins[0], "https://a.example.jp");
        assert_string_equal(config.cors_origins[1], "http://127.0.0.1:3000");
        assert_null(config.cors_origins[2]);
        assert_int_equal(config.trusted_proxies_count, 2);
        assert_int_equal(config.trusted_proxies[0].bits, 104);
        assert_true(config.unnamed_statements);
        assert_int_equal(config.clock_offset_s, -86400);
        assert_int_equal(config.log_level, LOG_LEVEL_ERROR);
}

static void bad_values_are_named(void **state) {
        static const struct {
                const char *name, *value;
        } cases[] = {
                {"KIKI_ENVIRONMENT", "Production"},
                {"KIKI_LISTEN_ADDRESS", "localhost"},
                {"KIKI_LISTEN_ADDRESS", "10.0.0.0/8"},
                {"KIKI_PORT", "0"},
                {"KIKI_PORT", "65536"},
                {"KIKI_PORT", "80x"},
                {"KIKI_PORT", " 80"},
                {"KIKI_PORT", "+80"},
                {"KIKI_PORT", "99999999999999999999"},
                {"KIKI_POOL_SIZE", "-1"},
                {"KIKI_UNNAMED_STATEMENTS", "yes"},
                {"KIKI_CORS_ORIGINS", "*"},
                {"KIKI_CORS_ORIGINS", "https://a.example.jp/"},
                {"KIKI_CORS_ORIGINS", "https://a.example.jp/path"},
                {"KIKI_CORS_ORIGINS", "https://a.example.jp,,https://b.example.jp"},
                {"KIKI_TRUSTED_PROXIES", "10.0.0.1/8"},
                {"KIKI_PUBLIC_URL", "https://a.example.jp/"},
                {"KIKI_PUBLIC_URL", "ftp://a.example.jp"},
                {"KIKI_PUBLIC_URL", "https://user@a.example.jp"},
                {"KIKI_PUBLIC_URL", "https://"},
                {"KIKI_CLOCK_OFFSET_S", "60"}, /* production */
                {"KIKI_KEY_FILE", "/nonexistent/keys"},
                {"KIKI_LOG_LEVEL", "2"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct config config = {0};
                char words[128];
                assert_int_equal(ftruncate(fileno(heard), 0), 0);
                lseek(fileno(heard), 0, SEEK_SET);
                setenv(cases[i].name, cases[i].value, 1);
                assert_int_equal(config_load(NEED_NOTHING, &config), -EINVAL);
                snprintf(words, sizeof(words), "\"event\":\"setting-not-accepted\",\"name\":\"%s\"", cases[i].name);
                assert_true(was_heard(words));
                unsetenv(cases[i].name);
        }
}

static void missing_ones_are_all_named(void **state) {
        struct config config = {0};

        (void)state;
        assert_int_equal(config_load(NEED_SERVE, &config), -EINVAL);
        assert_true(was_heard("\"name\":\"KIKI_DATABASE\""));
        assert_true(was_heard("\"name\":\"KIKI_KEY_FILE\""));
        assert_true(was_heard("\"name\":\"KIKI_ISSUERS\""));
        assert_false(was_heard("\"name\":\"KIKI_MIGRATOR_DATABASE\""));
        assert_int_equal(config_load(NEED_MIGRATE, &config), -EINVAL);
        assert_true(was_heard("\"name\":\"KIKI_MIGRATOR_DATABASE\""));
}

static void misspelt_ones_are_warned_of(void **state) {
        _cleanup_(config_free) struct config config = {0};

        (void)state;
        setenv("KIKI_POOLSIZE", "3", 1);
        setenv("OTHER", "3", 1);
        assert_int_equal(config_load(NEED_NOTHING, &config), 0);
        assert_true(was_heard("\"event\":\"setting-unknown\",\"name\":\"KIKI_POOLSIZE\""));
        assert_false(was_heard("OTHER"));
}

static void the_table_prints(void **state) {
        _cleanup_free_ char *table = NULL;
        size_t size;
        FILE *stream = open_memstream(&table, &size);

        (void)state;
        config_print(stream);
        fclose(stream);
        assert_non_null(strstr(table, "| `KIKI_PORT` | 1 to 65535 | `8080` | The TCP port to listen on. |\n"));
        assert_non_null(strstr(table, "| `KIKI_ENVIRONMENT` | production, development or test | `production` | "));
        assert_non_null(strstr(table, "| `KIKI_DATABASE` | text | must be set | "));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(defaults, silence, restore),
                cmocka_unit_test_setup_teardown(values, silence, restore),
                cmocka_unit_test_setup_teardown(bad_values_are_named, silence, restore),
                cmocka_unit_test_setup_teardown(missing_ones_are_all_named, silence, restore),
                cmocka_unit_test_setup_teardown(misspelt_ones_are_warned_of, silence, restore),
                cmocka_unit_test_setup_teardown(the_table_prints, silence, restore),
        };
        return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
