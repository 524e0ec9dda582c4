#include "usage_ledger.sql.h"

#include "core/cleanup.h"
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

/* Row of ledger_head: (version, department code). */
static const char *head(const struct request *request, int column) {
        return transaction_value(request->transaction, 1, 0, column);
}

/* The version, which closing asks for, and a hash: names may change without the ledger. */
static void tag(struct request *request, const char *body) {
        const char *hash = conditions_hash(request, body, strlen(body));
        const char *version =
                arena_printf(request->arena, "%s.%.*s", head(request, 0), (int)strlen(hash) - 2, hash + 1);

        reply_tag(request, conditions_tag(request, version));
}

/* Row of ledger_json: (body). */
static int write_json(struct request *request) {
        if (transaction_rows(request->transaction, 1) == 0)
                return PROBLEM_NOT_FOUND;
        const char *body = arena_strdup(request->arena, transaction_value(request->transaction, 0, 0, 0));
        tag(request, body);
        return reply_bytes(request, 200, "application/json", body, strlen(body));
}

static void name_file(struct request *request, const char *ending) {
        reply_header(request, "Content-Disposition",
                     arena_printf(request->arena, "attachment; filename=\"ledger-%s-%s.%s\"", head(request, 1),
                                  request_path(request, "month"), ending));
}

/* Row of ledger_canonical: (text). */
static int write_canonical(struct request *request) {
        if (transaction_rows(request->transaction, 1) == 0)
                return PROBLEM_NOT_FOUND;
        if (transaction_rows(request->transaction, 0) == 0)
                return PROBLEM_FORM_NOT_KEPT;
        const char *text = arena_strdup(request->arena, transaction_value(request->transaction, 0, 0, 0));
        name_file(request, "txt");
        return reply_bytes(request, 200, request->answer, text, strlen(text));
}

/* Rows of ledger_cells: the cells of the columns. */
static int write_rows(struct csv_writer *csv, struct transaction *t) {
        for (size_t i = 0; i < COLUMNS; i++)
                csv_cell(csv, columns[i]);
        int r = csv_end_row(csv);
        for (size_t i = 0; i < transaction_rows(t, 0) && r == 0; i++) {
                for (int column = 0; column < COLUMNS; column++)
                        csv_cell(csv, transaction_value(t, 0, i, column));
                r = csv_end_row(csv);
        }
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
        name_file(request, "csv");
        reply_bytes(request, 200, request->answer, arena_strndup(request->arena, text.data, text.length), text.length);
        return r;
}

int op_get_ledger(struct request *request) {
        const char *department = request_path(request, "department_id"), *month = request_path(request, "month");
        const char *device = request_query(request, "device_id");
        struct transaction *t = request->transaction;

        ledger_head(t, department, month);
        if (strcmp(request->answer, "application/json") == 0) {
                ledger_json(t, department, month, device, language_tag(request->language));
                return reply_render(request, write_json);
        }
        if (strncmp(request->answer, "text/csv", strlen("text/csv")) == 0) {
                ledger_cells(t, department, month, device);
                return reply_render(request, write_csv);
        }
        ledger_canonical(t, department, month);
        return reply_render(request, write_canonical);
}
