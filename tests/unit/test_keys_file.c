#include "keys_fixture.h"

static char jwks_file[64];

static int begin(void **state) {
        (void)state;
        int r = keys_begin();
        snprintf(jwks_file, sizeof(jwks_file), "%s/jwks.json", folder);
        return r;
}

static int end(void **state) {
        (void)state;
        keys_end();
        return 0;
}

static int reset(void **state) {
        (void)state;
        publish(false);
        return 0;
}

static void a_file_is_read_again_when_it_changed(void **state) {
        struct keys_options wanted = options(KEYS_JWKS_FILE, jwks_file);
        wanted.refresh_s = 1;
        _cleanup_keys_ struct keys *keys = opened(&wanted);

        (void)state;
        publish(true);
        assert_int_equal(find(keys, "b"), 0);
        publish(false);
        sleep_ms(1300);
        assert_int_equal(find(keys, "b"), -ENOENT);
        assert_int_equal(keys_generation(keys), 3);
        folder_write("jwks.json", "{\"keys\":");
        sleep_ms(1300);
        assert_int_equal(find(keys, "a"), 0); /* a file that was written badly changes nothing */
        assert_int_equal(keys_generation(keys), 3);
}

static void a_bad_file_is_an_error_at_the_start(void **state) {
        struct keys_options wanted = options(KEYS_JWKS_FILE, jwks_file);
        struct keys *keys = NULL;

        (void)state;
        folder_write("jwks.json", "{\"keys\":[]}");
        assert_int_equal(keys_open(&wanted, &keys), -EINVAL);
        wanted.location = in_folder("nowhere");
        assert_int_equal(keys_open(&wanted, &keys), -ENOENT);
        wanted.location = "/tmp";
        assert_int_equal(keys_open(&wanted, &keys), -EISDIR);
        assert_null(keys);
}

static void a_pem_answers_to_every_id(void **state) {
        _cleanup_free_ char *pem = pem_of(first, false);
        struct keys_options wanted = options(KEYS_PEM_FILE, NULL);
        struct key_set *set;
        const struct key *key;
        uint64_t generation;

        (void)state;
        folder_write("key.pem", pem);
        wanted.location = in_folder("key.pem");
        _cleanup_keys_ struct keys *keys = opened(&wanted);
        assert_int_equal(keys_find(keys, NULL, ALGORITHM_RS256, &set, &key, &generation), 0);
        key_set_release(set);
        assert_int_equal(keys_find(keys, "any", ALGORITHM_RS256, &set, &key, &generation), 0);
        key_set_release(set);
        assert_int_equal(keys_find(keys, "any", ALGORITHM_ES256, &set, &key, &generation), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_file_is_read_again_when_it_changed, reset),
                cmocka_unit_test_setup(a_bad_file_is_an_error_at_the_start, reset),
                cmocka_unit_test_setup(a_pem_answers_to_every_id, reset),
        };

        return cmocka_run_group_tests_name("keys_file", tests, begin, end);
}
