#include "documents/csv_write.h"

#include "contract/schema_table.h"
#include "core/characters.h"
#include "core/cleanup.h"
#include "documents/csv_read.h"

#include <jansson.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistr.h>

#include <cmocka.h>

static void write_one(enum charset charset, const char *value, struct text *out, size_t *ret_lost) {
        _cleanup_(csv_writer_close) struct csv_writer writer = {0};

        assert_int_equal(csv_writer_open(charset, out, &writer), 0);
        csv_cell(&writer, value);
        assert_int_equal(csv_end_row(&writer), 0);
        *ret_lost = writer.lost;
}

static void cells_are_quoted_and_guarded(void **state) {
        static const struct {
                const char *value, *written;
        } cases[] = {
                {NULL, ""},
                {"", ""},
                {"機器", "機器"},
                {" a ", " a "},
                {"a,b", "\"a,b\""},
                {"a\"b", "\"a\"\"b\""},
                {"a\nb", "\"a\nb\""},
                {"a\r\nb\rc\r\n", "\"a\nb\nc\n\""},
                {"=1+1", "'=1+1"},
                {"=\"a\"", "\"'=\"\"a\"\"\""},
                {"+81312345678", "'+81312345678"},
                {"@SUM(A1)", "'@SUM(A1)"},
                {"\tx", "'\tx"},
                {"\rx", "\"'\nx\""},
                {"\nx", "\"'\nx\""},
                {"＝1", "'＝1"},
                {"＋1", "'＋1"},
                {"－1", "'－1"},
                {"＠a", "'＠a"},
                {"−1+1", "'−1+1"},
                {"−", "−"},
                {"-1+1", "'-1+1"},
                {"-x", "'-x"},
                {"--", "'--"},
                {"-1.", "'-1."},
                {"-.5", "'-.5"},
                {"-1e5", "'-1e5"},
                {"-12", "-12"},
                {"-3.5", "-3.5"},
                {"-", "-"},
                {"－", "－"},
                {"a=b", "a=b"},
                {"'a", "'a"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(text_free) struct text out = {0}, wanted = {0};
                size_t lost;
                write_one(CHARSET_UTF8, cases[i].value, &out, &lost);
                text_printf(&wanted, "\xef\xbb\xbf%s\r\n", cases[i].written);
                assert_string_equal(out.data, wanted.data);
                assert_int_equal(lost, 0);
        }
}

static void rows_are_written(void **state) {
        _cleanup_(text_free) struct text out = {0};
        _cleanup_(csv_writer_close) struct csv_writer writer = {0};

        (void)state;
        assert_int_equal(csv_writer_open(CHARSET_UTF8, &out, &writer), 0);
        csv_cell(&writer, "番号");
        csv_cell(&writer, NULL);
        csv_cell(&writer, "x");
        assert_int_equal(csv_end_row(&writer), 0);
        assert_string_equal(out.data, "\xef\xbb\xbf番号,,x\r\n");
        out.length = 0; /* sent */
        csv_cell(&writer, "1");
        csv_cell(&writer, "a");
        assert_int_equal(csv_end_row(&writer), 0);
        assert_string_equal(out.data, "1,a\r\n");
}

static void cp932_is_written(void **state) {
        _cleanup_(text_free) struct text out = {0};
        _cleanup_(csv_writer_close) struct csv_writer writer = {0};

        (void)state;
        assert_int_equal(csv_writer_open(CHARSET_CP932, &out, &writer), 0);
        csv_cell(&writer, "𠮷野,é");
        csv_cell(&writer, "¥100");
        csv_cell(&writer, "か\u3099〜");
        assert_int_equal(csv_end_row(&writer), 0);
        assert_string_equal(out.data, "\"\x81\xac\x96\xec,\x81\xac\",\x81\x8f"
                                      "100,\x82\xaa\x81\x60\r\n");
        assert_int_equal(writer.lost, 2);
        csv_cell(&writer, "é");
        assert_int_equal(csv_end_row(&writer), 0);
        assert_int_equal(writer.lost, 3);
}

/* Whatever becomes a sign on the way into CP932 is guarded before it. */
static void cp932_makes_no_sign_of_anything_else(void **state) {
        _cleanup_(text_free) struct text out = {0}, back = {0}, folded = {0};
        _cleanup_(csv_writer_close) struct csv_writer writer = {0};
        size_t signs = 0, offset;

        (void)state;
        assert_int_equal(csv_writer_open(CHARSET_CP932, &out, &writer), 0);
        for (ucs4_t c = 1; c < 0x110000; c++) {
                char cell[16];
                int length = u8_uctomb((uint8_t *)cell, c, sizeof(cell));
                if (length < 0)
                        continue; /* a surrogate */
                strcpy(cell + length, "1+1");
                out.length = back.length = folded.length = 0;
                csv_cell(&writer, cell);
                assert_int_equal(csv_end_row(&writer), 0);
                assert_int_equal(charset_decode(CHARSET_CP932, out.data, out.length, &back, &offset), 0);
                characters_append_narrow(&folded, back.data, back.length);
                size_t begin = folded.data[0] == '"';
                if (strchr("=+-@\t\n", folded.data[begin]))
                        fail_msg("U+%04X became a sign: %s", (unsigned)c, back.data);
                signs += folded.data[begin] == '\'' && c != '\'';
        }
        assert_in_range(signs, 12, 40);
}

/* --- What is written is read back ------------------------------------------------------------------------------ */

static const struct schema any = {.format = SCHEMA_FORMAT_TEXT};
static const char *const headings[] = {NULL};
static const struct column columns[] = {
        {.name = "a", .headings = headings, .kind = COLUMN_TEXT, .schema = &any},
        {.name = "b", .headings = headings, .kind = COLUMN_TEXT, .schema = &any},
        {.name = "c", .headings = headings, .kind = COLUMN_TEXT, .schema = &any},
        {.name = NULL},
};

/* Pieces that the quoting, the guard, the line ends and the charsets stumble over. */
static const char *const pieces[] = {"a",  "\"", ",",  "\n", "あ", "ソ", "表", "𠮷", "か", "\u3099",
                                     "〜", "～", "¥",  "−",  "＝", "=",  "-",  "1",  ".",  "'",
                                     " ",  "　", "\t", "é",  "①",  "ｶ",  "\\", "—"};

static void make_cell(struct text *cell) {
        size_t count = (size_t)rand() % 6;

        cell->length = 0;
        text_append_string(cell, "");
        while (count--)
                text_append_string(cell, pieces[(size_t)rand() % (sizeof(pieces) / sizeof(pieces[0]))]);
}

/* The guard as a regular expression. */
static bool is_guarded(const char *cell) {
        static regex_t harmless, formula;
        static bool compiled;

        if (!compiled) {
                assert_int_equal(regcomp(&harmless, "^(-([0-9]+(\\.[0-9]+)?)?|－|−)$", REG_EXTENDED | REG_NOSUB), 0);
                assert_int_equal(regcomp(&formula, "^([=+@\t\n-]|＝|＋|－|＠|−)", REG_EXTENDED | REG_NOSUB), 0);
                compiled = true;
        }
        return regexec(&formula, cell, 0, NULL, 0) == 0 && regexec(&harmless, cell, 0, NULL, 0) != 0;
}

static void trim(const char *string, struct text *trimmed) {
        static const char *const spaces[] = {" ", "\t", "\n", "　"};
        const char *begin = string, *end = begin + strlen(string);

        for (size_t i = 0; i < 4; i++) {
                size_t length = strlen(spaces[i]);
                if ((size_t)(end - begin) < length)
                        continue;
                bool before = memcmp(begin, spaces[i], length) == 0;
                bool after = memcmp(end - length, spaces[i], length) == 0;
                begin += before ? length : 0;
                end -= after && end - begin >= (ptrdiff_t)length ? length : 0;
                if (before || after)
                        i = (size_t)-1; /* again from the first */
        }
        text_append(trimmed, begin, (size_t)(end - begin));
}

/* What the reader makes of a cell: guarded, in CP932 what that can tell apart, NFC, trimmed. */
static void expect(const char *cell, enum charset charset, struct text *expected) {
        _cleanup_(text_free) struct text guarded = {0}, bytes = {0}, back = {0};
        struct charset_encoder *encoder;
        size_t lost = 0, offset;

        text_printf(&guarded, "%s%s", is_guarded(cell) ? "'" : "", cell);
        if (charset == CHARSET_CP932) {
                assert_int_equal(charset_encoder_open(&encoder), 0);
                assert_int_equal(charset_encode(encoder, guarded.data, guarded.length, &bytes, &lost), 0);
                charset_encoder_close(encoder);
                assert_int_equal(charset_decode(CHARSET_CP932, bytes.data, bytes.length, &back, &offset), 0);
        } else {
                characters_append_form(&back, guarded.data, guarded.length);
        }
        trim(back.data, expected);
}

static void check_cell(const json_t *row, const char *name, const char *cell, enum charset charset) {
        const char *read = json_string_value(json_object_get(row, name));
        _cleanup_(text_free) struct text expected = {0};

        expect(cell, charset, &expected);
        if (!*expected.data)
                assert_null(json_object_get(row, name));
        else if (!read || strcmp(read, expected.data) != 0)
                fail_msg("wrote [%s], read [%s], expected [%s]", cell, read, expected.data);
}

static void round_trip(enum charset charset) {
        enum { ROWS = 2000 };
        struct text cells[ROWS][3] = {0};
        _cleanup_(text_free) struct text out = {0};
        _cleanup_(csv_writer_close) struct csv_writer writer = {0};
        _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};

        assert_int_equal(csv_writer_open(charset, &out, &writer), 0);
        for (int i = 0; i < 3; i++)
                csv_cell(&writer, columns[i].name);
        assert_int_equal(csv_end_row(&writer), 0);
        for (int row = 0; row < ROWS; row++) {
                for (int i = 0; i < 3; i++) {
                        make_cell(&cells[row][i]);
                        if (i == 0)
                                text_append_string(&cells[row][i], "x"); /* no row is empty */
                        csv_cell(&writer, cells[row][i].data);
                }
                assert_int_equal(csv_end_row(&writer), 0);
        }
        assert_int_equal(csv_read(out.data, out.length, CHARSET_UNKNOWN, columns, &sheet), 0);
        assert_int_equal(sheet.fault_count, 0);
        assert_int_equal(sheet.row_count, ROWS);
        _cleanup_json_ json_t *rows = json_loads(csv_rows(&sheet, NULL), 0, NULL);
        for (size_t row = 0; row < ROWS; row++)
                for (size_t i = 0; i < 3; i++) {
                        check_cell(json_array_get(rows, row), columns[i].name, cells[row][i].data, charset);
                        text_free(&cells[row][i]);
                }
}

