#include "documents/csv_cells.h"
#include "documents/csv_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
        const char *code, *ja, *en;
} wordings[CSV_WRONGS] = {
        [CSV_FILE_TOO_LARGE] = {"file_too_large", "ファイルが32 MiBを超えています。分けて送ってください。",
                                "The file is over 32 MiB. Send it in parts."},
        [CSV_ENCODING] =
                {"encoding",
                 "この行に文字として読めないバイトがあります。UTF-8かCP932（Shift_JIS）で保存し直してください。",
                 "This line has a byte that cannot be read as text. Save the file as UTF-8 or CP932 "
                 "(Shift_JIS)."},
        [CSV_AMBIGUOUS] = {"charset_needed",
                           "この行はUTF-8としてもCP932（Shift_JIS）としても読めます。Content-Typeにcharset=utf-8か"
                           "charset=cp932を付けるか、BOM付きのUTF-8で保存し直して、送ってください。",
                           "This line can be read as UTF-8 as well as CP932 (Shift_JIS). Add charset=utf-8 or "
                           "charset=cp932 to the Content-Type, or save the file as UTF-8 with a byte order mark."},
        [CSV_NO_HEADER] = {"no_header", "見出し行がありません。1行目に列の名前を書いてください。",
                           "There is no header row. Write the names of the columns in the first line."},
        [CSV_TOO_MANY_COLUMNS] = {"too_many_columns", "列が64を超えています。", "There are more than 64 columns."},
        [CSV_TOO_MANY_ROWS] = {"too_many_rows", "行が100,000を超えています。この行から先を分けて送ってください。",
                               "There are more than 100,000 rows. Send this line and those after it apart."},
        [CSV_UNKNOWN_COLUMN] = {"unknown_column", "知らない列です。列の名前を直すか、列を除いてください。",
                                "This column is not known. Correct its name or leave it out."},
        [CSV_REPEATED_COLUMN] = {"repeated_column", "同じ列が二つあります。一つにしてください。",
                                 "This column is there twice. Leave one out."},
        [CSV_MISSING_COLUMN] = {"missing_column", "必要な列がありません。見出し行に加えてください。",
                                "This column is needed. Add it to the header row."},
        [CSV_QUOTE_OPEN] = {"quote_open", "引用符（\"）が閉じていません。この行から先は読めません。",
                            "A quotation mark is opened and never closed. Nothing after this line can be read."},
        [CSV_QUOTE_STRAY] = {"quote_stray",
                             "引用符（\"）で閉じた後に文字が続いています。セルの中の引用符は二つ重ねてください。",
                             "There is text after a closing quotation mark. Double a quotation mark inside a cell."},
        [CSV_ROW_LENGTH] = {"row_length", "セルの数が見出し行と違います。",
                            "The row has not as many cells as the header."},
        [CSV_EMPTY_ROW] = {"empty_row", "空の行があります。この行を除いてください。", "The row is empty. Take it out."},
        [CSV_REQUIRED] = {"required", "空にできません。", "This cell must not be empty."},
        [CSV_CHARACTER] = {"character",
                           "制御文字、外字、文字の向きを変える文字、短い文の改行のどれかが入っています。"
                           "除くか、別の文字に置き換えてください。",
                           "There is a control or private-use character, one that turns the direction of writing, or a "
                           "line end in a short text. Take it out or put another one in its place."},
        [CSV_TOO_LONG] = {"too_long", "文字が多すぎます。", "There are too many characters."},
        [CSV_TOO_SHORT] = {"too_short", "文字が足りません。", "There are too few characters."},
        [CSV_NOT_INTEGER] = {"integer", "整数を書いてください。", "Write a whole number."},
        [CSV_TOO_SMALL] = {"too_small", "数が小さすぎます。", "The number is too small."},
        [CSV_TOO_LARGE] = {"too_large", "数が大きすぎます。", "The number is too large."},
        [CSV_NOT_BOOLEAN] = {"boolean", "「はい」か「いいえ」（true/false、1/0）を書いてください。",
                             "Write true or false (はい/いいえ, 1/0)."},
        [CSV_NOT_DATE] = {"date", "ある日付を「2025-10-16」か「令和7年10月16日」の形で書いてください。",
                          "Write a date that exists, as 2025-10-16 or 令和7年10月16日."},
        [CSV_NOT_TIMESTAMP] = {"timestamp", "ある日時を「2025-10-16 08:30」の形で書いてください。",
                               "Write a time that exists, as 2025-10-16 08:30 (in Japan) or in the form of RFC 3339."},
        [CSV_NOT_IN_ENUM] = {"enum", "決められた値のどれでもありません。",
                             "This is none of the values that are known."},
};

