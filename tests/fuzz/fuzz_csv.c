/* The CSV reader on any bytes: it must end, its rows and faults must be JSON, and what it gives for a text column must
   come back when it is written and read again. The first byte chooses the charset. */
#include "contract/schema_table.h"
#include "core/cleanup.h"
#include "documents/csv_read.h"
#include "documents/csv_write.h"
#include "vocabularies.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct vocabulary_word kinds[] = {
        {"router", "ルータ", "Router", NULL}, {"camera", "カメラ", "Camera", "ビデオ"}, {NULL, NULL, NULL, NULL}};

static const char *const none[] = {NULL}, *const text_headings[] = {"文", "本文", NULL};
static const struct schema any = {0};
static const struct schema text_of_40 = {.types = SCHEMA_STRING, .limits = SCHEMA_MAX_LENGTH, .max_length = 40};
static const struct schema number = {
        .types = SCHEMA_INTEGER, .limits = SCHEMA_MINIMUM | SCHEMA_MAXIMUM, .minimum = -5, .maximum = 100};
static const struct schema list = {
        .types = SCHEMA_ARRAY, .limits = SCHEMA_MAX_ITEMS, .max_items = 5, .unique_items = true, .items = &text_of_40};

static const struct column columns[] = {
        {.name = "text", .headings = text_headings, .kind = COLUMN_TEXT, .schema = &text_of_40},
        {.name = "code", .headings = none, .kind = COLUMN_CODE, .schema = &any},
        {.name = "integer", .headings = none, .kind = COLUMN_INTEGER, .schema = &number},
        {.name = "boolean", .headings = none, .kind = COLUMN_BOOLEAN, .schema = &any},
        {.name = "date", .headings = none, .kind = COLUMN_DATE, .schema = &any},
        {.name = "timestamp", .headings = none, .kind = COLUMN_TIMESTAMP, .schema = &any},
        {.name = "enum", .headings = none, .kind = COLUMN_WORD, .schema = &any, .words = kinds},
        {.name = "list", .headings = none, .kind = COLUMN_LIST, .schema = &list},
        {.name = NULL},
};

static void need(bool true_thing) {
        if (!true_thing)
                abort();
}

/* Both ways through the writer; a guarded cell comes back with its apostrophe. */
static void write_and_read(const char *value) {
        _cleanup_(text_free) struct text file = {0};
        _cleanup_(csv_writer_close) struct csv_writer writer = {0};
        _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};

        need(csv_writer_open(CHARSET_UTF8, &file, &writer) == 0);
        csv_cell(&writer, "code");
        csv_cell(&writer, "text");
        need(csv_end_row(&writer) == 0);
        csv_cell(&writer, "x");
        csv_cell(&writer, value);
        need(csv_end_row(&writer) == 0);
        need(csv_read(file.data, file.length, CHARSET_UNKNOWN, columns, &sheet) == 0);
        if (sheet.fault_count == 1) /* the apostrophe made it one character too long */
                return;
        need(sheet.row_count == 1);
        _cleanup_json_ json_t *rows = json_loads(csv_rows(&sheet, NULL), 0, NULL);
        const char *read = json_string_value(json_object_get(json_array_get(rows, 0), "text"));
        need(read && strcmp(read + (*read == '\'' && *value != '\''), value) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};
        json_t *row;
        size_t i;

        if (size == 0)
                return 0;
        need(csv_read((const char *)data + 1, size - 1, (enum charset)(data[0] % 3), columns, &sheet) == 0);
        _cleanup_json_ json_t *rows = json_loads(csv_rows(&sheet, NULL), JSON_REJECT_DUPLICATES, NULL);
        _cleanup_json_ json_t *faults = json_loads(csv_faults(&sheet, data[0] & 4), JSON_REJECT_DUPLICATES, NULL);
        need(json_array_size(rows) == sheet.row_count);
        need(faults && json_array_size(faults) == sheet.fault_count);
        json_array_foreach(rows, i, row) {
                const char *text = json_string_value(json_object_get(row, "text"));
                if (text && i < 3)
                        write_and_read(text);
        }
        return 0;
}
