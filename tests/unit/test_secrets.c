#include "core/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" /* 00 01 … 1f */
#define KEY_B "+//7//v/+//7//v/+//7//v/+//7//v/+//7//v/+//7//v/+/8="

static int load(const char *content, struct secrets **ret_secrets) {
        char path[] = "/tmp/kiki-secrets-XXXXXX";
        int fd = mkstemp(path);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, content, strlen(content)), strlen(content));
        close(fd);
        int error = secrets_load(path, ret_secrets);
        unlink(path);
        return error;
}

static void files_are_read(void **state) {
        static const char *const files[] = {
                "a:" KEY_A,
                "a:" KEY_A "\n",
                "# comment\n\na:" KEY_A "\r\nB-2_c:" KEY_B "\n",
                "0123456789abcdef:" KEY_A "\n",
                "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n", /* without padding */
        };

        (void)state;
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                struct secrets *secrets = NULL;
                assert_int_equal(load(files[i], &secrets), 0);
                secrets_free(secrets);
        }
}

static void bad_files_are_refused(void **state) {
        static const char *const files[] = {
                "",
                "\n# nothing\n",
                "a\n",
                "a:\n",
                ":" KEY_A "\n",
                "a " KEY_A "\n",
                "ä:" KEY_A "\n",
                "0123456789abcdefg:" KEY_A "\n",
                "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n", /* 31 bytes */
                "a:" KEY_A "x\n",
                "a:" KEY_A " b\n",
                "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n", /* last bits not zero */
                "a:" KEY_A "\na:" KEY_B "\n",
                "a:" KEY_A "\nb\n",
        };

        int silent = open("/dev/null", O_WRONLY | O_CLOEXEC), loud = dup(STDERR_FILENO);

        (void)state;
        dup2(silent, STDERR_FILENO);
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                struct secrets *secrets = NULL;
                assert_int_equal(load(files[i], &secrets), -EINVAL);
                assert_null(secrets);
        }
        struct secrets *secrets = NULL;
        assert_int_equal(secrets_load("/nonexistent/keys", &secrets), -ENOENT);
        dup2(loud, STDERR_FILENO);
        close(loud);
        close(silent);
}

static void keys_are_limited(void **state) {
        char file[4096] = "";
        struct secrets *secrets = NULL;

        (void)state;
        for (int i = 0; i <= SECRET_KEYS_MAX; i++) {
                snprintf(file + strlen(file), 128, "k%d:" KEY_A "\n", i);
                if (i == SECRET_KEYS_MAX - 1) {
                        assert_int_equal(load(file, &secrets), 0);
                        secrets_free(secrets);
                        secrets = NULL;
                }
        }
        assert_int_equal(load(file, &secrets), -EINVAL);
}

/* Computed with another library: HKDF-SHA256 of 00 01 … 1f for "kiki cursor 1", then HMAC-SHA256 of "abc". */
static void macs_are_those_of_the_standards(void **state) {
        static const unsigned char wanted[SECRET_MAC] = {
                0xfd, 0x86, 0xc1, 0x9d, 0x2f, 0x55, 0x87, 0x46, 0xa9, 0x91, 0x51, 0x93, 0xa5, 0x71, 0xc0, 0x35,
                0x30, 0xe3, 0x30, 0x59, 0x4b, 0xdb, 0x82, 0x15, 0x0f, 0xf6, 0x90, 0x9c, 0x7e, 0x42, 0x3e, 0xdb};
        unsigned char mac[SECRET_MAC];
        struct secrets *secrets;

        (void)state;
        assert_int_equal(load("a:" KEY_A "\n", &secrets), 0);
        secrets_sign(secrets, SECRET_CURSOR, "abc", 3, mac);
        assert_memory_equal(mac, wanted, SECRET_MAC);
        secrets_free(secrets);
}

static void the_first_key_signs_and_all_verify(void **state) {
        struct secrets *before, *both, *moved, *after;
        unsigned char old_mac[SECRET_MAC], new_mac[SECRET_MAC];

        (void)state;
        assert_int_equal(load("a:" KEY_A "\n", &before), 0);
        assert_int_equal(load("a:" KEY_A "\nb:" KEY_B "\n", &both), 0);
        assert_int_equal(load("b:" KEY_B "\na:" KEY_A "\n", &moved), 0);
        assert_int_equal(load("b:" KEY_B "\n", &after), 0);
        assert_string_equal(secrets_signer(both), "a");
        assert_string_equal(secrets_signer(moved), "b");
        secrets_sign(both, SECRET_CURSOR, "abc", 3, old_mac);
        secrets_sign(moved, SECRET_CURSOR, "abc", 3, new_mac);
        assert_memory_not_equal(old_mac, new_mac, SECRET_MAC);
        assert_int_equal(secrets_verify(before, "a", SECRET_CURSOR, "abc", 3, old_mac), 0);
        assert_int_equal(secrets_verify(moved, "a", SECRET_CURSOR, "abc", 3, old_mac), 0);
        assert_int_equal(secrets_verify(both, "b", SECRET_CURSOR, "abc", 3, new_mac), 0);
        assert_int_equal(secrets_verify(after, "a", SECRET_CURSOR, "abc", 3, old_mac), -ENOKEY);
        assert_int_equal(secrets_verify(both, "a", SECRET_CURSOR, "abc", 3, new_mac), -EBADMSG);
        assert_int_equal(secrets_verify(both, "a", SECRET_CURSOR, "abd", 3, old_mac), -EBADMSG);
        assert_int_equal(secrets_verify(both, "a", SECRET_CURSOR, "ab", 2, old_mac), -EBADMSG);
        old_mac[SECRET_MAC - 1] ^= 1;
        assert_int_equal(secrets_verify(both, "a", SECRET_CURSOR, "abc", 3, old_mac), -EBADMSG);
        secrets_free(before);
        secrets_free(both);
        secrets_free(moved);
        secrets_free(after);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(files_are_read),
                cmocka_unit_test(bad_files_are_refused),
                cmocka_unit_test(keys_are_limited),
                cmocka_unit_test(macs_are_those_of_the_standards),
                cmocka_unit_test(the_first_key_signs_and_all_verify),
        };
        return cmocka_run_group_tests_name("secrets", tests, NULL, NULL);
}
