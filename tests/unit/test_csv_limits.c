/* Files of CSV that are large: limits, faults that are counted, rows in parts, and time. */
#include "csv_read_fixture.h"

static void append_repeated(struct text *file, const char *piece, size_t times) {
        for (size_t i = 0; i < times; i++)
                text_append_string(file, piece);
}

static void limits_hold(void **state) {
        _cleanup_(text_free) struct text file = {0};

        (void)state;
        text_append_string(&file, "code");
        append_repeated(&file, ",x", CSV_COLUMNS_MAX);
        check(file.data, "[]", "1 - too_many_columns");

        file.length = 0;
        text_append_string(&file, "code,remarks\nR-01,");
        append_repeated(&file, "あ", CSV_CELL_MAX + 1);
        check(file.data, "[]", "2 remarks too_long");

        file.length = 0;
        append_repeated(&file, "x", CSV_BYTES_MAX + 1);
        check(file.data, "[]", "1 - file_too_large");
}

static void rows_are_limited(void **state) {
        _cleanup_(text_free) struct text file = {0};
        _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};

        (void)state;
        text_append_string(&file, "code\n");
        append_repeated(&file, "R-01\n", CSV_ROWS_MAX + 5);
        assert_int_equal(csv_read(file.data, file.length, CHARSET_UNKNOWN, columns, &sheet), 0);
        assert_int_equal(sheet.row_count, CSV_ROWS_MAX);
        assert_int_equal(sheet.fault_count, 1);
        assert_int_equal(sheet.faults[0].line, CSV_ROWS_MAX + 2);
        assert_string_equal(sheet.faults[0].code, "too_many_rows");
}

/* However many faults there are, all are counted and only the first are kept. */
static void faults_are_counted_and_the_first_kept(void **state) {
        _cleanup_(text_free) struct text file = {0};
        _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};

        (void)state;
        text_append_string(&file, "code,count,kind\n");
        append_repeated(&file, "R,x,y\n", 20000);
        assert_int_equal(csv_read(file.data, file.length, CHARSET_UNKNOWN, columns, &sheet), 0);
        assert_int_equal(sheet.bad_row_count, 20000);
        assert_int_equal(sheet.fault_total, 60000);
        assert_int_equal(sheet.fault_count, CSV_FAULTS_MAX);
        for (size_t i = 0; i < sheet.fault_count; i++)
                assert_int_equal(sheet.faults[i].line, 2 + i / 3);
        assert_true(strlen(csv_faults(&sheet, false)) < CSV_FAULTS_MAX * 200);
}

/* Faults that the records found lie among those of the reader, and the first of all are kept. */
static void faults_are_joined_in_the_order_of_lines(void **state) {
        static const struct csv_fault found[] = {{.line = 2, .column = "code", .code = "found"},
                                                 {.line = 3, .column = "", .code = "found"},
                                                 {.line = 9, .column = "kind", .code = "found"}};
        static const char file[] = "code,kind\nX,router\nR-01,router\nR-02,y\n";
        struct csv_fault many[CSV_FAULTS_MAX];
        _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};

        (void)state;
        assert_int_equal(csv_read(file, strlen(file), CHARSET_UNKNOWN, columns, &sheet), 0);
        csv_faults_join(&sheet, found, 3, 7);
        assert_int_equal(sheet.fault_total, 9);
        assert_int_equal(sheet.fault_count, 5);
        static const size_t lines[] = {2, 2, 3, 4, 9};
        for (size_t i = 0; i < sheet.fault_count; i++)
                assert_int_equal(sheet.faults[i].line, lines[i]);
        assert_string_equal(sheet.faults[0].code, "too_short");
        assert_string_equal(sheet.faults[1].code, "found");

        for (size_t i = 0; i < CSV_FAULTS_MAX; i++)
                many[i] = (struct csv_fault){.line = 3, .column = "code", .code = "found"};
        csv_faults_join(&sheet, many, CSV_FAULTS_MAX, 20000);
        assert_int_equal(sheet.fault_total, 20009);
        assert_int_equal(sheet.fault_count, CSV_FAULTS_MAX);
        assert_int_equal(sheet.faults[0].line, 2);
        assert_int_equal(sheet.faults[CSV_FAULTS_MAX - 1].line, 3);
}

/* Many rows come in several parts, one after the other. */
static void rows_come_in_parts(void **state) {
        _cleanup_(text_free) struct text file = {0};
        _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};
        size_t parts = 0, line = 2;

        (void)state;
        text_append_string(&file, "code,remarks\n");
        append_repeated(&file, "R-01,\"[\"\"]\"\n", 20000);
        assert_int_equal(csv_read(file.data, file.length, CHARSET_UNKNOWN, columns, &sheet), 0);
        for (const char *rows = csv_rows(&sheet, NULL); rows; rows = csv_rows(&sheet, rows), parts++) {
                _cleanup_json_ json_t *part = json_loads(rows, JSON_REJECT_DUPLICATES, NULL);
                json_t *row;
                size_t i;
                assert_in_range(strlen(rows), 2, CSV_ROWS_BYTES + 100);
                json_array_foreach(part, i, row)
                        assert_int_equal(json_integer_value(json_object_get(row, "line")), line++);
        }
        assert_int_equal(line, 20002);
        assert_int_equal(parts, sheet.rows.length / CSV_ROWS_BYTES + 1);
}

static double seconds_for(size_t rows) {
        _cleanup_(text_free) struct text file = {0};
        _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};
        struct timespec begin, end;

        text_append_string(&file, "機器番号,品名,count,spare,導入日,at,種別,remarks\r\n");
        append_repeated(&file,
                        "R-0001,モバイルルータ,12,はい,令和7年4月1日,2025-10-16 08:30,ルータ,\"予備, か\u3099\"\r\n",
                        rows);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
        assert_int_equal(csv_read(file.data, file.length, CHARSET_UNKNOWN, columns, &sheet), 0);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        assert_int_equal(sheet.row_count, rows);
        assert_true(sheet.rows.allocated < rows * 1024);
        return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

static void large_files_take_linear_time(void **state) {
        double tenth = seconds_for(CSV_ROWS_MAX / 10), whole = seconds_for(CSV_ROWS_MAX);

        (void)state;
        print_message("100,000 rows of 8 cells: %.0f ms\n", whole * 1000);
        assert_true(whole < tenth * 30 + 0.1);
        assert_true(whole < 8); /* under sanitizers */
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(limits_hold),
                cmocka_unit_test(rows_are_limited),
                cmocka_unit_test(faults_are_counted_and_the_first_kept),
                cmocka_unit_test(faults_are_joined_in_the_order_of_lines),
                cmocka_unit_test(rows_come_in_parts),
                cmocka_unit_test(large_files_take_linear_time),
        };

        return cmocka_run_group_tests_name("csv_limits", tests, NULL, NULL);
}
