#include "auth/authenticate.h"
#include "core/config.h"
#include "core/secrets.h"
#include "problems.h"
#include "token.h"

#include "folder.h"

#include <errno.h>
#include <getopt.h>

static char keys[64], key[80], issuers[80], secrets_file[80];

static int begin(void **state) {
        (void)state;
        if (folder_make() != 0)
                return -1;
        snprintf(keys, sizeof(keys), "%s/keys", folder);
        snprintf(key, sizeof(key), "%s/development.key", keys);
        snprintf(issuers, sizeof(issuers), "%s/issuers.json", keys);
        snprintf(secrets_file, sizeof(secrets_file), "%s/secrets", keys);
        return 0;
}

static int end(void **state) {
        (void)state;
        folder_remove();
        return 0;
}

/* Runs `kiki token` with the words, which end with NULL, and reads what it printed, without standard error. */
static int run(const char *const *words, char *ret_output, size_t size) {
        char *argv[16] = {(char[]){"token"}};
        int argc = 1, saved[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)}, silent = open("/dev/null", O_WRONLY);
        FILE *output = tmpfile();

        for (; words[argc - 1]; argc++)
                argv[argc] = (char *)(uintptr_t)words[argc - 1];
        fflush(stdout);
        dup2(fileno(output), STDOUT_FILENO);
        dup2(silent, STDERR_FILENO);
        optind = 0;
        int status = command_token(argc, argv);
        fflush(stdout);
        dup2(saved[0], STDOUT_FILENO);
        dup2(saved[1], STDERR_FILENO);
        rewind(output);
        ret_output[fread(ret_output, 1, size - 1, output)] = '\0';
        fclose(output);
        close(saved[0]);
        close(saved[1]);
        close(silent);
        return status;
}

#define RUN(output, ...) run((const char *const[]){__VA_ARGS__, NULL}, (output), sizeof(output))

static void keys_are_made_once(void **state) {
        char output[64];
        struct stat status;
        struct secrets *secrets = NULL;

        (void)state;
        assert_int_equal(RUN(output, "--new-keys", keys), 0);
        assert_string_equal(output, "");
        assert_int_equal(stat(key, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        assert_int_equal(stat(secrets_file, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        assert_int_equal(secrets_load(secrets_file, &secrets), 0);
        assert_string_equal(secrets_signer(secrets), "development");
        secrets_free(secrets);
        assert_int_not_equal(RUN(output, "--new-keys", keys), 0);
}

static struct authenticator *authenticator(enum environment environment) {
        const struct config config = {.environment = environment,
                                      .issuers_file = issuers,
                                      .keys_refresh_s = 60,
                                      .keys_cooldown_s = 60,
                                      .keys_stale_s = 60};
        struct authenticator *made = NULL;
        int saved = dup(STDERR_FILENO), silent = open("/dev/null", O_WRONLY);

        dup2(silent, STDERR_FILENO);
        authenticator_new(&config, &made);
        dup2(saved, STDERR_FILENO);
        close(saved);
        close(silent);
        return made;
}

static int ask(const char *output, struct arena *arena, struct caller *ret_caller) {
        struct authenticator *development = authenticator(ENVIRONMENT_DEVELOPMENT);
        const char *reason = "", *header = arena_printf(arena, "Bearer %.*s", (int)strcspn(output, "\n"), output);

        assert_non_null(development);
        int r = authenticate(development, header, arena, ret_caller, &reason);
        ret_caller->issuer = arena_strdup(arena, r == 0 ? ret_caller->issuer : "");
        authenticator_free(development);
        return r;
}

static void a_token_of_staff(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        char output[4096];
        struct caller caller;

        (void)state;
        assert_int_equal(RUN(output, "--staff", "210002", "--key", key), 0);
        assert_ptr_equal(strchr(output, '\n'), output + strlen(output) - 1); /* one line, nothing else */
        assert_int_equal(ask(output, arena, &caller), 0);
        assert_string_equal(caller.issuer, "urn:kiki:development");
        assert_string_equal(caller.subject, "210002");
        assert_null(caller.client);
        assert_string_equal(caller.scopes, "");
}

static void a_token_of_a_client(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        char output[4096];
        struct caller caller;

        (void)state;
        assert_int_equal(RUN(output, "--client", "ledger", "--scopes", "usage:read audit:read", "--key", key), 0);
        assert_int_equal(ask(output, arena, &caller), 0);
        assert_null(caller.subject);
        assert_string_equal(caller.client, "ledger");
        assert_string_equal(caller.scopes, "usage:read audit:read");
}

static void what_was_asked_for_is_in_it(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        char output[4096];
        struct caller caller;

        (void)state;
        assert_int_equal(RUN(output, "--staff", "210002", "--key", key, "--audience", "other"), 0);
        assert_int_equal(ask(output, arena, &caller), PROBLEM_INVALID_TOKEN);
        assert_int_equal(RUN(output, "--staff", "210002", "--key", key, "--issuer", "urn:other"), 0);
        assert_int_equal(ask(output, arena, &caller), PROBLEM_INVALID_TOKEN);
        assert_int_equal(RUN(output, "--staff", "210002", "--key", key, "--ttl", "1"), 0);
        sleep(2);
        assert_int_equal(ask(output, arena, &caller), PROBLEM_TOKEN_EXPIRED);
}

static void production_refuses_the_keys(void **state) {
        static const char renamed[] =
                "[{\"issuer\":\"https://login.example.jp\",\"audience\":\"kiki\",\"jwks\":\"jwks.json\"}]";

        (void)state;
        assert_null(authenticator(ENVIRONMENT_PRODUCTION));
        folder_write("keys/issuers.json", renamed);
        assert_null(authenticator(ENVIRONMENT_PRODUCTION));
        struct authenticator *development = authenticator(ENVIRONMENT_DEVELOPMENT);
        assert_non_null(development);
        authenticator_free(development);
}

static void wrong_usage(void **state) {
        char output[64];

        (void)state;
        assert_int_equal(RUN(output, "--staff", "210002"), 2);
        assert_int_equal(RUN(output, "--key", key), 2);
        assert_int_equal(RUN(output, "--staff", "1", "--client", "2", "--key", key), 2);
        assert_int_equal(RUN(output, "--staff", "1", "--key", key, "--ttl", "0"), 2);
        assert_int_equal(RUN(output, "--staff", "1", "--key", key, "--ttl", "5m"), 2);
        assert_int_equal(RUN(output, "--staff", "1", "--key", key, "--ttl", ""), 2);
        assert_int_equal(RUN(output, "--staff", "1", "--key", key, "more"), 2);
        assert_int_equal(RUN(output, "--staff", "1", "--key", key, "--unknown"), 2);
        assert_int_equal(RUN(output, "--new-keys", keys, "--staff", "1"), 2);
        assert_int_equal(RUN(output, "--staff", "1", "--key", "/nonexistent"), 1);
        assert_int_equal(RUN(output, "--staff", "1", "--key", issuers), 1);
        assert_string_equal(output, "");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(keys_are_made_once),  cmocka_unit_test(a_token_of_staff),
                cmocka_unit_test(a_token_of_a_client), cmocka_unit_test(what_was_asked_for_is_in_it),
                cmocka_unit_test(wrong_usage),         cmocka_unit_test(production_refuses_the_keys),
        };
        return cmocka_run_group_tests_name("token_command", tests, begin, end);
}
