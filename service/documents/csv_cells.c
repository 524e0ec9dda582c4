#include "documents/csv_cells.h"

#include "core/characters.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/memory.h"
#include "documents/csv_dates.h"
#include "vocabularies.h"

#include <stdlib.h>
#include <string.h>

static bool is_text(const struct column *column) {
        return column->kind == COLUMN_TEXT || column->kind == COLUMN_LIST;
}

/* ---- What a cell says, by the kind of its column ---- */

static enum csv_wrong read_integer(const char *cell, json_t **ret_value) {
        size_t sign = *cell == '-' || *cell == '+';
        size_t digits = strspn(cell + sign, "0123456789");

        if (digits == 0 || cell[sign + digits])
                return CSV_NOT_INTEGER;
        *ret_value = json_integer(
                strtoll(cell, NULL, 10)); /* one that is too large is the largest, and no schema takes it */
        return CSV_FINE;
}

static bool is_one_of(const char *const *words, const char *cell) {
        for (; *words; words++)
                if (strcasecmp(cell, *words) == 0)
                        return true;
        return false;
}

/* As marks stand in tables, folded: a lone x is no answer, as it ticks a box as well. */
static enum csv_wrong read_boolean(const char *cell, json_t **ret_value) {
        static const char *const yes[] = {"ハイ", "true", "1",    "yes",  "y",  "○", "〇", "◯", "⭕",
                                          "◎",    "有",   "有リ", "アリ", "済", "✓", "✔",  "☑", NULL};
        static const char *const no[] = {"イイエ", "false", "0",  "no",   "n",    "×",  "✕", "❌",
                                         "✖",      "☓",     "無", "無シ", "ナシ", "未", NULL};
        _cleanup_(text_free) struct text folded = {0};

        characters_append_folded(&folded, cell, strlen(cell));
        bool is_yes = is_one_of(yes, folded.data);
        if (!is_yes && !is_one_of(no, folded.data))
                return CSV_NOT_BOOLEAN;
        *ret_value = json_boolean(is_yes);
        return CSV_FINE;
}

static enum csv_wrong read_date(char *cell, json_t **ret_value) {
        char formatted[CLOCK_DATE_SIZE];
        struct date date;

        if (csv_is_serial(cell))
                return CSV_SERIAL;
        if (!csv_parse_date(cell, &date))
                return CSV_NOT_DATE;
        clock_format_date(date, formatted);
        *ret_value = json_string(formatted);
        return CSV_FINE;
}

static enum csv_wrong read_timestamp(char *cell, json_t **ret_value) {
        char formatted[CLOCK_INSTANT_SIZE];
        int64_t instant;

        if (csv_is_serial(cell))
                return CSV_SERIAL;
        if (!csv_parse_instant(cell, &instant) || !date_is_valid(date_in_japan(instant)))
                return CSV_NOT_TIMESTAMP;
        clock_format_instant(instant, formatted);
        *ret_value = json_string(formatted);
        return CSV_FINE;
}

static bool folds_to(const char *word, const char *folded) {
        _cleanup_(text_free) struct text text = {0};

        if (!word)
                return false;
        characters_append_folded(&text, word, strlen(word));
        return strcmp(text.data, folded) == 0;
}

/* As most files have them, so that nothing need be folded. */
static const struct vocabulary_word *find_as_written(const struct vocabulary_word *known, const char *cell) {
        while (known->word && strcmp(cell, known->word) != 0 && strcmp(cell, known->ja) != 0)
                known++;
        return known->word ? known : NULL;
}

static const struct vocabulary_word *find_folded(const struct vocabulary_word *known, const char *cell) {
        _cleanup_(text_free) struct text folded = {0};

        characters_append_folded(&folded, cell, strlen(cell));
        while (known->word && strcmp(folded.data, known->word) != 0 && !folds_to(known->ja, folded.data) &&
               !folds_to(known->en, folded.data) && !folds_to(known->also, folded.data))
                known++;
        return known->word ? known : NULL;
}

static enum csv_wrong read_word(const struct column *column, const char *cell, json_t **ret_value) {
        const struct vocabulary_word *found = find_as_written(column->words, cell) ?: find_folded(column->words, cell);

        if (!found)
                return CSV_NOT_IN_ENUM;
        *ret_value = json_string(found->word);
        return CSV_FINE;
}

/* Bytes of what separates two items, or 0. */
static size_t separator_length(const char *s) {
        static const char *const separators[] = {"、", "､", "，", ",", "；", ";", "／", "\n"};

        for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++)
                if (strncmp(s, separators[i], strlen(separators[i])) == 0)
                        return strlen(separators[i]);
        return 0;
}

