#include "documents/csv_cells.h"
#include "documents/csv_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
        const char *code, *ja, *en;
} wordings[CSV_WRONGS] = {
        [CSV_FILE_TOO_LARGE] = {"file_too_large", "ファイルが32 MiBを超えています。分割して送信してください。",
                                "The file is over 32 MiB. Send it in parts."},
        [CSV_ENCODING] = {"encoding",
                          "この行に、文字として解釈できないバイトがあります。UTF-8又はCP932（Shift_"
                          "JIS）で保存し直してください。",
                          "This line has a byte that cannot be read as text. Save the file as UTF-8 or CP932 "
                          "(Shift_JIS)."},
        [CSV_AMBIGUOUS] =
                {"charset_needed",
                 "この行は、UTF-8とCP932（Shift_JIS）のいずれとしても解釈できます。Content-Typeにcharset=utf-8又は"
                 "charset=cp932を指定するか、BOM付きのUTF-8で保存し直して送信してください。",
                 "This line can be read as UTF-8 as well as CP932 (Shift_JIS). Add charset=utf-8 or "
                 "charset=cp932 to the Content-Type, or save the file as UTF-8 with a byte order mark."},
        [CSV_NO_HEADER] = {"no_header", "見出し行がありません。1行目に列名を入力してください。",
                           "There is no header row. Write the names of the columns in the first line."},
        [CSV_TOO_MANY_COLUMNS] = {"too_many_columns", "列数が64を超えています。", "There are more than 64 columns."},
        [CSV_TOO_MANY_ROWS] = {"too_many_rows", "行数が100,000を超えています。この行以降を分割して送信してください。",
                               "There are more than 100,000 rows. Send this line and those after it apart."},
        [CSV_UNKNOWN_COLUMN] = {"unknown_column", "未定義の列です。列名を修正するか、列を削除してください。",
                                "This column is not known. Correct its name or leave it out."},
        [CSV_REPEATED_COLUMN] = {"repeated_column", "同じ列が重複しています。1列にしてください。",
                                 "This column is there twice. Leave one out."},
        [CSV_MISSING_COLUMN] = {"missing_column", "必須の列がありません。見出し行に追加してください。",
                                "This column is needed. Add it to the header row."},
        [CSV_QUOTE_OPEN] = {"quote_open", "引用符（\"）が閉じていません。この行以降は読み取れません。",
                            "A quotation mark is opened and never closed. Nothing after this line can be read."},
        [CSV_QUOTE_STRAY] = {"quote_stray",
                             "引用符（\"）を閉じた後に文字があります。セル内の引用符は2つ重ねてください。",
                             "There is text after a closing quotation mark. Double a quotation mark inside a cell."},
        [CSV_ROW_LENGTH] = {"row_length", "セルの数が見出し行と異なります。",
                            "The row has not as many cells as the header."},
        [CSV_EMPTY_ROW] = {"empty_row", "空行があります。この行を削除してください。", "The row is empty. Take it out."},
        [CSV_REQUIRED] = {"required", "空欄にできません。", "This cell must not be empty."},
        [CSV_CHARACTER] = {"character",
                           "制御文字、外字、書字方向を変える文字又は1行の項目における改行が含まれています。"
                           "削除するか、別の文字に置き換えてください。",
                           "There is a control or private-use character, one that turns the direction of writing, or a "
                           "line end in a short text. Take it out or put another one in its place."},
        [CSV_TOO_LONG] = {"too_long", "文字数が上限を超えています。", "There are too many characters."},
        [CSV_TOO_SHORT] = {"too_short", "文字数が不足しています。", "There are too few characters."},
        [CSV_NOT_INTEGER] = {"integer", "整数を入力してください。", "Write a whole number."},
        [CSV_TOO_SMALL] = {"too_small", "数値が下限を下回っています。", "The number is too small."},
        [CSV_TOO_LARGE] = {"too_large", "数値が上限を上回っています。", "The number is too large."},
        [CSV_NOT_BOOLEAN] = {"boolean", "「はい」又は「いいえ」（true/false、1/0）を入力してください。",
                             "Write true or false (はい/いいえ, 1/0)."},
        [CSV_NOT_DATE] = {"date", "実在する日付を「2025-10-16」又は「令和7年10月16日」の形式で入力してください。",
                          "Write a date that exists, as 2025-10-16 or 令和7年10月16日."},
        [CSV_NOT_TIMESTAMP] = {"timestamp", "実在する日時を「2025-10-16 08:30」の形式で入力してください。",
                               "Write a time that exists, as 2025-10-16 08:30 (in Japan) or in the form of RFC 3339."},
        [CSV_NOT_IN_ENUM] = {"enum", "該当する選択肢がありません。", "This is none of the known values."},
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

void csv_faults_join(struct csv_sheet *sheet, const struct csv_fault *found, size_t count, size_t total) {
        size_t all = sheet->fault_count + count, kept = all < CSV_FAULTS_MAX ? all : CSV_FAULTS_MAX, j = 0;
        struct csv_fault *joined = calloc(kept + 1, sizeof(*joined));

        if (!joined)
                abort();
        for (size_t i = 0; i + j < kept;) {
                bool next_is_found = i == sheet->fault_count || (j < count && found[j].line < sheet->faults[i].line);
                const struct csv_fault *next = next_is_found ? &found[j++] : &sheet->faults[i++];
                joined[i + j - 1] = *next;
        }
        free(sheet->faults);
        sheet->faults = joined;
        sheet->fault_count = kept;
        sheet->fault_total += total;
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
