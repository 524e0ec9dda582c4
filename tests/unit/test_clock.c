#include "core/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void instants_there_and_back(void **state) {
        static const struct {
                const char *text;
                int64_t instant;
                const char *formatted;
        } cases[] = {
                {"1970-01-01T00:00:00Z", 0, "1970-01-01T09:00:00+09:00"},
                {"1970-01-01T09:00:00+09:00", 0, "1970-01-01T09:00:00+09:00"},
                {"2025-10-16T08:30:00+09:00", 1760571000 * CLOCK_SECOND, "2025-10-16T08:30:00+09:00"},
                {"2025-10-15t23:30:00z", 1760571000 * CLOCK_SECOND, "2025-10-16T08:30:00+09:00"},
                {"2025-10-15T18:30:00-05:00", 1760571000 * CLOCK_SECOND, "2025-10-16T08:30:00+09:00"},
                {"2025-10-16T08:30:00.5+09:00", 1760571000 * CLOCK_SECOND + 500000, "2025-10-16T08:30:00.5+09:00"},
                {"2025-10-16T08:30:00.1234567+09:00", 1760571000 * CLOCK_SECOND + 123456,
                 "2025-10-16T08:30:00.123456+09:00"},
                {"2025-10-16T08:30:00.000+09:00", 1760571000 * CLOCK_SECOND, "2025-10-16T08:30:00+09:00"},
                {"1969-12-31T23:59:59.999999Z", -1, "1970-01-01T08:59:59.999999+09:00"},
                {"1998-12-31T23:59:60Z", 915148800 * CLOCK_SECOND, "1999-01-01T09:00:00+09:00"},
                {"1999-01-01T08:59:60+09:00", 915148800 * CLOCK_SECOND, "1999-01-01T09:00:00+09:00"},
                {"2025-10-16T13:30:00+14:00", 1760571000 * CLOCK_SECOND, "2025-10-16T08:30:00+09:00"},
                {"2025-10-15T09:30:00-14:00", 1760571000 * CLOCK_SECOND, "2025-10-16T08:30:00+09:00"},
                {"2000-02-29T00:00:00+09:00", 951750000 * CLOCK_SECOND, "2000-02-29T00:00:00+09:00"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                int64_t instant = 42;
                char text[CLOCK_INSTANT_SIZE];
                assert_int_equal(clock_parse_instant(cases[i].text, &instant), 0);
                assert_int_equal(instant, cases[i].instant);
                clock_format_instant(instant, text);
                assert_string_equal(text, cases[i].formatted);
        }
}

static void bad_instants(void **state) {
        static const char *const cases[] = {
                "",
                "2025-10-16",
                "2025-10-16T08:30:00",
                "2025-10-16 08:30:00Z",
                "2025-10-16T08:30Z",
                "2025-10-16T24:00:00Z",
                "2025-10-16T08:60:00Z",
                "2025-10-16T08:30:61Z",
                "2025-10-16T08:30:60Z",
                "2025-10-16T08:30:00.Z",
                "2025-10-16T08:30:00,5Z",
                "2025-10-16T08:30:00+0900",
                "2025-10-16T08:30:00+24:00",
                "2025-10-16T08:30:00+14:01",
                "2025-10-16T08:30:00-15:00",
                "2025-10-16T08:30:00+09:60",
                "2025-10-16T08:30:00Z ",
                " 2025-10-16T08:30:00Z",
                "2025-02-29T08:30:00Z",
                "2025-13-01T08:30:00Z",
                "2025-00-01T08:30:00Z",
                "0000-01-01T08:30:00Z",
                "+025-01-01T08:30:00Z",
                "2025-10-16T8:30:00Z",
                "２025-10-16T08:30:00Z",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                int64_t instant = 42;
                assert_int_equal(clock_parse_instant(cases[i], &instant), -EINVAL);
                assert_int_equal(instant, 42);
        }
}

