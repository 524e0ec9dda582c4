#include "documents/csv_write.h"

#include "core/characters.h"
#include "core/cleanup.h"

#include <stdbool.h>
#include <string.h>
#include <unistr.h>

int csv_writer_open(enum charset charset, struct text *out, struct csv_writer *ret_writer) {
        struct csv_writer writer = {.out = out};

        if (charset == CHARSET_CP932) {
                int error = charset_encoder_open(&writer.encoder);
                if (error)
                        return error;
        } else {
                text_append_string(out, "\xef\xbb\xbf");
        }
        *ret_writer = writer;
        return 0;
}

void csv_writer_close(struct csv_writer *writer) {
        charset_encoder_close(writer->encoder);
        text_free(&writer->row);
        *writer = (struct csv_writer){0};
}

/* -12, -3.5 */
static bool is_negative_number(const char *value) {
        static const char digits[] = "0123456789";
        size_t whole, fraction;

        if (*value++ != '-' || (whole = strspn(value, digits)) == 0)
                return false;
        value += whole;
        if (*value != '.')
                return !*value;
        fraction = strspn(++value, digits);
        return fraction > 0 && !value[fraction];
}

/* A spreadsheet takes full-width signs for their likes; CP932 makes signs of what looks like them, and leaves out what has
   no shape before them. */
static bool needs_guard(const char *value) {
        _cleanup_(text_free) struct text narrow = {0};
        size_t size = 0;
        ucs4_t first;

        for (; *value; value += size) {
                size = (size_t)u8_mbtouc(&first, (const uint8_t *)value, strlen(value));
                if (!character_is_ignorable(first))
                        break;
        }
        if (!*value)
                return false;
        characters_append_narrow(&narrow, value, size);
        bool is_dash = strcmp(narrow.data, "-") == 0 && !value[size];
        return strchr("=+-@\t\r\n", narrow.data[0]) && !is_dash && !is_negative_number(value);
}

static void begin_cell(struct csv_writer *writer) {
        if (writer->cells++)
                text_append_char(&writer->row, ',');
}

static void append_quoted(struct text *row, const char *value) {
        while (*value) {
                size_t plain = strcspn(value, "\"\r\n");
                text_append(row, value, plain);
                value += plain;
                if (*value == '"')
                        text_append_string(row, "\"\"");
                else if (*value)
                        text_append_char(row, '\n');
                value += value[0] == '\r' && value[1] == '\n' ? 2 : *value != '\0';
        }
}

void csv_cell(struct csv_writer *writer, const char *value) {
        struct text *row = &writer->row;
        const char *text = value ?: "", *guard = needs_guard(text) ? "'" : "";

        begin_cell(writer);
        if (!text[strcspn(text, ",\"\r\n")]) {
                text_append_string(row, guard);
                text_append_string(row, text);
                return;
        }
        text_append_char(row, '"');
        text_append_string(row, guard);
        append_quoted(row, text);
        text_append_char(row, '"');
}

int csv_end_row(struct csv_writer *writer) {
        struct text *row = &writer->row;
        int error = 0;

        text_append_string(row, "\r\n");
        if (writer->encoder)
                error = charset_encode(writer->encoder, row->data, row->length, writer->out, &writer->lost);
        else
                text_append(writer->out, row->data, row->length);
        row->length = 0;
        writer->cells = 0;
        return error;
}
