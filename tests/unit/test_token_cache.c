#include "auth/token_cache.h"
#include "core/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void cleanup_cache(struct token_cache **cache) {
        token_cache_free(*cache);
}

/* Digests of tokens are as good as random; these all want the same place. */
static void digest_of(unsigned number, unsigned char digest[static TOKEN_DIGEST_BYTES]) {
        memset(digest, 0, TOKEN_DIGEST_BYTES);
        memcpy(digest + TOKEN_DIGEST_BYTES - sizeof(number), &number, sizeof(number));
}

static void keep(struct token_cache *cache, unsigned number) {
        unsigned char digest[TOKEN_DIGEST_BYTES];
        char subject[16];

        snprintf(subject, sizeof(subject), "%u", number);
        digest_of(number, digest);
        token_cache_keep(cache, digest,
                         &(struct token_memory){
                                 .issuer = 1, .generation = 2, .expires = number, .subject = subject, .scopes = "a b"});
}

static bool is_kept(struct token_cache *cache, unsigned number) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        unsigned char digest[TOKEN_DIGEST_BYTES];
        struct token_memory memory;
        char subject[16];

        digest_of(number, digest);
        if (!token_cache_find(cache, digest, arena, &memory))
                return false;
        snprintf(subject, sizeof(subject), "%u", number);
        assert_int_equal(memory.issuer, 1);
        assert_int_equal(memory.generation, 2);
        assert_int_equal(memory.expires, number);
        assert_string_equal(memory.subject, subject);
        assert_null(memory.client);
        assert_string_equal(memory.scopes, "a b");
        return true;
}

static void what_is_kept_is_found(void **state) {
        _cleanup_(cleanup_cache) struct token_cache *cache = token_cache_new(8);

        (void)state;
        assert_false(is_kept(cache, 1));
        keep(cache, 1);
        assert_true(is_kept(cache, 1));
        keep(cache, 1);
        assert_true(is_kept(cache, 1));
        assert_false(is_kept(cache, 2));
}

static void the_longest_unasked_goes(void **state) {
        _cleanup_(cleanup_cache) struct token_cache *cache = token_cache_new(8);

        (void)state;
        for (unsigned i = 1; i <= 8; i++)
                keep(cache, i);
        assert_true(is_kept(cache, 1));
        keep(cache, 9);
        assert_false(is_kept(cache, 2));
        assert_true(is_kept(cache, 1));
        for (unsigned i = 3; i <= 9; i++)
                assert_true(is_kept(cache, i));
}

static void no_room_keeps_nothing(void **state) {
        _cleanup_(cleanup_cache) struct token_cache *cache = token_cache_new(0);

        (void)state;
        keep(cache, 1);
        assert_false(is_kept(cache, 1));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_kept_is_found),
                cmocka_unit_test(the_longest_unasked_goes),
                cmocka_unit_test(no_room_keeps_nothing),
        };
        return cmocka_run_group_tests_name("token_cache", tests, NULL, NULL);
}