/* A leap day, a fraction and an offset do not help: the year is what counts. */
static void years_that_nobody_means(void **state) {
        struct date date = {7, 7, 7};
        struct month month = {7, 7};
        int64_t instant = 42;

        (void)state;
        assert_int_equal(clock_parse_date("1899-12-31", &date), -ERANGE);
        assert_int_equal(clock_parse_date("2200-01-01", &date), -ERANGE);
        assert_int_equal(clock_parse_date("0001-01-01", &date), -ERANGE);
        assert_int_equal(clock_parse_month("1899-12", &month), -ERANGE);
        assert_int_equal(clock_parse_month("9999-12", &month), -ERANGE);
        assert_int_equal(clock_parse_instant("1899-12-31T23:59:59.999Z", &instant), -ERANGE);
        assert_int_equal(clock_parse_instant("2200-01-01T00:00:00+14:00", &instant), -ERANGE);
        assert_true(date.year == 7 && month.year == 7 && instant == 42);
        assert_false(date_is_valid((struct date){1899, 12, 31}) || date_is_valid((struct date){2200, 1, 1}));
        assert_int_equal(clock_parse_date("1900-01-01", &date), 0);
        assert_int_equal(clock_parse_date("2199-12-31", &date), 0);
        assert_true(date_is_valid(date));
}

static void every_day_of_eight_centuries(void **state) {
        struct date date = {1600, 1, 1};
        int64_t first = date_to_days(date), days = first;

        (void)state;
        for (; date.year < 2400; days++) {
                struct date back = date_from_days(days);
                assert_true(back.year == date.year && back.month == date.month && back.day == date.day);
                assert_int_equal(date_to_days(date), days);
                assert_int_equal(date_weekday(date), (days - first + 6) % 7); /* 1600-01-01 was a Saturday */
                if (++date.day > month_days(month_of(date)))
                        date = date.month < 12 ? (struct date){date.year, date.month + 1, 1}
                                               : (struct date){date.year + 1, 1, 1};
        }
        assert_int_equal(days - first, 2 * 146097);
}

static void dates_and_months(void **state) {
        struct date date = {0};
        struct month month = {0};
        char text[CLOCK_DATE_SIZE];

        (void)state;
        assert_int_equal(clock_parse_date("2024-02-29", &date), 0);
        clock_format_date(date, text);
        assert_string_equal(text, "2024-02-29");
        assert_int_equal(clock_parse_date("2100-02-29", &date), -EINVAL);
        assert_int_equal(clock_parse_date("2024-2-29", &date), -EINVAL);
        assert_int_equal(clock_parse_date("2024-02-29x", &date), -EINVAL);
        assert_int_equal(clock_parse_date("0000-02-29", &date), -EINVAL);
        assert_int_equal(clock_parse_month("2025-12", &month), 0);
        assert_true(month.year == 2025 && month.month == 12);
        assert_int_equal(clock_parse_month("2025-13", &month), -EINVAL);
        assert_int_equal(clock_parse_month("2025-00", &month), -EINVAL);
        assert_int_equal(clock_parse_month("2025-1", &month), -EINVAL);
        assert_int_equal(clock_parse_month("2025-12-01", &month), -EINVAL);
        assert_int_equal(clock_parse_month("0000-12", &month), -EINVAL);
        assert_true(date_compare((struct date){2025, 12, 31}, (struct date){2026, 1, 1}) < 0);
        assert_true(date_compare((struct date){2026, 1, 1}, (struct date){2026, 1, 1}) == 0);
        assert_true(date_compare((struct date){2026, 1, 2}, (struct date){2026, 1, 1}) > 0);
}

static void the_day_and_month_are_those_of_japan(void **state) {
        int64_t last, first;

        (void)state;
        assert_int_equal(clock_parse_instant("2025-09-30T14:59:59.999999Z", &last), 0);
        assert_int_equal(clock_parse_instant("2025-09-30T15:00:00Z", &first), 0);
        assert_int_equal(date_compare(date_in_japan(last), (struct date){2025, 9, 30}), 0);
        assert_int_equal(date_compare(date_in_japan(first), (struct date){2025, 10, 1}), 0);
        assert_int_equal(date_begin((struct date){2025, 10, 1}), first);
}

static void clocks_run(void **state) {
        int64_t before = clock_monotonic_ms();

        (void)state;
        assert_true(clock_now() > 1700000000 * CLOCK_SECOND);
        assert_true(clock_monotonic_ms() >= before);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(instants_there_and_back),
                cmocka_unit_test(bad_instants),
                cmocka_unit_test(years_that_nobody_means),
                cmocka_unit_test(every_day_of_eight_centuries),
                cmocka_unit_test(dates_and_months),
                cmocka_unit_test(the_day_and_month_are_those_of_japan),
                cmocka_unit_test(clocks_run),
        };
        return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