/* An item between two separators that has nothing in it is one all the same. */
static enum csv_wrong read_list(char *cell, json_t **ret_value) {
        json_t *list = json_array();
        size_t separator;

        for (char *item = cell;; item = cell += separator) {
                while (*cell && separator_length(cell) == 0)
                        cell++;
                separator = separator_length(cell);
                *cell = '\0';
                json_array_append_new(list, json_string(characters_trim(item)));
                if (separator == 0)
                        break;
        }
        *ret_value = list;
        return CSV_FINE;
}

static enum csv_wrong read_value(const struct column *column, char *cell, json_t **ret_value) {
        switch (column->kind) {
        case COLUMN_BOOLEAN:
                return read_boolean(cell, ret_value);
        case COLUMN_INTEGER:
                return read_integer(cell, ret_value);
        case COLUMN_DATE:
                return read_date(cell, ret_value);
        case COLUMN_TIMESTAMP:
                return read_timestamp(cell, ret_value);
        case COLUMN_WORD:
                return read_word(column, cell, ret_value);
        case COLUMN_LIST:
                return read_list(cell, ret_value);
        case COLUMN_TEXT:
        case COLUMN_CODE:
                break;
        }
        *ret_value = json_string(cell);
        return CSV_FINE;
}

/* ---- What the contract says to it ---- */

static bool refuse(const struct csv_cell *cell, enum csv_wrong wrong) {
        csv_fault_add(cell->sheet, cell->line, cell->column->name, cell->column, wrong);
        return false;
}

/* Of several faults the first. The words of a list's item tell which one it is. */
static bool judge(const struct csv_cell *cell, const json_t *value) {
        struct arena *arena = cell->sheet->arena;
        struct faults faults = {0};

        if (json_is_null(value) && cell->column->always)
                return refuse(cell, CSV_REQUIRED);
        if (schema_validate(cell->column->schema, value, arena, NULL) == 0)
                return true;
        if (json_is_null(value))
                return refuse(cell, CSV_KEPT);
        if (cell->sheet->fault_count == CSV_FAULTS_MAX) {
                cell->sheet->fault_total++; /* its words would not be kept */
                return false;
        }
        schema_validate(cell->column->schema, value, arena, &faults);
        struct fault *fault = &faults.items[0];
        if (*fault->pointer) {
                unsigned long item = strtoul(fault->pointer + 1, NULL, 10) + 1;
                fault->ja = arena_printf(arena, "%lu番目の項目：%s", item, fault->ja);
                fault->en = arena_printf(arena, "Item %lu: %s", item, fault->en);
        }
        csv_fault_tell(cell->sheet, cell->line, cell->column->name, fault);
        return false;
}

static bool says_empty(const char *cell) {
        static const char *const words[] = {"（空）", "(空)", "（empty）", "(empty)", NULL};

        return is_one_of(words, cell);
}

/* The dashes — and ―, which have three bytes, as hyphens: folded, they are. */
static void narrow_dashes(struct text *text) {
        char *out = text->data;

        for (const char *in = out; *in;) {
                bool dash = strncmp(in, "\u2014", 3) == 0 || strncmp(in, "\u2015", 3) == 0;
                *out++ = dash ? '-' : *in;
                in += dash ? 3 : 1;
        }
        *out = '\0';
}

/* Trimmed, in the scratch. */
static char *settle(const struct column *column, const char *cell, size_t length, struct text *scratch) {
        if (is_text(column))
                return characters_settle(scratch, cell, length);
        scratch->length = 0;
        characters_append_narrow(scratch, cell, length);
        narrow_dashes(scratch);
        return characters_trim(scratch->data);
}

bool csv_convert(const struct csv_cell *cell, const char *text, size_t length, struct text *scratch,
                 json_t **ret_value) {
        const struct column *column = cell->column;
        _cleanup_json_ json_t *value = NULL;
        enum csv_wrong wrong = CSV_FINE;

        *ret_value = NULL;
        if (characters_count(text, length) > CSV_CELL_MAX)
                return refuse(cell, CSV_TOO_LONG);
        char *settled = settle(column, text, length, scratch);
        if (characters_are_blank(settled, strlen(settled)))
                return !column->always || refuse(cell, CSV_REQUIRED);
        if (says_empty(settled))
                value = column->kind == COLUMN_LIST ? json_array() : json_null();
        else if (!is_text(column) && characters_are_refused(settled, strlen(settled), false))
                wrong = CSV_CHARACTER; /* of a text the contract says it */
        else
                wrong = read_value(column, settled, &value);
        if (wrong)
                return refuse(cell, wrong);
        if (!judge(cell, memory_need(value)))
                return false;
        *ret_value = TAKE_PTR(value);
        return true;
}
