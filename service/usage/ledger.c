#include "usage_ledger.sql.h"

#include "core/cleanup.h"
#include "core/wareki.h"
#include "documents/csv_write.h"
#include "http/conditions.h"
#include "http/reply.h"
#include "http/request.h"
#include "operations.h"
#include "problems.h"

#include <string.h>

/* The form (annex1). */
static const char *const columns[] = {"番号",           "利用年月日", "利用年月日（西暦）", "開始時刻",
                                      "返却時刻",       "所属",       "職・氏名",           "機器番号",
                                      "品名",           "付属品",     "利用目的",           "会議名",
                                      "機密性区分",     "異常の有無", "施錠保管確認",       "通信量",
                                      "利用管理者確認", "備考"};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static const char *department_of(const struct request *request) {
        return request_path(request, "department_id");
}

static const char *month_of_path(const struct request *request) {
        return request_path(request, "month");
}

/* Row of ledger_head: (version, department id, code, name, closed at, closed by). */
static const char *head(const struct request *request, int column) {
        return transaction_value(request->transaction, 1, 0, column);
}

static void append_member(struct text *json, const char *name, const char *value) {
        text_printf(json, ",\"%s\":", name);
        if (value)
                text_append_json(json, value);
        else
                text_append_string(json, "null");
}

static void append_day(struct text *json, const char *day) {
        char wareki[WAREKI_DATE_SIZE];
        struct date date = {0};

        clock_parse_date(day, &date);
        wareki_format_date(date, wareki);
        append_member(json, "used_on", day);
        append_member(json, "used_on_wareki", wareki);
}

/* Row of ledger_lines: (number, day of use, the rest as an object). */
static void append_lines(struct text *json, const struct request *request) {
        struct transaction *t = request->transaction;

        for (size_t i = 0; i < transaction_rows(t, 0); i++) {
                text_printf(json, "%s{\"number\":%s", i ? "," : "", transaction_value(t, 0, i, 0));
                append_day(json, transaction_value(t, 0, i, 1));
                text_append_char(json, ',');
                text_append_string(json, transaction_value(t, 0, i, 2) + 1);
        }
}

/* The version, which closing asks for, and a hash: names may change without the ledger. */
static void tag(struct request *request, const char *body, size_t length) {
        const char *hash = conditions_hash(request, body, length);
        const char *version =
                arena_printf(request->arena, "%s.%.*s", head(request, 0), (int)strlen(hash) - 2, hash + 1);

        reply_tag(request, conditions_tag(request, version));
}

static int write_json(struct request *request) {
        char wareki[WAREKI_MONTH_SIZE];
        struct month month = {0};
        struct text json = {0};

        if (transaction_rows(request->transaction, 1) == 0)
                return PROBLEM_NOT_FOUND;
        clock_parse_month(month_of_path(request), &month);
        wareki_format_month(month, wareki);
        text_printf(&json, "{\"department_id\":\"%s\"", head(request, 1));
        append_member(&json, "department_code", head(request, 2));
        append_member(&json, "department_name", head(request, 3));
        append_member(&json, "month", month_of_path(request));
        append_member(&json, "month_wareki", wareki);
        append_member(&json, "closed_at", head(request, 4));
        append_member(&json, "closed_by", head(request, 5));
        text_append_string(&json, ",\"lines\":[");
        append_lines(&json, request);
        text_append_string(&json, "]}");
        const char *body = arena_strndup(request->arena, json.data, json.length);
        reply_bytes(request, 200, "application/json", body, json.length);
        tag(request, body, json.length);
        text_free(&json);
        return 0;
}

/* Row of ledger_cells: (day of use, number, and the cells after the two columns of the day). */
static int write_row(struct csv_writer *csv, struct transaction *t, size_t row) {
        const char *day = transaction_value(t, 0, row, 0);
        char wareki[WAREKI_DATE_SIZE];
        struct date date = {0};

        clock_parse_date(day, &date);
        wareki_format_date(date, wareki);
        csv_cell(csv, transaction_value(t, 0, row, 1));
        csv_cell(csv, wareki);
        csv_cell(csv, day);
        for (int column = 2; column < COLUMNS - 1; column++)
                csv_cell(csv, transaction_value(t, 0, row, column));
        return csv_end_row(csv);
}

static int write_rows(struct csv_writer *csv, struct transaction *t) {
        for (size_t i = 0; i < COLUMNS; i++)
                csv_cell(csv, columns[i]);
        int r = csv_end_row(csv);
        for (size_t i = 0; i < transaction_rows(t, 0) && r == 0; i++)
                r = write_row(csv, t, i);
        return r;
}

static int write_csv(struct request *request) {
        bool cp932 = strstr(request->answer, "cp932") != NULL;
        _cleanup_(text_free) struct text text = {0};
        struct csv_writer csv = {0};

        if (transaction_rows(request->transaction, 1) == 0)
                return PROBLEM_NOT_FOUND;
        int r = csv_writer_open(cp932 ? CHARSET_CP932 : CHARSET_UTF8, &text, &csv);
        if (r == 0)
                r = write_rows(&csv, request->transaction);
        if (cp932)
                reply_header(request, "X-Substituted-Characters", arena_printf(request->arena, "%zu", csv.lost));
        csv_writer_close(&csv);
        reply_header(request, "Content-Disposition",
                     arena_printf(request->arena, "attachment; filename=\"ledger-%s-%s.csv\"", head(request, 2),
                                  month_of_path(request)));
        reply_bytes(request, 200, request->answer, arena_strndup(request->arena, text.data, text.length), text.length);
        return r;
}

int op_get_ledger(struct request *request) {
        const char *device = request_query(request, "device_id");
        bool json = strcmp(request->answer, "application/json") == 0;

        ledger_head(request->transaction, department_of(request), month_of_path(request));
        if (json)
                ledger_lines(request->transaction, department_of(request), month_of_path(request), device);
        else
                ledger_cells(request->transaction, department_of(request), month_of_path(request), device);
        return reply_render(request, json ? write_json : write_csv);
}
