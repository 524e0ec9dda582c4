/* Columns of every kind, and files that are read as rows and faults. */
#pragma once

#include "documents/csv_read.h"

#include "contract/schema_table.h"
#include "core/cleanup.h"
#include "vocabularies.h"

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

static const struct schema any = {0}, never_null = {.types = SCHEMA_STRING}, long_text = {.format = SCHEMA_FORMAT_TEXT};
static const struct schema text_of_20 = {.types = SCHEMA_STRING | SCHEMA_NULL,
                                         .format = SCHEMA_FORMAT_TEXT,
                                         .limits = SCHEMA_MAX_LENGTH,
                                         .max_length = 20};

/* As the contract compiles them. */
static const struct column columns[] = {
        {.name = "code",
         .headings = (const char *const[]){"機器番号", "管理 番号", NULL},
         .kind = COLUMN_CODE,
         .always = true,
         .schema = &(const struct schema){.types = SCHEMA_STRING,
                                          .limits = SCHEMA_MIN_LENGTH | SCHEMA_MAX_LENGTH,
                                          .min_length = 2,
                                          .max_length = 8}},
        {.name = "name", .headings = (const char *const[]){"品名", NULL}, .kind = COLUMN_TEXT, .schema = &text_of_20},
        {.name = "count",
         .headings = (const char *const[]){NULL},
         .kind = COLUMN_INTEGER,
         .schema = &(const struct schema){.types = SCHEMA_INTEGER,
                                          .limits = SCHEMA_MINIMUM | SCHEMA_MAXIMUM,
                                          .minimum = 1,
                                          .maximum = 100}},
        {.name = "bytes", .headings = (const char *const[]){NULL}, .kind = COLUMN_INTEGER, .schema = &any},
        {.name = "spare", .headings = (const char *const[]){NULL}, .kind = COLUMN_BOOLEAN, .schema = &any},
        {.name = "on", .headings = (const char *const[]){"導入日", NULL}, .kind = COLUMN_DATE, .schema = &never_null},
        {.name = "at", .headings = (const char *const[]){NULL}, .kind = COLUMN_TIMESTAMP, .schema = &any},
        {.name = "kind",
         .headings = (const char *const[]){"種別", NULL},
         .kind = COLUMN_WORD,
         .schema = &never_null,
         .words = kinds},
        {.name = "parts",
         .headings = (const char *const[]){"付属品", NULL},
         .kind = COLUMN_LIST,
         .schema =
                 &(const struct schema){.types = SCHEMA_ARRAY,
                                        .limits = SCHEMA_MAX_ITEMS,
                                        .max_items = 3,
                                        .unique_items = true,
                                        .items = &(const struct schema){.types = SCHEMA_STRING,
                                                                        .limits = SCHEMA_MIN_LENGTH | SCHEMA_MAX_LENGTH,
                                                                        .min_length = 1,
                                                                        .max_length = 4}}},
        {.name = "remarks", .headings = (const char *const[]){NULL}, .kind = COLUMN_TEXT, .schema = &long_text},
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
