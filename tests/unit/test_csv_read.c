#include "csv_read_fixture.h"

static void rows_are_read(void **state) {
        (void)state;
        check("code\r\nR-01\r\n", "[{\"line\":2,\"code\":\"R-01\"}]", "");
        check("code\nR-01", "[{\"line\":2,\"code\":\"R-01\"}]", "");
        check("code\rR-01\rR-02\r", "[{\"line\":2,\"code\":\"R-01\"},{\"line\":3,\"code\":\"R-02\"}]", "");
        check("code\n", "[]", "");
        check("code", "[]", "");
        check("\xef\xbb\xbf"
              "code,name\r\nR-01,ルータ\r\n",
              "[{\"line\":2,\"code\":\"R-01\",\"name\":\"ルータ\"}]", "");
        check("\x8b\x40\x8a\xed\x94\xd4\x8d\x86,\x95\x69\x96\xbc\r\nR-01,\x83\x5c\x81\x60\r\n", /* CP932 */
              "[{\"line\":2,\"code\":\"R-01\",\"name\":\"ソ～\"}]", "");
        check("name,code\n,R-01\n", "[{\"line\":2,\"code\":\"R-01\"}]", "");
        check("code,name\nR-01,か\u3099\n", "[{\"line\":2,\"code\":\"R-01\",\"name\":\"が\"}]", "");
}

static void quotes_are_read(void **state) {
        (void)state;
        check("\"code\",\"name\"\r\n\"R-01\",\"a,b\"\"c\"\"\"\r\n",
              "[{\"line\":2,\"code\":\"R-01\",\"name\":\"a,b\\\"c\\\"\"}]", "");
        check("code,name\nR-01,\"a\r\nb\rc\nd\"\nR-02,e\n",
              "[{\"line\":2,\"code\":\"R-01\",\"name\":\"a\\nb\\nc\\nd\"},{\"line\":6,\"code\":\"R-02\",\"name\":\"e\"}"
              "]",
              "");
        check("code,name\nR-01,\"\"\n", "[{\"line\":2,\"code\":\"R-01\"}]", "");
        check("code,name\nR-01,15\"モニタ\"\n", "[{\"line\":2,\"code\":\"R-01\",\"name\":\"15\\\"モニタ\\\"\"}]", "");
        check("code,name\nR-01,\"a\"b\nR-02,c\n", "[{\"line\":3,\"code\":\"R-02\",\"name\":\"c\"}]", "2 - quote_stray");
        check("code,name\nR-01,\"a\nR-02,c\n", "[]", "2 - quote_open");
        check("code,name\nR-01,\"", "[]", "2 - quote_open");
        check("\"code", "[]", "1 - quote_open");
        check("code,\"name\"x\nR-01,a\n", "[]", "1 - quote_stray");
}

static void the_header_is_checked(void **state) {
        (void)state;
        check("", "[]", "1 - no_header");
        check_bytes("", 0, CHARSET_UTF8, "[]", "1 - no_header");
        check_bytes("", 0, CHARSET_CP932, "[]", "1 - no_header");
        check("\r\n\r\n", "[]", "2 - no_header");
        check("機器番号,品名,種別\nR-01,a,ルータ\n",
              "[{\"line\":2,\"code\":\"R-01\",\"name\":\"a\",\"kind\":\"router\"}]", "");
        check("　ＣＯＤＥ ,\"name \"\nR-01,a\n", "[{\"line\":2,\"code\":\"R-01\",\"name\":\"a\"}]", "");
        check("code,品\u202e名\nR-01,a\n", "[]", "1 - character");
        check("code,\x1b$B;aL>\x1b(B\nR-01,a\n", "[]", "1 - character");
        check("code,colour\nR-01,red\nX,red\n", "[]", "1 colour unknown_column\n3 code too_short");
        check("code,name,code\nR-01,a,b\n", "[]", "1 code repeated_column");
        check("code,機器番号\nR-01,b\n", "[]", "1 code repeated_column");
        check("name\na\n", "[]", "1 code missing_column");
        check("Ｃｏｄｅ\u200b,品\ufe00 名\nR-01,a\n", "[{\"line\":2,\"code\":\"R-01\",\"name\":\"a\"}]", "");
        check("管理番号,\"品\n 名\"\nR-01,a\n", "[{\"line\":3,\"code\":\"R-01\",\"name\":\"a\"}]", "");
        check("code,あいうえおあいうえおあいうえおあいうえおあいうえおあいうえおあいうえおあいうえおX\nR-01,a\n", "[]",
              "1 あいうえおあいうえおあいうえおあいうえおあいうえおあいうえおあいうえおあいうえお unknown_column");
}

