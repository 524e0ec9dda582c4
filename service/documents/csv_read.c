#include "documents/csv_read.h"

#include "core/characters.h"
#include "core/cleanup.h"
#include "documents/csv_cells.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct cell {
        const char *data; /* terminated */
        size_t length;
};

struct row {
        size_t line;  /* of the file, on which the row begins */
        size_t count; /* of cells, up to the last that is not blank; also of those that are not kept */
        struct cell cells[CSV_COLUMNS_MAX];
        enum csv_wrong wrong; /* CSV_QUOTE_OPEN, after which nothing can be read, or CSV_QUOTE_STRAY */
};

/* Cells are unquoted and terminated where they stand in the decoded file, which holds no U+0000 and ends with one. */
struct reader {
        char *next;
        size_t line; /* at next */
        struct csv_sheet *sheet;
        const struct column *columns;
        struct row row;
        const struct column *header[CSV_COLUMNS_MAX]; /* column of each cell, NULL for one that is passed over */
        size_t header_count;
        bool headless[CSV_COLUMNS_MAX]; /* a cell under no heading */
        bool header_wrong;
        struct text scratch, object; /* used again from row to row */
        size_t part;                 /* where the array begins that rows are added to */
};

/* --- Rows and cells -------------------------------------------------------------------------------------------- */

/* Passes a line end: CRLF, LF or CR. */
static void pass_line_end(struct reader *reader) {
        reader->next += reader->next[0] == '\r' && reader->next[1] == '\n' ? 2 : 1;
        reader->line++;
}

/* From the opening quotation mark to behind the closing one. A line end inside becomes LF. */
static struct cell read_quoted(struct reader *reader) {
        char *begin = reader->next, *out = begin;

        reader->next++;
        for (;;) {
                char c = *reader->next;
                if (c == '\0') {
                        reader->row.wrong = CSV_QUOTE_OPEN;
                        break;
                }
                if (c == '\r' || c == '\n') {
                        pass_line_end(reader);
                        *out++ = '\n';
                        continue;
                }
                reader->next++;
                if (c == '"' && *reader->next != '"')
                        break;
                reader->next += c == '"';
                *out++ = c;
        }
        if (!strchr(",\r\n", *reader->next)) { /* strchr finds the end of the file as well */
                reader->row.wrong = CSV_QUOTE_STRAY;
                reader->next += strcspn(reader->next, ",\r\n");
        }
        return (struct cell){.data = begin, .length = (size_t)(out - begin)};
}

/* A quotation mark that does not begin the cell is text, as for the spreadsheets. */
static struct cell read_unquoted(struct reader *reader) {
        char *begin = reader->next;
        size_t length = strcspn(begin, ",\r\n");

        reader->next += length;
        return (struct cell){.data = begin, .length = length};
}

/* Reads the next row into reader->row. False at the end of the file. */
static bool read_row(struct reader *reader) {
        struct row *row = &reader->row;
        bool more = true;

        if (!*reader->next)
                return false;
        row->line = reader->line;
        row->count = 0;
        row->wrong = CSV_FINE;
        for (size_t i = 0; more; i++) {
                struct cell cell = *reader->next == '"' ? read_quoted(reader) : read_unquoted(reader);
                more = *reader->next == ',';
                if (more)
                        reader->next++;
                else if (*reader->next)
                        pass_line_end(reader);
                ((char *)cell.data)[cell.length] = '\0'; /* what stood there has been passed */
                if (i < CSV_COLUMNS_MAX)
                        row->cells[i] = cell;
                if (!characters_are_blank(cell.data, cell.length))
                        row->count = i + 1;
        }
        return true;
}

/* Passes rows of blanks, which spreadsheets leave between others and at the end. */
static bool read_filled_row(struct reader *reader) {
        while (read_row(reader))
                if (reader->row.count > 0 || reader->row.wrong)
                        return true;
        return false;
}

/* --- The header row -------------------------------------------------------------------------------------------- */

static bool is_called(const struct column *column, const char *folded) {
        _cleanup_(text_free) struct text other = {0};

        if (strcmp(column->name, folded) == 0)
                return true;
        for (const char *const *heading = column->headings; *heading; heading++) {
                other.length = 0;
                characters_append_folded(&other, *heading, strlen(*heading));
                if (strcmp(other.data, folded) == 0)
                        return true;
        }
        return false;
}

