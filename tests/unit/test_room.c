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
        struct body bodies[3];

        (void)state;
        assert_int_equal(room_new(2, 100, &room), 0);
        assert_true(room_enter(room, &bodies[0], 1, 0));
        assert_true(room_enter(room, &bodies[1], 2, 0));
        assert_false(room_enter(room, &bodies[2], 3, 0));
        room_leave(room, &bodies[0]);
        assert_true(room_enter(room, &bodies[2], 3, 0));
        assert_taken(room, 2, 0);
        room_free(room);
}

static void so_many_bytes_and_no_more(void **state) {
        struct room *room;
        struct body bodies[2];

        (void)state;
        assert_int_equal(room_new(9, 100, &room), 0);
        assert_true(room_enter(room, &bodies[0], 1, 60));
        assert_false(room_enter(room, &bodies[1], 2, 41));
        assert_false(room_enter(room, &bodies[1], 2, SIZE_MAX));
        assert_true(room_enter(room, &bodies[1], 2, 10));
        assert_true(room_grow(room, &bodies[1], 30));
        assert_false(room_grow(room, &bodies[1], 1));
        assert_taken(room, 2, 100);
        room_leave(room, &bodies[1]);
        assert_true(room_grow(room, &bodies[0], 40));
        room_leave(room, &bodies[0]);
        assert_taken(room, 0, 0);
        room_free(room);
}

static void one_caller_has_three_quarters_of_it(void **state) {
        struct room *room;
        struct body bodies[5];

        (void)state;
        assert_int_equal(room_new(4, 100, &room), 0);
        assert_true(room_enter(room, &bodies[0], 1, 20));
        assert_false(room_enter(room, &bodies[1], 1, 56));
        assert_true(room_enter(room, &bodies[1], 1, 45));
        assert_true(room_grow(room, &bodies[1], 10));
        assert_false(room_grow(room, &bodies[0], 1));
        room_leave(room, &bodies[1]);
        assert_true(room_enter(room, &bodies[1], 1, 0));
        assert_true(room_enter(room, &bodies[2], 1, 0));
        assert_false(room_enter(room, &bodies[3], 1, 0));
        assert_true(room_enter(room, &bodies[3], 2, 0));
        assert_taken(room, 4, 20);
        room_free(room);
}

static void a_body_alone_may_have_it_all(void **state) {
        struct room *room;
        struct body bodies[2];

        (void)state;
        assert_int_equal(room_new(1, 100, &room), 0);
        assert_true(room_enter(room, &bodies[0], 1, 60));
        assert_true(room_grow(room, &bodies[0], 40));
        assert_false(room_enter(room, &bodies[1], 1, 0));
        room_free(room);
}

static void *come_and_go(void *closure) {
        struct body body;

        for (int i = 0; i < 20000; i++) {
                if (!room_enter(closure, &body, (uint64_t)pthread_self(), 10))
                        continue;
                room_grow(closure, &body, 5);
                room_leave(closure, &body);
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
                cmocka_unit_test(so_many_bodies_and_no_more),          cmocka_unit_test(so_many_bytes_and_no_more),
                cmocka_unit_test(one_caller_has_three_quarters_of_it), cmocka_unit_test(a_body_alone_may_have_it_all),
                cmocka_unit_test(nothing_is_lost_among_many),
        };
        return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