static void what_spreadsheets_leave_is_passed_over(void **state) {
        static const char one[] = "[{\"line\":2,\"code\":\"R-01\",\"name\":\"a\"}]";

        (void)state;
        check("code,name\nR-01\n", "[{\"line\":2,\"code\":\"R-01\"}]", "");
        check("name,code\na\n", "[]", "2 code required");
        check("code,name\nR-01,a,\" 　\",,\n", one, "");
        check("code,name,,\nR-01,a,,\n,,,\n", one, "");
        check("code,,name\nR-01,,a\n", one, "");
        check("code,name\nR-01,a\n\n\n,\n   \n　,\n\r\n", one, "");
        check("code,name\n\n,\nR-01,a\n", "[{\"line\":4,\"code\":\"R-01\",\"name\":\"a\"}]", "");
        check("\n\ncode\nR-01\n", "[{\"line\":4,\"code\":\"R-01\"}]", "");
        check("code,name\nR-02,b\nR-03,c,d\n", "[{\"line\":2,\"code\":\"R-02\",\"name\":\"b\"}]", "3 - row_length");
        check("code,,name\nR-01,x,a\n", "[]", "2 - no_heading");
}

static void another_separator_is_told_once(void **state) {
        (void)state;
        check("code;name\nR-01;a\nR-02;b\n", "[]", "1 - separator");
        check("\r\n\"code\"\t\"name\"\nR-01\ta\n", "[]", "1 - separator");
        check("\t\t\n;\ncode\tname\nR-01\ta\n", "[]", "1 - separator");
        check("code\t\nR-01\n", "[{\"line\":2,\"code\":\"R-01\"}]", "");
        check("code,a;b\n", "[]", "1 a;b unknown_column");
}

/* What empties a cell on purpose, where the contract takes that. */
static void a_cell_is_emptied_by_a_word(void **state) {
        (void)state;
        check("code,name,parts\nR-01, （空） ,(EMPTY)\n", "[{\"line\":2,\"code\":\"R-01\",\"name\":null,\"parts\":[]}]",
              "");
        check("code,kind,on\n（空）,（空）,（空）\n", "[]", "2 code required\n2 kind required\n2 on required");
}

static void unreadable_files_are_refused(void **state) {
        (void)state;
        check_bytes("code\nR-01\n\xff\n", 12, CHARSET_UTF8, "[]", "3 - encoding");
        check_bytes("code\r\nR-01\r\nab\x81", 15, CHARSET_CP932, "[]", "3 - encoding");
        check_bytes("code\rR-01\r\0", 11, CHARSET_UNKNOWN, "[]", "3 - encoding");
        check_bytes("\x83\x5c", 2, CHARSET_UTF8, "[]", "1 - encoding");
}

/* One cell of a column, with R-01 as the code: the JSON value, ! for none, or the code of the fault. */
static void check_cell(const char *column, const char *cell, const char *wanted) {
        char file[256], rows[256], faults[64] = "";
        bool fault = !strchr("\"0123456789-tfn![", *wanted) || strcmp(wanted, "timestamp") == 0 ||
                     strncmp(wanted, "too_", 4) == 0;

        snprintf(file, sizeof(file), "code,%s\nR-01,\"%s\"\n", column, cell);
        snprintf(rows, sizeof(rows),
                 fault            ? "[]"
                 : *wanted == '!' ? "[{\"line\":2,\"code\":\"R-01\"}]"
                                  : "[{\"line\":2,\"code\":\"R-01\",\"%s\":%s}]",
                 column, wanted);
        if (fault)
                snprintf(faults, sizeof(faults), "2 %s %s", column, wanted);
        check(file, rows, faults);
}

