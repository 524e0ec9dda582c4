#include "documents/csv_cells.h"
#include "documents/csv_read.h"
#include "vocabularies.h"

#include <stdlib.h>
#include <string.h>

static const struct {
        const char *code, *ja, *en;
} wordings[CSV_WRONGS] = {
        [CSV_FILE_TOO_LARGE] = {"file_too_large", "ファイルが大きすぎます。分割して送信してください。",
                                "The file is too large. Send it in parts."},
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
        [CSV_SEPARATOR] =
                {"separator",
                 "セルがカンマではなくタブ又はセミコロンで区切られています。カンマ区切りのCSVで保存し直してください。",
                 "The cells are separated by tabs or semicolons: save the file as CSV with commas."},
        [CSV_TOO_MANY_COLUMNS] = {"too_many_columns", "列が多すぎます。不要な列を削除してください。",
                                  "There are too many columns. Leave out those that are not needed."},
        [CSV_TOO_MANY_ROWS] = {"too_many_rows", "行が多すぎます。この行以降を分割して送信してください。",
                               "There are too many rows. Send this line and those after it apart."},
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
        [CSV_ROW_LENGTH] = {"row_length", "セルの数が見出し行を超えています。余分なセルを削除してください。",
                            "The row has more cells than the header. Take out those that are too many."},
        [CSV_NO_HEADING] = {"no_heading", "見出しのない列に値があります。見出しを入力するか、値を削除してください。",
                            "There is a value in a column without a heading. Give it a heading or clear it."},
        [CSV_REQUIRED] = {"required", "空欄にできません。", "This cell must not be empty."},
        [CSV_KEPT] =
                {"required",
                 "この列の値は消去できません。値を入力するか、空欄のままにしてください（登録済みの値は変わりません）。",
                 "What stands here cannot be emptied. Write a value, or leave the cell empty to keep what is known."},
        [CSV_CHARACTER] = {"character", "制御文字、外字又は改行が含まれています。削除してください。",
                           "There is a control or private-use character or a line end. Take it out."},
        [CSV_TOO_LONG] = {"too_long", "文字数が上限を超えています。", "There are too many characters."},
        [CSV_NOT_INTEGER] = {"integer", "整数を入力してください。", "Write a whole number."},
        [CSV_NOT_BOOLEAN] = {"boolean", "「はい」又は「いいえ」（○/×、有/無、true/false、1/0）を入力してください。",
                             "Write true or false (はい/いいえ, ○/×, 有/無, 1/0)."},
        [CSV_NOT_DATE] =
                {"date",
                 "1900年から2199年までの実在する日付を「2026-04-01」又は「令和8年4月1日」の形式で入力してください。",
                 "Write a date of the years 1900 to 2199, as 2026-04-01 or 令和8年4月1日."},
        [CSV_NOT_TIMESTAMP] =
                {"timestamp", "1900年から2199年までの実在する日時を「2026-04-01 08:30」の形式で入力してください。",
                 "Write a time of the years 1900 to 2199, as 2026-04-01 08:30 (in Japan) or in the form of "
                 "RFC 3339."},
        [CSV_SERIAL] =
                {"serial_date",
                 "日付が表計算ソフトの内部の数値（シリアル値）になっています。セルの表示形式を日付とし、保存し直してく"
                 "ださい。",
                 "The spreadsheet has saved the date as a number: format the cells as dates and save the file again."},
        [CSV_NOT_IN_ENUM] = {"enum", "該当する選択肢がありません。", "This is none of the known values."},
};

static const struct {
        const char *ja, *en;
} emptying = {"セルの値を消去する場合は「（空）」と入力してください。", " To empty the cell write (empty)."};

/* What was written for nothing, such as a dash, may stand where the cell can be emptied. */
static bool can_be_emptied(const struct column *about, enum csv_wrong wrong) {
        return about && wrong != CSV_REQUIRED && schema_validate(about->schema, json_null(), NULL, NULL) == 0;
}

/* And what the cell may be: "ルータ, カメラ". */
static const char *word_fault(struct arena *arena, const struct column *about, enum csv_wrong wrong, bool english) {
        const char *plain = english ? wordings[wrong].en : wordings[wrong].ja;
        const char *comma = english ? ", " : "、";
        struct text expected = {0};

        if (can_be_emptied(about, wrong))
                plain = arena_printf(arena, "%s%s", plain, english ? emptying.en : emptying.ja);
        if (wrong != CSV_NOT_IN_ENUM)
                return plain;
        for (const struct vocabulary_word *known = about->words; known->word; known++)
                text_printf(&expected, "%s%s", known == about->words ? "" : comma, english ? known->word : known->ja);
        plain = arena_printf(arena, english ? "%s Allowed: %s" : "%s指定できる値：%s", plain, expected.data);
        text_free(&expected);
        return plain;
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

void csv_fault_tell(struct csv_sheet *sheet, size_t line, const char *column, const struct fault *fault) {
        sheet->fault_total++;
        if (sheet->fault_count < CSV_FAULTS_MAX)
                *next_fault(sheet) = (struct csv_fault){.line = line,
                                                        .column = arena_strdup(sheet->arena, column),
                                                        .code = fault->code,
                                                        .ja = fault->ja,
                                                        .en = fault->en};
}

void csv_fault_add(struct csv_sheet *sheet, size_t line, const char *column, const struct column *about,
                   enum csv_wrong wrong) {
        struct fault fault = {.code = wordings[wrong].code};

        if (sheet->fault_count < CSV_FAULTS_MAX) {
                fault.ja = word_fault(sheet->arena, about, wrong, false);
                fault.en = word_fault(sheet->arena, about, wrong, true);
        }
        csv_fault_tell(sheet, line, column, &fault);
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
