#include "keys_fixture.h"
#include "server.h"

#include "core/clock.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

static char url[80], plain_url[80];

static int begin(void **state) {
        (void)state;
        curl_global_init(CURL_GLOBAL_DEFAULT);
        if (keys_begin() != 0 || server_start() != 0)
                return -1;
        snprintf(url, sizeof(url), "%s/keys", server_url);
        snprintf(plain_url, sizeof(plain_url), "%s/keys", plain_server_url);
        return 0;
}

static int end(void **state) {
        (void)state;
        server_stop();
        keys_end();
        curl_global_cleanup();
        return 0;
}

static int reset(void **state) {
        static const char *const names[] = {"count", "delay", "status", "location"};

        (void)state;
        for (size_t i = 0; i < 4; i++)
                unlink(in_folder(names[i]));
        publish(false);
        return 0;
}

static struct keys_options over_https(void) {
        struct keys_options wanted = options(KEYS_JWKS_URL, url);

        wanted.ca_file = ca_file;
        return wanted;
}

static void keys_come_over_https(void **state) {
        struct keys_options wanted = over_https();
        _cleanup_keys_ struct keys *keys = opened(&wanted);

        (void)state;
        assert_int_equal(keys_generation(keys), 1);
        for (int i = 0; i < 100; i++)
                assert_int_equal(find(keys, "a"), 0);
        assert_int_equal(server_requests(), 1);
}

static void an_unknown_key_makes_one_refresh_then_a_cool_down(void **state) {
        struct keys_options wanted = over_https();
        _cleanup_keys_ struct keys *keys = opened(&wanted);

        (void)state;
        assert_int_equal(find(keys, "b"), -ENOENT);
        assert_int_equal(server_requests(), 2);
        for (int i = 0; i < 100; i++)
                assert_int_equal(find(keys, "b"), -ENOENT);
        publish(true);
        assert_int_equal(find(keys, "b"), -ENOENT);
        assert_int_equal(server_requests(), 2);
        assert_int_equal(keys_generation(keys), 1); /* the same document is no change */
        sleep_ms(1100);
        assert_int_equal(find(keys, "b"), 0);
        assert_int_equal(find(keys, "a"), 0);
        assert_int_equal(server_requests(), 3);
        assert_int_equal(keys_generation(keys), 2);
}

static void a_rotated_key_is_found_at_once(void **state) {
        struct keys_options wanted = over_https();
        _cleanup_keys_ struct keys *keys = opened(&wanted);

        (void)state;
        publish(true);
        assert_int_equal(find(keys, "b"), 0);
        assert_int_equal(server_requests(), 2);
}

static void *find_b(void *keys) {
        return find(keys, "b") == 0 ? keys : NULL;
}

static void many_unknown_at_once_share_the_refresh(void **state) {
        struct keys_options wanted = over_https();
        _cleanup_keys_ struct keys *keys = opened(&wanted);
        pthread_t threads[16];

        (void)state;
        publish(true);
        folder_write("delay", "0.3");
        for (size_t i = 0; i < 16; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, find_b, keys), 0);
        for (size_t i = 0; i < 16; i++) {
                void *found;
                pthread_join(threads[i], &found);
                assert_ptr_equal(found, keys);
        }
        /* The first asks; who asks while that is under way may want one more, never one each. */
        assert_true(server_requests() <= 3);
}

static atomic_int told_at_once;

static void *find_invented(void *keys) {
        int64_t begun = clock_monotonic_ms();
        int r = find(keys, "invented");
        bool at_once = clock_monotonic_ms() - begun < 500;

        if (at_once)
                atomic_fetch_add(&told_at_once, 1);
        return r == (at_once ? -EAGAIN : -ENOENT) ? keys : NULL;
}

/* Who waits learns that there is no such key, and the others at once that it is not known. */
static void a_slow_fetch_keeps_only_a_few_with_invented_keys(void **state) {
        struct keys_options wanted = over_https();
        wanted.cooldown_s = 3600;
        _cleanup_keys_ struct keys *keys = opened(&wanted);
        pthread_t threads[64];

        (void)state;
        folder_write("delay", "2");
        atomic_store(&told_at_once, 0);
        struct rusage before, after;
        getrusage(RUSAGE_SELF, &before);
        for (size_t i = 0; i < 64; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, find_invented, keys), 0);
        for (size_t i = 0; i < 64; i++) {
                void *found;
                pthread_join(threads[i], &found);
                assert_ptr_equal(found, keys);
        }
        getrusage(RUSAGE_SELF, &after);
        assert_int_equal(atomic_load(&told_at_once), 64 - 16);
        assert_int_equal(server_requests(), 2);
        /* Nor do those who wait wake each other all the time. */
        assert_true(after.ru_nvcsw - before.ru_nvcsw < 2000);
        assert_int_equal(find(keys, "invented"), -ENOENT);
}