static const struct column *find_column(const struct column *columns, const char *folded) {
        for (; columns->name; columns++)
                if (is_called(columns, folded))
                        return columns;
        return NULL;
}

static bool header_has(const struct reader *reader, const struct column *column) {
        for (size_t i = 0; i < reader->header_count; i++)
                if (reader->header[i] == column)
                        return true;
        return false;
}

static void header_fault(struct reader *reader, const char *name, enum csv_wrong wrong) {
        csv_fault_add(reader->sheet, reader->row.line, name, NULL, wrong);
        reader->header_wrong = true;
}

/* A name as a fault repeats it: its first 40 characters. */
static void cut_name(char *name) {
        size_t count = 0;

        for (; *name; name++)
                if (((unsigned char)*name & 0xc0) != 0x80 && ++count > 40) {
                        *name = '\0';
                        return;
                }
}

/* A blank one stands over nothing. */
static void read_header_cell(struct reader *reader, const struct cell *cell) {
        const struct column *column;

        reader->scratch.length = 0;
        characters_append_folded(&reader->scratch, cell->data, cell->length);
        column = find_column(reader->columns, reader->scratch.data);
        if (characters_are_refused(cell->data, cell->length, true)) {
                header_fault(reader, "", CSV_CHARACTER);
                column = NULL;
        } else if (!column && *reader->scratch.data) {
                char *name = characters_trim((char *)cell->data);
                cut_name(name);
                header_fault(reader, name, CSV_UNKNOWN_COLUMN);
        } else if (column && header_has(reader, column)) {
                header_fault(reader, column->name, CSV_REPEATED_COLUMN);
                column = NULL;
        }
        reader->headless[reader->header_count] = !*reader->scratch.data;
        reader->header[reader->header_count++] = column;
}

/* Whether the first line that is not blank has its cells separated by tabs or semicolons. */
static bool has_other_separator(const char *text) {
        text += strspn(text, " \r\n\t;");
        size_t line = strcspn(text, "\r\n"), cell = strcspn(text, "\t;");

        return cell < line && strcspn(text, ",") >= line && strspn(text + cell, "\t; ") < line - cell;
}

/* False when the rows cannot be read by it. */
static bool read_header(struct reader *reader) {
        struct row *row = &reader->row;

        if (has_other_separator(reader->next)) {
                csv_fault_add(reader->sheet, 1, "", NULL, CSV_SEPARATOR);
                return false;
        }
        if (!read_filled_row(reader) || row->wrong == CSV_QUOTE_OPEN || row->count > CSV_COLUMNS_MAX) {
                enum csv_wrong wrong = row->count > CSV_COLUMNS_MAX ? CSV_TOO_MANY_COLUMNS : row->wrong;
                csv_fault_add(reader->sheet, row->line ?: 1, "", NULL, wrong ?: CSV_NO_HEADER);
                return false;
        }
        if (row->wrong)
                header_fault(reader, "", row->wrong);
        for (size_t i = 0; i < row->count; i++)
                read_header_cell(reader, &row->cells[i]);
        for (const struct column *column = reader->columns; column->name; column++)
                if (column->always && !header_has(reader, column))
                        header_fault(reader, column->name, CSV_MISSING_COLUMN);
        return true;
}

/* --- The sheet ------------------------------------------------------------------------------------------------- */

static int append_bytes(const char *bytes, size_t length, void *text) {
        text_append(text, bytes, length);
        return 0;
}

/* A cell that the row does not have is an empty one; an empty one is no member. */
static bool convert_cell(struct reader *reader, size_t index) {
        static const struct cell missing = {.data = "", .length = 0};
        const struct cell *cell = index < reader->row.count ? &reader->row.cells[index] : &missing;
        const struct csv_cell place = {
                .sheet = reader->sheet, .line = reader->row.line, .column = reader->header[index]};
        _cleanup_json_ json_t *value = NULL;

        if (reader->headless[index] && !characters_are_blank(cell->data, cell->length)) {
                csv_fault_add(reader->sheet, place.line, "", NULL, CSV_NO_HEADING);
                return false;
        }
        if (!place.column)
                return true;
        if (!csv_convert(&place, cell->data, cell->length, &reader->scratch, &value))
                return false;
        if (value) {
                text_printf(&reader->object, ",\"%s\":", place.column->name);
                json_dump_callback(value, append_bytes, &reader->object, JSON_ENCODE_ANY | JSON_COMPACT);
        }
        return true;
}

