#include "http/turns.h"

#include "core/clock.h"
#include "problems.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

enum { WORKERS = 12, MOST = 2 };

static atomic_int at_once, most_at_once, served;

static bool here(void *context) {
        (void)context;
        return false;
}

static bool left(void *context) {
        (void)context;
        return true;
}

static void *work(void *turns) {
        if (turns_take(turns, 10000, here, NULL) != 0)
                return NULL;
        int now = atomic_fetch_add(&at_once, 1) + 1, most = atomic_load(&most_at_once);
        while (now > most && !atomic_compare_exchange_weak(&most_at_once, &most, now))
                ;
        usleep(20000);
        atomic_fetch_sub(&at_once, 1);
        atomic_fetch_add(&served, 1);
        turns_end(turns);
        return NULL;
}

static void few_at_once_and_everybody_in_the_end(void **state) {
        struct turns *turns;
        pthread_t threads[WORKERS];

        (void)state;
        assert_int_equal(turns_new(MOST, &turns), 0);
        for (int i = 0; i < WORKERS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, work, turns), 0);
        for (int i = 0; i < WORKERS; i++)
                pthread_join(threads[i], NULL);
        assert_int_equal(atomic_load(&served), WORKERS);
        assert_int_equal(atomic_load(&most_at_once), MOST);
        turns_free(turns);
}

static void waiting_ends(void **state) {
        struct turns *turns;

        (void)state;
        assert_int_equal(turns_new(1, &turns), 0);
        assert_int_equal(turns_take(turns, 0, here, NULL), 0);
        int64_t began_ms = clock_monotonic_ms();
        assert_int_equal(turns_take(turns, 100, here, NULL), PROBLEM_BUSY);
        assert_in_range(clock_monotonic_ms() - began_ms, 100, 5000);
        /* Whoever has left does not wait to the end. */
        assert_int_equal(turns_take(turns, 60000, left, NULL), PROBLEM_BUSY);
        assert_in_range(clock_monotonic_ms() - began_ms, 100, 20000);
        turns_end(turns);
        assert_int_equal(turns_take(turns, 0, here, NULL), 0);
        turns_end(turns);
        turns_free(turns);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(few_at_once_and_everybody_in_the_end),
                cmocka_unit_test(waiting_ends),
        };

        return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