static void cells_are_converted(void **state) {
        static const char *const cases[][3] = {
                {"name", " 　a b\t", "\"a b\""},
                {"name", "　", "!"},
                {"name", "ＡＢ", "\"ＡＢ\""},
                {"name", "12345678901234567890", "\"12345678901234567890\""},
                {"name", "123456789012345678901", "too_long"},
                {"name", "あいうえおあいうえおあいうえおあいうえお", "\"あいうえおあいうえおあいうえおあいうえお\""},
                {"name", "a\tb", "\"a\\tb\""},
                {"name", "a\x01", "character"},
                {"name", "a\x7f", "character"},
                {"name", "\xc2\x85x", "character"},
                {"name", "\ue000", "character"},
                {"name", "a\ufeff", "character"},
                {"name", "\U000f0000", "character"},
                {"name", "\\", "\"\\\\\""},
                {"name", "𠮷野家", "\"𠮷野家\""},
                {"count", "1", "1"},
                {"count", "１００", "100"},
                {"count", "0", "too_small"},
                {"count", "101", "too_large"},
                {"count", "1.5", "integer"},
                {"count", "1,000", "integer"},
                {"count", "一", "integer"},
                {"count", "", "!"},
                {"bytes", "50000000000", "50000000000"},
                {"bytes", "-1", "-1"},
                {"bytes", "−1", "-1"},
                {"bytes", "+7", "7"},
                {"bytes", "007", "7"},
                {"bytes", "-", "integer"},
                {"bytes", "--1", "integer"},
                {"bytes", "1-1", "integer"},
                {"bytes", "0x10", "integer"},
                {"bytes", "9223372036854775807", "9223372036854775807"},
                {"count", "9223372036854775808", "too_large"},
                {"count", "-9223372036854775809", "too_small"},
                {"spare", "はい", "true"},
                {"spare", "TRUE", "true"},
                {"spare", "１", "true"},
                {"spare", "いいえ", "false"},
                {"spare", "False", "false"},
                {"spare", "0", "false"},
                {"spare", "○", "true"},
                {"spare", "〇", "true"},
                {"spare", "◯", "true"},
                {"spare", "有", "true"},
                {"spare", "あり", "true"},
                {"spare", "Ｙｅｓ", "true"},
                {"spare", "×", "false"},
                {"spare", "✕", "false"},
                {"spare", "✖", "false"},
                {"spare", "無", "false"},
                {"spare", "なし", "false"},
                {"spare", "ハイ", "true"},
                {"spare", "ｱﾘ", "true"},
                {"spare", "✔\ufe0f", "true"},
                {"spare", "☑", "true"},
                {"spare", "無　し", "false"},
                {"spare", "x", "boolean"},
                {"spare", "○\u202e", "character"},
                {"spare", "2", "boolean"},
                {"on", "2025-10-16", "\"2025-10-16\""},
                {"on", "2025/4/1", "\"2025-04-01\""},
                {"on", "２０２５／０４／０１", "\"2025-04-01\""},
                {"on", "令和7年4月1日", "\"2025-04-01\""},
                {"on", "令和元年5月1日", "\"2019-05-01\""},
                {"on", "R7.4.1", "\"2025-04-01\""},
                {"on", "2024-02-29", "\"2024-02-29\""},
                {"on", "2025-02-29", "date"},
                {"on", "2025/2/29", "date"},
                {"on", "2025/4", "date"},
                {"on", "2025/4/1/", "date"},
                {"on", "25/4/1", "date"},
                {"on", "2025/004/1", "date"},
                {"on", "2025年4月1日", "\"2025-04-01\""},
                {"on", "2025年 4月 1日", "\"2025-04-01\""},
                {"on", "2025.4.1", "\"2025-04-01\""},
                {"on", "20250401", "\"2025-04-01\""},
                {"on", "2025-4-1", "\"2025-04-01\""},
                {"on", "2025/4/1 0:00", "\"2025-04-01\""},
                {"on", "2025/4/1  00:00:00", "\"2025-04-01\""},
                {"on", "２０２５年４月１日", "\"2025-04-01\""},
                {"on", "2025/4/1 8:30", "date"},
                {"on", "2025年4月1", "date"},
                {"on", "2025.4/1", "date"},
                {"on", "20250431", "date"},
                {"on", "0206/4/1", "date"},
                {"on", "2200-01-01", "date"},
                {"on", "2025 年 4 月 1 日", "\"2025-04-01\""},
                {"on", "2025\u00a0/\u00a04 / 1", "\"2025-04-01\""},
                {"on", "2025―4—1", "\"2025-04-01\""},
                {"on", "2025/4/1(火)", "\"2025-04-01\""},
                {"on", "2025年4月1日 火曜日", "\"2025-04-01\""},
                {"on", "令和7年4月6日㈰", "\"2025-04-06\""},
                {"on", "2025/4/1(水)", "date"},
                {"on", "(火)", "date"},
                {"on", "2025-04-01 00:00:00.000", "\"2025-04-01\""},
                {"on", "2025-04-01T00:00:00+09:00", "\"2025-04-01\""},
                {"on", "2025-04-01 00:00:00.001", "date"},
                {"on", "2025-04-01T00:00:00Z", "date"},
                {"on", "2025/4/1 24:00", "date"},
                {"on", "2199-12-31T15:00:00Z", "date"},
                {"on", "2025 x", "date"},
                {"on", "45748", "serial_date"},
                {"on", "45748.0", "serial_date"},
                {"on", "-1", "date"},
                {"at", "2025-10-16T08:30:00+09:00", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "2025-10-15T23:30:00Z", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "2025-10-15 23:30:00Z", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "2025-10-16 08:30", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "2025-10-16T08:30", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "2025/10/16 8:30", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "2025/10/16　8:30", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "2025/10/16 8:30:15", "\"2025-10-16T08:30:15+09:00\""},
                {"at", "令和7年10月16日 8:30", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "令和 7年 10月 16日 8:30", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "2025-10-16", "timestamp"},
                {"at", "8:30", "timestamp"},
                {"at", "2025 8:30", "timestamp"},
                {"at", "2025-10-16 08:30:00.000", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "2025/10/16(木) 8:30", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "2025年10月16日 8時30分", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "2025年10月16日 8時30分15秒", "\"2025-10-16T08:30:15+09:00\""},
                {"at", "2025-10-16 8時30", "timestamp"},
                {"at", "2025-10-16 8:30秒", "timestamp"},
                {"at", "2025-10-16T23:59:59.9999999", "\"2025-10-16T23:59:59.999999+09:00\""},
                {"at", "2025-10-16 08:30:00.", "timestamp"},
                {"at", "2025-10-16 24:00", "\"2025-10-17T00:00:00+09:00\""},
                {"at", "2025-10-16 24:00:01", "timestamp"},
                {"at", "2025-10-16 25:00", "timestamp"},
                {"at", "2025-10-16  8:30", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "2025-10-16  23:30:00Z", "\"2025-10-17T08:30:00+09:00\""},
                {"at", "2025年10月16日 8:30", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "20251016 8:30", "\"2025-10-16T08:30:00+09:00\""},
                {"at", "2199-12-31 24:00", "timestamp"},
                {"at", "45946.354166666", "serial_date"},
                {"at", "2025-10-16 8:60", "timestamp"},
                {"at", "2025-10-16 8:30:61", "timestamp"},
                {"at", "2025-10-16 ", "timestamp"},
                {"at", "2025-10-16 08:30:00 x", "timestamp"},
                {"at", "9999-12-31T23:00:00-10:00", "timestamp"},
                {"kind", "router", "\"router\""},
                {"kind", "ＲＯＵＴＥＲ", "\"router\""},
                {"kind", "ﾙｰﾀ", "\"router\""},
                {"kind", "other", "\"other\""},
                {"kind", "るー　た", "\"router\""},
                {"kind", "カメラ\ufe0e", "\"camera\""},
                {"kind", "Camera", "\"camera\""},
                {"kind", "カメラ\u202e", "character"},
                {"kind", "ルーター", "\"router\""},
                {"kind", "モニタ", "enum"},
                {"parts", "三脚", "[\"三脚\"]"},
                {"parts", "a、b，c", "[\"a\",\"b\",\"c\"]"},
                {"parts", "a； b ;c", "[\"a\",\"b\",\"c\"]"},
                {"parts", "a／b,c", "[\"a\",\"b\",\"c\"]"},
                {"parts", "a\nb/c", "[\"a\",\"b/c\"]"},
                {"parts", "a、、b", "too_short"},
                {"parts", "a、", "too_short"},
                {"parts", "a、b、a", "duplicate_item"},
                {"parts", "a、b、c、d", "too_many_items"},
                {"parts", "abcde", "too_long"},
                {"kind", "", "!"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                check_cell(cases[i][0], cases[i][1], cases[i][2]);
        check("code\nＲ－０１\n", "[{\"line\":2,\"code\":\"R-01\"}]", "");
        check("code\nR\n", "[]", "2 code too_short");
        check("code\nR-0123456\n", "[]", "2 code too_long");
        check("code\n\"R\n1\"\n", "[]", "2 code character");
        check("code,name\n,a\n", "[]", "2 code required");
        check("code,name,kind\nX,\x01,y\n", "[]", "2 code too_short\n2 name character\n2 kind enum");
}

static void what_is_allowed_is_said(void **state) {
        static const char file[] = "code,kind,count\nX,a,0\nR-01,router,101\n";
        _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};

        (void)state;
        assert_int_equal(csv_read(file, strlen(file), CHARSET_UNKNOWN, columns, &sheet), 0);
        assert_int_equal(sheet.fault_count, 4);
        assert_non_null(strstr(sheet.faults[0].ja, "2文字以上"));
        assert_non_null(strstr(sheet.faults[1].ja, "指定できる値：ルータ、カメラ、その他"));
        assert_non_null(strstr(sheet.faults[1].en, "router, camera, other"));
        assert_non_null(strstr(sheet.faults[2].en, "1"));
        assert_int_equal(sheet.bad_row_count, 2);

        _cleanup_json_ json_t *faults = json_loads(csv_faults(&sheet, true), JSON_REJECT_DUPLICATES, NULL);
        assert_int_equal(json_array_size(faults), 4);
        json_t *first = json_array_get(faults, 0);
        assert_int_equal(json_integer_value(json_object_get(first, "line")), 2);
        assert_string_equal(json_string_value(json_object_get(first, "column")), "code");
        assert_string_equal(json_string_value(json_object_get(first, "code")), "too_short");
        assert_string_equal(json_string_value(json_object_get(first, "detail")), sheet.faults[0].en);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_are_read),
                cmocka_unit_test(quotes_are_read),
                cmocka_unit_test(the_header_is_checked),
                cmocka_unit_test(what_spreadsheets_leave_is_passed_over),
                cmocka_unit_test(another_separator_is_told_once),
                cmocka_unit_test(a_cell_is_emptied_by_a_word),
                cmocka_unit_test(unreadable_files_are_refused),
                cmocka_unit_test(cells_are_converted),
                cmocka_unit_test(what_is_allowed_is_said),
        };

        return cmocka_run_group_tests_name("csv_read", tests, NULL, NULL);
}
