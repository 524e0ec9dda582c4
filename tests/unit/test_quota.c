#include "http/quota.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SECOND = 1000000 };

static int64_t start = INT64_C(86400) * SECOND; /* of a monotonic clock: any time */

static struct quotas *quotas_of(unsigned per_minute) {
        struct quotas *quotas;

        assert_int_equal(quotas_new(per_minute, &quotas), 0);
        return quotas;
}

static void a_bucket_holds_a_minutes_worth(void **state) {
        struct quotas *quotas = quotas_of(60);

        (void)state;
        for (unsigned i = 1; i <= 60; i++) {
                struct quota quota = quota_count(quotas, "a", start);
                assert_false(quota.refused);
                assert_int_equal(quota.left, 60 - i);
                assert_int_equal(quota.reset_s, i < 60 ? i : 1);
        }
        struct quota quota = quota_count(quotas, "a", start);
        assert_true(quota.refused);
        assert_int_equal(quota.left, 0);
        assert_int_equal(quota.reset_s, 1);
        quotas_free(quotas);
}

static void waiting_as_told_is_enough(void **state) {
        static const unsigned rates[] = {1, 7, 60, 6000, 9999999};

        (void)state;
        for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
                struct quotas *quotas = quotas_of(rates[r]);
                struct quota quota = {0};
                unsigned taken = 0;
                while (!(quota = quota_count(quotas, "a", start)).refused)
                        taken++;
                assert_int_equal(taken, rates[r]);
                assert_in_range(quota.reset_s, 1, 60);
                assert_false(quota_count(quotas, "a", start + (int64_t)quota.reset_s * SECOND).refused);
                quotas_free(quotas);
        }
}

static void a_refused_request_costs_nothing(void **state) {
        struct quotas *quotas = quotas_of(2);

        (void)state;
        quota_count(quotas, "a", start);
        quota_count(quotas, "a", start);
        for (int i = 0; i < 100; i++)
                assert_true(quota_count(quotas, "a", start + SECOND).refused);
        assert_false(quota_count(quotas, "a", start + 30 * SECOND).refused);
        assert_true(quota_count(quotas, "a", start + 30 * SECOND).refused);
        quotas_free(quotas);
}

static void a_bucket_never_holds_more_than_a_minutes_worth(void **state) {
        struct quotas *quotas = quotas_of(3);

        (void)state;
        quota_count(quotas, "a", start);
        for (int i = 0; i < 3; i++)
                assert_false(quota_count(quotas, "a", start + 86400 * (int64_t)SECOND).refused);
        assert_true(quota_count(quotas, "a", start + 86400 * (int64_t)SECOND).refused);
        quotas_free(quotas);
}

static void callers_do_not_share(void **state) {
        struct quotas *quotas = quotas_of(1);

        (void)state;
        assert_false(quota_count(quotas, "a", start).refused);
        assert_false(quota_count(quotas, "b", start).refused);
        assert_true(quota_count(quotas, "a", start).refused);
        assert_true(quota_count(quotas, "b", start).refused);
        quotas_free(quotas);
}

/* More callers than the table has room for: those with full buckets give way to others, not those that are used up. */
static void the_busy_are_remembered(void **state) {
        struct quotas *quotas = quotas_of(100);
        char name[32];

        (void)state;
        while (!quota_count(quotas, "busy", start).refused)
                ;
        for (int i = 0; i < 50000; i++) {
                snprintf(name, sizeof(name), "caller %d", i);
                assert_false(quota_count(quotas, name, start).refused);
        }
        assert_true(quota_count(quotas, "busy", start).refused);
        quotas_free(quotas);
}

enum { THREADS = 4, EACH = 1000 };

static void *take_many(void *closure) {
        unsigned *taken = calloc(1, sizeof(*taken));

        for (int i = 0; taken && i < EACH; i++)
                *taken += !quota_count(closure, "a", start).refused;
        return taken;
}

static void threads_together_take_no_more(void **state) {
        struct quotas *quotas = quotas_of(THREADS * EACH / 2);
        pthread_t threads[THREADS];
        unsigned taken = 0;

        (void)state;
        for (int i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, take_many, quotas), 0);
        for (int i = 0; i < THREADS; i++) {
                void *result;
                pthread_join(threads[i], &result);
                assert_non_null(result);
                taken += *(unsigned *)result;
                free(result);
        }
        assert_int_equal(taken, THREADS * EACH / 2);
        quotas_free(quotas);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_bucket_holds_a_minutes_worth),
                cmocka_unit_test(waiting_as_told_is_enough),
                cmocka_unit_test(a_refused_request_costs_nothing),
                cmocka_unit_test(a_bucket_never_holds_more_than_a_minutes_worth),
                cmocka_unit_test(callers_do_not_share),
                cmocka_unit_test(the_busy_are_remembered),
                cmocka_unit_test(threads_together_take_no_more),
        };
        return cmocka_run_group_tests_name("quota", tests, NULL, NULL);
}