static void a_slow_fetch_keeps_nobody_with_a_known_key(void **state) {
        struct keys_options wanted = over_https();
        _cleanup_keys_ struct keys *keys = opened(&wanted);
        pthread_t thread;
        void *found;

        (void)state;
        publish(true);
        folder_write("delay", "1");
        assert_int_equal(pthread_create(&thread, NULL, find_b, keys), 0);
        sleep_ms(300);
        assert_int_equal(server_requests(), 2);
        int64_t begun = clock_monotonic_ms();
        assert_int_equal(find(keys, "a"), 0);
        assert_int_equal(keys_generation(keys), 1);
        assert_true(clock_monotonic_ms() - begun < 200);
        pthread_join(thread, &found);
        assert_non_null(found);
}

static void old_keys_stay_for_a_while_when_fetching_fails(void **state) {
        struct keys_options wanted = over_https();
        wanted.refresh_s = 1;
        wanted.stale_s = 3;
        _cleanup_keys_ struct keys *keys = opened(&wanted);

        (void)state;
        folder_write("status", "503");
        sleep_ms(1500);
        assert_true(server_requests() >= 2);
        assert_int_equal(find(keys, "a"), 0);
        assert_int_equal(keys_generation(keys), 1);
        sleep_ms(2000);
        assert_int_equal(keys_generation(keys), 0);
        assert_int_equal(find(keys, "a"), -EAGAIN);
        unlink(in_folder("status"));
        sleep_ms(1300);
        assert_int_equal(find(keys, "a"), 0);
        assert_int_equal(keys_generation(keys), 1);
}

static void a_server_that_is_away_may_come_back(void **state) {
        struct keys_options wanted = over_https();

        (void)state;
        folder_write("status", "500");
        _cleanup_keys_ struct keys *keys = opened(&wanted);
        assert_int_equal(keys_generation(keys), 0);
        assert_int_equal(find(keys, "a"), -EAGAIN);
        unlink(in_folder("status"));
        sleep_ms(1500);
        assert_int_equal(find(keys, "a"), 0);
}

static void no_redirect_no_flood_no_rubbish(void **state) {
        struct keys_options wanted = over_https();

        (void)state;
        folder_write("status", "302");
        folder_write("location", url);
        _cleanup_keys_ struct keys *redirected = opened(&wanted);
        assert_int_equal(keys_generation(redirected), 0);
        assert_int_equal(server_requests(), 1);
        unlink(in_folder("status"));
        unlink(in_folder("location"));

        /* Good but for its length. */
        _cleanup_free_ char *a = jwk_of(first, "\"kid\":\"a\""), *flood = NULL;
        assert_true(asprintf(&flood, "%*s{\"keys\":[%s]}", 256 * 1024, "", a) > 0);
        folder_write("jwks.json", flood);
        _cleanup_keys_ struct keys *flooded = opened(&wanted);
        assert_int_equal(keys_generation(flooded), 0);
        assert_int_equal(server_requests(), 2);

        folder_write("jwks.json", "<html>");
        _cleanup_keys_ struct keys *rubbish = opened(&wanted);
        assert_int_equal(keys_generation(rubbish), 0);
        assert_int_equal(server_requests(), 3);
}

static void only_https_and_certificates_that_are_trusted(void **state) {
        struct keys_options wanted = over_https();

        (void)state;
        wanted.ca_file = NULL;
        _cleanup_keys_ struct keys *untrusted = opened(&wanted);
        assert_int_equal(keys_generation(untrusted), 0);
        wanted.ca_file = ca_file;
        char other_name[64];
        snprintf(other_name, sizeof(other_name), "https://localhost%s", strrchr(url, ':'));
        wanted.location = other_name;
        _cleanup_keys_ struct keys *misnamed = opened(&wanted);
        assert_int_equal(keys_generation(misnamed), 0);
        wanted.location = plain_url;
        _cleanup_keys_ struct keys *plain = opened(&wanted);
        assert_int_equal(keys_generation(plain), 0);
        assert_int_equal(server_requests(), 0);
}

static void stopping_does_not_wait_for_a_fetch(void **state) {
        struct keys_options wanted = over_https();
        wanted.refresh_s = 1;
        struct keys *keys = opened(&wanted);

        (void)state;
        folder_write("delay", "4");
        sleep_ms(1300);
        assert_int_equal(server_requests(), 2);
        int64_t begun = clock_monotonic_ms();
        keys_close(keys);
        assert_true(clock_monotonic_ms() - begun < 2000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(keys_come_over_https, reset),
                cmocka_unit_test_setup(an_unknown_key_makes_one_refresh_then_a_cool_down, reset),
                cmocka_unit_test_setup(a_rotated_key_is_found_at_once, reset),
                cmocka_unit_test_setup(many_unknown_at_once_share_the_refresh, reset),
                cmocka_unit_test_setup(a_slow_fetch_keeps_only_a_few_with_invented_keys, reset),
                cmocka_unit_test_setup(a_slow_fetch_keeps_nobody_with_a_known_key, reset),
                cmocka_unit_test_setup(old_keys_stay_for_a_while_when_fetching_fails, reset),
                cmocka_unit_test_setup(a_server_that_is_away_may_come_back, reset),
                cmocka_unit_test_setup(no_redirect_no_flood_no_rubbish, reset),
                cmocka_unit_test_setup(only_https_and_certificates_that_are_trusted, reset),
                cmocka_unit_test_setup(stopping_does_not_wait_for_a_fetch, reset),
        };

        return cmocka_run_group_tests_name("keys", tests, begin, end);
}