/* What the cell may be: "1–20" or "router, camera". False when there is nothing to add. */
static bool append_expected(struct text *text, const struct csv_column *about, enum csv_wrong wrong, bool english) {
        bool long_or_short = wrong == CSV_TOO_LONG || wrong == CSV_TOO_SHORT;
        bool bounds = (wrong == CSV_TOO_SMALL || wrong == CSV_TOO_LARGE) && (about->min != 0 || about->max != 0);

        if (long_or_short || bounds) {
                text_printf(text, "%" PRId64 "–%" PRId64, about->min, bounds ? about->max : csv_longest(about));
                return true;
        }
        if (wrong != CSV_NOT_IN_ENUM)
                return false;
        for (const struct vocabulary_word *known = about->words; known->word; known++)
                text_printf(text, "%s%s", known == about->words ? "" : ", ", english ? known->word : known->ja);
        return true;
}

static const char *word_fault(struct arena *arena, const struct csv_column *about, enum csv_wrong wrong, bool english) {
        const char *plain = english ? wordings[wrong].en : wordings[wrong].ja, *words = plain;
        struct text expected = {0};

        if (about && append_expected(&expected, about, wrong, english))
                words = arena_printf(arena, english ? "%s Allowed: %s" : "%s（%s）", plain, expected.data);
        text_free(&expected);
        return words;
}

/* A file of faults of one sort must not cost a sentence each: the words of an earlier fault serve again. Faults of one
   column lie at most a row apart. */
static bool find_words(const struct csv_sheet *sheet, const char *column, const char *code, struct csv_fault *fault) {
        for (size_t i = sheet->fault_count, seen = 0; i > 0 && seen < CSV_COLUMNS_MAX; i--, seen++) {
                const struct csv_fault *earlier = &sheet->faults[i - 1];
                if (earlier->code != code || strcmp(earlier->column, column) != 0)
                        continue;
                fault->column = earlier->column;
                fault->ja = earlier->ja;
                fault->en = earlier->en;
                return true;
        }
        return false;
}

/* Room for one more; as everywhere, no memory is the end of the process. */
static struct csv_fault *next_fault(struct csv_sheet *sheet) {
        size_t count = sheet->fault_count;

        if ((count & (count - 1)) == 0) { /* full at each power of two */
                struct csv_fault *faults = realloc(sheet->faults, (count ? count * 2 : 1) * sizeof(*faults));
                if (!faults)
                        abort();
                sheet->faults = faults;
        }
        return &sheet->faults[sheet->fault_count++];
}

void csv_fault_add(struct csv_sheet *sheet, size_t line, const char *column, const struct csv_column *about,
                   enum csv_wrong wrong) {
        struct csv_fault fault = {.line = line, .code = wordings[wrong].code};

        sheet->fault_total++;
        if (sheet->fault_count == CSV_FAULTS_MAX)
                return;
        if (!find_words(sheet, column, fault.code, &fault)) {
                fault.column = arena_strdup(sheet->arena, column);
                fault.ja = word_fault(sheet->arena, about, wrong, false);
                fault.en = word_fault(sheet->arena, about, wrong, true);
        }
        *next_fault(sheet) = fault;
}

const char *csv_faults(struct csv_sheet *sheet, bool english) {
        struct text json = {0};
        const char *kept;

        text_append_char(&json, '[');
        for (size_t i = 0; i < sheet->fault_count; i++) {
                const struct csv_fault *fault = &sheet->faults[i];
                text_printf(&json, "%s{\"line\":%zu,\"column\":", i ? "," : "", fault->line);
                if (*fault->column)
                        text_append_json(&json, fault->column);
                else
                        text_append_string(&json, "null");
                text_printf(&json, ",\"code\":\"%s\",\"detail\":", fault->code);
                text_append_json(&json, english ? fault->en : fault->ja);
                text_append_char(&json, '}');
        }
        text_append_char(&json, ']');
        kept = arena_strndup(sheet->arena, json.data, json.length);
        text_free(&json);
        return kept;
}
