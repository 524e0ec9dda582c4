#include "http/room.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_taken(struct room *room, unsigned bodies, size_t bytes) {
        unsigned taken;
        size_t bytes_taken;

        room_count(room, &taken, &bytes_taken);
        assert_int_equal(taken, bodies);
        assert_int_equal(bytes_taken, bytes);
}

static void so_many_bodies_and_no_more(void **state) {
        struct room *room;

        (void)state;
        assert_int_equal(room_new(2, 100, &room), 0);
        assert_true(room_enter(room, 0));
        assert_true(room_enter(room, 0));
        assert_false(room_enter(room, 0));
        room_leave(room, 0);
        assert_true(room_enter(room, 0));
        assert_taken(room, 2, 0);
        room_free(room);
}

static void so_many_bytes_and_no_more(void **state) {
        struct room *room;

        (void)state;
        assert_int_equal(room_new(9, 100, &room), 0);
        assert_true(room_enter(room, 60));
        assert_false(room_enter(room, 41));
        assert_false(room_enter(room, SIZE_MAX));
        assert_true(room_enter(room, 10));
        assert_true(room_grow(room, 30));
        assert_false(room_grow(room, 1));
        assert_taken(room, 2, 100);
        room_leave(room, 40);
        assert_true(room_grow(room, 40));
        room_leave(room, 100);
        assert_taken(room, 0, 0);
        room_free(room);
}

static void *come_and_go(void *closure) {
        for (int i = 0; i < 20000; i++) {
                if (!room_enter(closure, 10))
                        continue;
                room_leave(closure, room_grow(closure, 5) ? 15 : 10);
        }
        return NULL;
}

static void nothing_is_lost_among_many(void **state) {
        struct room *room;
        pthread_t threads[4];

        (void)state;
        assert_int_equal(room_new(3, 40, &room), 0);
        for (size_t i = 0; i < 4; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, room), 0);
        for (size_t i = 0; i < 4; i++)
                pthread_join(threads[i], NULL);
        assert_taken(room, 0, 0);
        room_free(room);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(so_many_bodies_and_no_more),
                cmocka_unit_test(so_many_bytes_and_no_more),
                cmocka_unit_test(nothing_is_lost_among_many),
        };
        return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
