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

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(dates_are_read),
                cmocka_unit_test(what_is_no_date_is_refused),
        };
        return cmocka_run_group_tests_name("wareki", tests, NULL, NULL);
}