/* Makes reader->object of the cells. False when one has a fault. */
static bool convert_cells(struct reader *reader) {
        bool fine = true;

        reader->object.length = 0;
        text_printf(&reader->object, "{\"line\":%zu", reader->row.line);
        for (size_t i = 0; i < reader->header_count; i++)
                fine = convert_cell(reader, i) && fine;
        text_append_char(&reader->object, '}');
        return fine;
}

/* A new array begins behind the terminator of a full one. */
static void add_row(struct reader *reader) {
        struct csv_sheet *sheet = reader->sheet;
        struct text *rows = &sheet->rows;

        if (rows->length - reader->part >= CSV_ROWS_BYTES) {
                text_append(rows, "]\0[", 3);
                reader->part = rows->length - 1;
        } else if (sheet->row_count > 0) {
                text_append_string(rows, ",\n");
        }
        text_append(rows, reader->object.data, reader->object.length);
        sheet->row_count++;
}

static void take_row(struct reader *reader) {
        struct csv_sheet *sheet = reader->sheet;
        const struct row *row = &reader->row;
        enum csv_wrong wrong = row->wrong ?: row->count > reader->header_count ? CSV_ROW_LENGTH : CSV_FINE;

        if (wrong)
                csv_fault_add(sheet, row->line, "", NULL, wrong);
        if (wrong || !convert_cells(reader)) {
                sheet->bad_row_count++;
                return;
        }
        if (!reader->header_wrong)
                add_row(reader);
}

static void read_rows(struct reader *reader) {
        for (size_t count = 0; read_filled_row(reader); count++) {
                if (count == CSV_ROWS_MAX) {
                        csv_fault_add(reader->sheet, reader->row.line, "", NULL, CSV_TOO_MANY_ROWS);
                        return;
                }
                take_row(reader);
        }
}

static size_t count_lines(const char *bytes, size_t length) {
        size_t lines = 1;

        for (size_t i = 0; i < length; i++)
                lines += bytes[i] == '\n' || (bytes[i] == '\r' && (i + 1 == length || bytes[i + 1] != '\n'));
        return lines;
}

static int decode(const char *bytes, size_t length, enum charset charset, struct csv_sheet *sheet,
                  struct text *decoded) {
        size_t offset = 0;
        int error;

        if (length > CSV_BYTES_MAX) {
                csv_fault_add(sheet, 1, "", NULL, CSV_FILE_TOO_LARGE);
                return 0;
        }
        error = charset_decode(charset, bytes, length, decoded, &offset);
        if (error != -EILSEQ && error != -ENOTUNIQ)
                return error;
        csv_fault_add(sheet, count_lines(bytes, offset), "", NULL, error == -EILSEQ ? CSV_ENCODING : CSV_AMBIGUOUS);
        return 0;
}

static void close_reader(struct reader *reader) {
        text_free(&reader->scratch);
        text_free(&reader->object);
}

int csv_read(const char *bytes, size_t length, enum charset charset, const struct column *columns,
             struct csv_sheet *ret_sheet) {
        _cleanup_(text_free) struct text decoded = {0};
        struct csv_sheet sheet = {.arena = arena_new()};
        int error;

        text_append_char(&sheet.rows, '[');
        error = decode(bytes, length, charset, &sheet, &decoded);
        if (error) {
                csv_sheet_free(&sheet);
                return error;
        }
        if (decoded.data && sheet.fault_count == 0) {
                _cleanup_(close_reader) struct reader reader = {
                        .next = decoded.data, .line = 1, .sheet = &sheet, .columns = columns};
                if (read_header(&reader))
                        read_rows(&reader);
        }
        text_append_char(&sheet.rows, ']');
        *ret_sheet = sheet;
        return 0;
}

const char *csv_rows(const struct csv_sheet *sheet, const char *before) {
        const char *next = before ? before + strlen(before) + 1 : sheet->rows.data;

        return next < sheet->rows.data + sheet->rows.length ? next : NULL;
}

void csv_sheet_free(struct csv_sheet *sheet) {
        text_free(&sheet->rows);
        free(sheet->faults);
        arena_free(sheet->arena);
        *sheet = (struct csv_sheet){0};
}
