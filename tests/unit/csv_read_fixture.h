/* Columns of every kind, and files that are read as rows and faults. */
#pragma once

#include "documents/csv_read.h"

#include "core/cleanup.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const struct vocabulary_word kinds[] = {{"router", "ルータ", "Router", "ルーター"},
                                               {"camera", "カメラ", "Camera", NULL},
                                               {"other", "その他", "Other", NULL},
                                               {NULL, NULL, NULL, NULL}};

static const struct csv_column columns[] = {
        {.name = "code", .ja = "機器番号", .type = CSV_CODE, .required = true, .min = 2, .max = 8},
        {.name = "name", .ja = "品名", .type = CSV_TEXT, .max = 20},
        {.name = "count", .type = CSV_INTEGER, .min = 1, .max = 100},
        {.name = "bytes", .type = CSV_INTEGER},
        {.name = "spare", .type = CSV_BOOLEAN},
        {.name = "on", .ja = "導入日", .type = CSV_DATE},
        {.name = "at", .type = CSV_TIMESTAMP},
        {.name = "kind", .ja = "種別", .type = CSV_ENUM, .words = kinds},
        {.name = "remarks", .type = CSV_TEXT},
        {.name = NULL},
};

/* The faults as "line column code" in lines. */
static inline void list_faults(const struct csv_sheet *sheet, struct text *list) {
        text_append_string(list, "");
        for (size_t i = 0; i < sheet->fault_count; i++) {
                const struct csv_fault *fault = &sheet->faults[i];
                text_printf(list, "%s%zu %s %s", i ? "\n" : "", fault->line, *fault->column ? fault->column : "-",
                            fault->code);
                assert_true(*fault->ja && *fault->en);
        }
}

static inline void check_bytes(const char *file, size_t length, enum charset charset, const char *rows,
                               const char *faults) {
        _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};
        _cleanup_(text_free) struct text list = {0};
        _cleanup_json_ json_t *read = NULL, *wanted = NULL;

        assert_int_equal(csv_read(file, length, charset, columns, &sheet), 0);
        list_faults(&sheet, &list);
        assert_string_equal(list.data, faults);
        read = json_loads(csv_rows(&sheet, NULL), JSON_REJECT_DUPLICATES, NULL);
        wanted = json_loads(rows, 0, NULL);
        assert_non_null(wanted);
        if (!json_equal(read, wanted))
                fail_msg("%s\nwas read as\n%s\nnot as\n%s", file, csv_rows(&sheet, NULL), rows);
        assert_null(csv_rows(&sheet, csv_rows(&sheet, NULL)));
        assert_int_equal(sheet.row_count, json_array_size(read));
}

static inline void check(const char *file, const char *rows, const char *faults) {
        check_bytes(file, strlen(file), CHARSET_UNKNOWN, rows, faults);
}
