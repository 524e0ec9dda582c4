#include "core/arena.h"
#include "core/cleanup.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void blocks_are_zeroed_aligned_and_apart(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        static const size_t sizes[] = {1, 0, 7, 4096, 3, 16384, 16385, 100000, 5, 16383, 2};
        unsigned char *blocks[sizeof(sizes) / sizeof(sizes[0])];

        (void)state;
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                blocks[i] = arena_alloc(arena, sizes[i]);
                assert_int_equal((uintptr_t)blocks[i] % alignof(max_align_t), 0);
                for (size_t byte = 0; byte < sizes[i]; byte++)
                        assert_int_equal(blocks[i][byte], 0);
                memset(blocks[i], (int)i + 1, sizes[i]);
        }
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
                for (size_t byte = 0; byte < sizes[i]; byte++)
                        assert_int_equal(blocks[i][byte], i + 1);
}

static void many_blocks(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        char *texts[5000];

        (void)state;
        for (int i = 0; i < 5000; i++)
                texts[i] = arena_printf(arena, "%d-%s", i, "消防局");
        for (int i = 0; i < 5000; i++) {
                char expected[32];
                snprintf(expected, sizeof(expected), "%d-消防局", i);
                assert_string_equal(texts[i], expected);
        }
}

static void texts_are_copied(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        char text[] = "device";

        (void)state;
        char *whole = arena_strdup(arena, text), *part = arena_strndup(arena, text, 3),
             *empty = arena_strdup(arena, "");
        memset(text, 'x', 6);
        assert_string_equal(whole, "device");
        assert_string_equal(part, "dev");
        assert_string_equal(empty, "");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(blocks_are_zeroed_aligned_and_apart),
                cmocka_unit_test(many_blocks),
                cmocka_unit_test(texts_are_copied),
        };
        return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
