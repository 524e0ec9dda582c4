#include "http/cursor.h"

#include "core/cleanup.h"
#include "core/secrets.h"
#include "core/text.h"
#include "problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define KEY_A "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
#define KEY_B "b:+//7//v/+//7//v/+//7//v/+//7//v/+//7//v/+//7//v/+/8=\n"
#define TIE "01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10"

static const char binding[] = "list_devices /api/v1/devices&kind={router}&sort=code";

static struct secrets *load(const char *content) {
        char path[] = "/tmp/kiki-secrets-XXXXXX";
        int fd = mkstemp(path);
        struct secrets *secrets = NULL;

        assert_true(fd >= 0);
        assert_int_equal(write(fd, content, strlen(content)), strlen(content));
        close(fd);
        assert_int_equal(secrets_load(path, &secrets), 0);
        unlink(path);
        return secrets;
}

struct fixture {
        struct arena *arena;
        struct secrets *secrets;
};

static int set_up(void **state) {
        struct fixture *fixture = calloc(1, sizeof(*fixture));

        fixture->arena = arena_new();
        fixture->secrets = load(KEY_A);
        *state = fixture;
        return 0;
}

static int tear_down(void **state) {
        struct fixture *fixture = *state;

        arena_free(fixture->arena);
        secrets_free(fixture->secrets);
        free(fixture);
        return 0;
}

/* Opens, expecting a problem that leaves the outputs alone. */
static void refuse(const struct fixture *fixture, const char *bound, const char *cursor, int problem) {
        const char *key = "untouched", *tie = "untouched";

        assert_int_equal(cursor_open(fixture->secrets, fixture->arena, bound, cursor, &key, &tie), problem);
        assert_string_equal(key, "untouched");
        assert_string_equal(tie, "untouched");
}

static void what_is_sealed_opens(void **state) {
        static const char *const keys[] = {NULL, "", "=", "-", "R-01", "機器", "2025-10-16 08:30:00.123456+09"};
        const struct fixture *fixture = *state;

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
                const char *key, *tie, *cursor = cursor_seal(fixture->secrets, fixture->arena, binding, keys[i], TIE);
                assert_int_equal(cursor_open(fixture->secrets, fixture->arena, binding, cursor, &key, &tie), 0);
                assert_string_equal(tie, TIE);
                if (keys[i])
                        assert_string_equal(key, keys[i]);
                else
                        assert_null(key);
        }
}

static void the_longest_key_fits_the_parameter(void **state) {
        const struct fixture *fixture = *state;
        char key[1401];

        memset(key, 'x', 1400);
        key[1400] = '\0';
        assert_true(strlen(cursor_seal(fixture->secrets, fixture->arena, binding, key, TIE)) <= 2000);
}

static void another_list_is_refused(void **state) {
        static const char *const others[] = {
                "",
                "list_device /api/v1/devices&kind={router}&sort=code",
                "list_devices /api/v1/devices&kind={camera}&sort=code",
                "list_devices /api/v1/devices&kind={router}&sort=-code",
                "list_devices /api/v1/devices&kind={router}",
                "list_devices /api/v1/devices&kind={router}&sort=code&q=a",
        };
        const struct fixture *fixture = *state;
        const char *cursor = cursor_seal(fixture->secrets, fixture->arena, binding, "R-01", TIE);

        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
                refuse(fixture, others[i], cursor, PROBLEM_INVALID_PARAMETER);
}

/* Whatever single bit changes; the id of the key is the first byte, and "a" with another bit is no key that is known.
 */
static void every_changed_bit_is_noticed(void **state) {
        const struct fixture *fixture = *state;
        const char *cursor = cursor_seal(fixture->secrets, fixture->arena, binding, "R-01", TIE);
        unsigned char *bytes;
        size_t length;

        assert_int_equal(text_from_base64url(cursor, strlen(cursor), &bytes, &length), 0);
        for (size_t bit = 0; bit < length * 8; bit++) {
                _cleanup_(text_free) struct text changed = {0};
                bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
                text_append_base64url(&changed, bytes, length);
                refuse(fixture, binding, changed.data, bit < 16 ? PROBLEM_CURSOR_EXPIRED : PROBLEM_INVALID_PARAMETER);
                bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
        free(bytes);
        for (size_t cut = 1; cut <= strlen(cursor); cut++) {
                const char *shorter = arena_strndup(fixture->arena, cursor, strlen(cursor) - cut);
                refuse(fixture, binding, shorter, PROBLEM_INVALID_PARAMETER);
        }
}

static void rubbish_is_refused(void **state) {
        static const char *const cursors[] = {"",
                                              "A",
                                              "AAAA",
                                              "%",
                                              "====",
                                              "a b",
                                              "カーソル",
                                              "////////////////////////////////////////////////////",
                                              "____________________________________________________________________"};
        const struct fixture *fixture = *state;

        for (size_t i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++)
                refuse(fixture, binding, cursors[i], PROBLEM_INVALID_PARAMETER);
}

static void cursors_live_as_long_as_their_key(void **state) {
        const struct fixture *fixture = *state;
        struct fixture moved = {.arena = fixture->arena, .secrets = load(KEY_B KEY_A)};
        struct fixture after = {.arena = fixture->arena, .secrets = load(KEY_B)};
        const char *key, *tie;
        const char *old = cursor_seal(fixture->secrets, fixture->arena, binding, "R-01", TIE);
        const char *new = cursor_seal(moved.secrets, fixture->arena, binding, "R-01", TIE);

        assert_int_equal(cursor_open(moved.secrets, moved.arena, binding, old, &key, &tie), 0);
        assert_int_equal(cursor_open(after.secrets, after.arena, binding, new, &key, &tie), 0);
        refuse(&after, binding, old, PROBLEM_CURSOR_EXPIRED);
        refuse(fixture, binding, new, PROBLEM_CURSOR_EXPIRED);
        secrets_free(moved.secrets);
        secrets_free(after.secrets);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_sealed_opens),    cmocka_unit_test(the_longest_key_fits_the_parameter),
                cmocka_unit_test(another_list_is_refused), cmocka_unit_test(every_changed_bit_is_noticed),
                cmocka_unit_test(rubbish_is_refused),      cmocka_unit_test(cursors_live_as_long_as_their_key),
        };
        return cmocka_run_group_tests_name("cursor", tests, set_up, tear_down);
}
