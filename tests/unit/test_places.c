#include "db/places.h"

#include "core/clock.h"
#include "problems.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { THREADS = 16, ROUNDS = 2000, THINGS = 5 };

static int set_up(void **state) {
        return (*state = places_new()) ? 0 : -1;
}

static int tear_down(void **state) {
        places_free(*state);
        return 0;
}

static void names_are_told_apart(void **state) {
        (void)state;
        assert_true(places_thing("a") == places_thing("a"));
        assert_true(places_thing("a") != places_thing("b"));
        assert_true(places_thing("") != places_thing("a"));
}

/* A guest on a thread of its own that takes two things. */
struct guest {
        struct places *places;
        struct place wanted[2];
        pthread_t thread;
        size_t missing;
        atomic_int result;
};

static void *visit(void *argument) {
        struct guest *guest = argument;
        int r = places_take(guest->places, guest->wanted, 2, &guest->missing);

        atomic_store(&guest->result, r);
        if (r == 0)
                places_leave(guest->places, guest->wanted, 2);
        return NULL;
}

static void start(struct guest *guest, struct places *places, uint64_t first, uint64_t second) {
        *guest = (struct guest){.places = places, .wanted = {{.thing = first}, {.thing = second}}};
        atomic_init(&guest->result, -1);
        assert_int_equal(pthread_create(&guest->thread, NULL, visit, guest), 0);
}

/* Who waits for one thing keeps nobody from the other that he wants as well, and is served once it comes free. */
static void all_are_taken_or_none(void **state) {
        struct places *places = *state;
        struct place taken[2] = {{.thing = 1}, {.thing = 1}}, others[2] = {{.thing = 2}, {.thing = 2}};
        struct guest guest;
        size_t missing;

        for (int i = 0; i < 2; i++)
                assert_int_equal(places_take(places, &taken[i], 1, &missing), 0);
        start(&guest, places, 2, 1);
        usleep(50000);
        int64_t began = clock_monotonic_ms();
        for (int i = 0; i < 2; i++)
                assert_int_equal(places_take(places, &others[i], 1, &missing), 0);
        assert_in_range(clock_monotonic_ms() - began, 0, 100);
        places_leave(places, &taken[0], 1);
        usleep(50000);
        assert_int_equal(atomic_load(&guest.result), -1);
        places_leave(places, &others[0], 1);
        pthread_join(guest.thread, NULL);
        assert_int_equal(atomic_load(&guest.result), 0);
        places_leave(places, &taken[1], 1);
        places_leave(places, &others[1], 1);
}

static void in_the_end_it_is_said_what_was_missing(void **state) {
        struct places *places = *state;
        struct place taken[2] = {{.thing = 1}, {.thing = 1}};
        struct guest guest;
        size_t missing;

        for (int i = 0; i < 2; i++)
                assert_int_equal(places_take(places, &taken[i], 1, &missing), 0);
        int64_t began = clock_monotonic_ms();
        start(&guest, places, 2, 1);
        pthread_join(guest.thread, NULL);
        assert_int_equal(atomic_load(&guest.result), PROBLEM_BUSY);
        assert_int_equal(guest.missing, 1);
        assert_in_range(clock_monotonic_ms() - began, PLACES_WAIT_MS - 50, PLACES_WAIT_MS + 2000);
        for (int i = 0; i < 2; i++)
                places_leave(places, &taken[i], 1);
}

/* Those who wait for nothing that is taken overtake; of the others the first comes first. */
static void first_come_is_first_served(void **state) {
        struct places *places = *state;
        struct place taken[2] = {{.thing = 1}, {.thing = 1}};
        struct guest guests[3];
        size_t missing;

        for (int i = 0; i < 2; i++)
                assert_int_equal(places_take(places, &taken[i], 1, &missing), 0);
        for (unsigned i = 0; i < 2; i++) {
                start(&guests[i], places, 1, 10 + i);
                usleep(30000);
        }
        start(&guests[2], places, 20, 21);
        pthread_join(guests[2].thread, NULL);
        assert_int_equal(atomic_load(&guests[2].result), 0);
        places_leave(places, &taken[0], 1);
        for (int i = 0; i < 2; i++) {
                pthread_join(guests[i].thread, NULL);
                assert_int_equal(atomic_load(&guests[i].result), 0);
        }
        places_leave(places, &taken[1], 1);
}

static void a_thing_has_as_many_places_as_is_said(void **state) {
        struct places *places = *state;
        struct place taken[3] = {{.thing = 1, .most = 3}, {.thing = 1, .most = 3}, {.thing = 1, .most = 3}};
        struct place late = {.thing = 1, .most = 3};
        size_t missing = 7;

        for (int i = 0; i < 3; i++)
                assert_int_equal(places_take(places, &taken[i], 1, &missing), 0);
        assert_int_equal(places_take(places, &late, 1, &missing), PROBLEM_BUSY);
        assert_int_equal(missing, 0);
        for (int i = 0; i < 3; i++)
                places_leave(places, &taken[i], 1);
}

struct crowd {
        struct places *places;
        atomic_int inside[THINGS];
        atomic_int too_many, served;
};

static void *come_and_go(void *argument) {
        struct crowd *crowd = argument;
        unsigned seed = (unsigned)(uintptr_t)pthread_self();

        for (int i = 0; i < ROUNDS; i++) {
                unsigned a = (unsigned)rand_r(&seed) % THINGS,
                         b = (a + 1 + (unsigned)rand_r(&seed) % (THINGS - 1)) % THINGS;
                struct place wanted[2] = {{.thing = a}, {.thing = b}};
                size_t missing;
                if (places_take(crowd->places, wanted, 2, &missing) != 0)
                        continue;
                if (atomic_fetch_add(&crowd->inside[a], 1) >= PLACES_EACH ||
                    atomic_fetch_add(&crowd->inside[b], 1) >= PLACES_EACH)
                        atomic_fetch_add(&crowd->too_many, 1);
                atomic_fetch_add(&crowd->served, 1);
                atomic_fetch_sub(&crowd->inside[a], 1);
                atomic_fetch_sub(&crowd->inside[b], 1);
                places_leave(crowd->places, wanted, 2);
        }
        return NULL;
}

static void never_more_than_two_at_one_thing(void **state) {
        struct crowd crowd = {.places = *state};
        pthread_t threads[THREADS];

        for (int i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &crowd), 0);
        for (int i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
        assert_int_equal(atomic_load(&crowd.too_many), 0);
        assert_int_equal(atomic_load(&crowd.served), THREADS * ROUNDS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(names_are_told_apart),
                TEST(all_are_taken_or_none),
                TEST(in_the_end_it_is_said_what_was_missing),
                TEST(first_come_is_first_served),
                TEST(a_thing_has_as_many_places_as_is_said),
                TEST(never_more_than_two_at_one_thing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