static void what_is_written_is_read_back(void **state) {
        (void)state;
        srand(20251016);
        for (int i = 0; i < 10; i++) {
                round_trip(CHARSET_UTF8);
                round_trip(CHARSET_CP932);
        }
}

static void large_files_are_written_fast(void **state) {
        (void)state;
        for (enum charset charset = CHARSET_UTF8; charset <= CHARSET_CP932; charset++) {
                _cleanup_(text_free) struct text out = {0};
                _cleanup_(csv_writer_close) struct csv_writer writer = {0};
                struct timespec begin, end;
                clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
                assert_int_equal(csv_writer_open(charset, &out, &writer), 0);
                for (int row = 0; row < 100000; row++) {
                        for (int i = 0; i < 8; i++)
                                csv_cell(&writer, i % 2 ? "モバイルルータ, 予備" : "R-0001");
                        assert_int_equal(csv_end_row(&writer), 0);
                        if (out.length > 65536)
                                out.length = 0; /* sent */
                }
                clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
                double seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
                print_message("100,000 rows of 8 cells: %.0f ms\n", seconds * 1000);
                assert_true(seconds < 8); /* under sanitizers */
                assert_true(out.allocated <= 262144);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(cells_are_quoted_and_guarded),
                cmocka_unit_test(rows_are_written),
                cmocka_unit_test(cp932_is_written),
                cmocka_unit_test(cp932_makes_no_sign_of_anything_else),
                cmocka_unit_test(what_is_written_is_read_back),
                cmocka_unit_test(large_files_are_written_fast),
        };
        return cmocka_run_group_tests_name("csv_write", tests, NULL, NULL);
}
