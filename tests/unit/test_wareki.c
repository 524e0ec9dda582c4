#include "core/wareki.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void dates_are_read(void **state) {
        static const struct {
                const char *text, *iso;
        } cases[] = {
                {"令和7年10月16日", "2025-10-16"},
                {"令和元年5月1日", "2019-05-01"},
                {"令和1年5月1日", "2019-05-01"},
                {"R7.10.16", "2025-10-16"},
                {"r07.01.06", "2025-01-06"},
                {"R7/10/16", "2025-10-16"},
                {"R7-10-16", "2025-10-16"},
                {"R元.5.1", "2019-05-01"},
                {"令和７年１０月１６日", "2025-10-16"},
                {"Ｒ７．１０．１６", "2025-10-16"},
                {"R7年10月16日", "2025-10-16"},
                {"㋿7年10月16日", "2025-10-16"},
                {"㍻31年4月30日", "2019-04-30"},
                {"平成元年1月8日", "1989-01-08"},
                {"H31.4.30", "2019-04-30"},
                {"昭和64年1月7日", "1989-01-07"},
                {"昭和元年12月25日", "1926-12-25"},
                {"S64.1.7", "1989-01-07"},
                {" 令和　7年 1月　6日 ", "2025-01-06"},
                {"令和 元年 5月 1日", "2019-05-01"},
                {"令和6年2月29日", "2024-02-29"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct date date;
                char text[CLOCK_DATE_SIZE];
                assert_int_equal(wareki_parse_date(cases[i].text, &date), 0);
                clock_format_date(date, text);
                assert_string_equal(text, cases[i].iso);
        }
}

static void what_is_no_date_is_refused(void **state) {
        static const char *const cases[] = {
                "",
                "令和",
                "令和7年",
                "令和7年10月",
                "令和7年10月16",
                "令和7年2月29日",
                "令和0年1月1日",
                "令和元年4月30日",
                "平成31年5月1日",
                "平成元年1月7日",
                "昭和64年1月8日",
                "昭和元年12月24日",
                "7年10月16日",
                "R7.10",
                "R7.10.",
                "R7.10/16",
                "R7 10 16",
                "R.10.16",
                "R7.13.1",
                "R7.0.1",
                "令和7.10.16",
                "令和7年10月16日x",
                "令和100年1月1日",
                "X7.10.16",
                "R007.1.1",
                "明治45年7月30日",
                "令和-7年1月1日",
                "2025-10-16",
                "令和7年10月16日\xef",
                "R7.10.16\xef\xbc",
                "\xef",
                "令和元元年5月1日",
                "R7.10.16.1",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct date date = {1, 1, 1};
                assert_int_equal(wareki_parse_date(cases[i], &date), -EINVAL);
                assert_int_equal(date.year, 1);
        }
}

static void dates_are_written(void **state) {
        static const struct {
                struct date date;
                const char *text;
        } cases[] = {
                {{2025, 10, 16}, "令和7年10月16日"}, {{2019, 5, 1}, "令和元年5月1日"},
                {{2019, 4, 30}, "平成31年4月30日"},  {{1989, 1, 8}, "平成元年1月8日"},
                {{1989, 1, 7}, "昭和64年1月7日"},    {{1926, 12, 24}, "1926年12月24日"},
                {{2118, 1, 1}, "令和100年1月1日"},   {{9999, 12, 31}, "令和7981年12月31日"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char text[WAREKI_DATE_SIZE];
                wareki_format_date(cases[i].date, text);
                assert_string_equal(text, cases[i].text);
        }
}

static void months_are_written(void **state) {
        char text[WAREKI_MONTH_SIZE];

        (void)state;
        wareki_format_month((struct month){2025, 10}, text);
        assert_string_equal(text, "令和7年10月");
        wareki_format_month((struct month){1989, 1}, text);
        assert_string_equal(text, "平成元年1月");
        wareki_format_month((struct month){2019, 4}, text);
        assert_string_equal(text, "平成31年4月");
}

static void each_day_comes_back(void **state) {
        (void)state;
        for (int64_t day = date_to_days((struct date){1926, 12, 25}); day < date_to_days((struct date){2118, 1, 1});
             day++) {
                char text[WAREKI_DATE_SIZE];
                struct date date;
                wareki_format_date(date_from_days(day), text);
                assert_int_equal(wareki_parse_date(text, &date), 0);
                assert_int_equal(date_to_days(date), day);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(dates_are_read),      cmocka_unit_test(what_is_no_date_is_refused),
                cmocka_unit_test(dates_are_written),   cmocka_unit_test(months_are_written),
                cmocka_unit_test(each_day_comes_back),
        };
        return cmocka_run_group_tests_name("wareki", tests, NULL, NULL);
}
