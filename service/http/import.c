#include "http/import.h"

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "documents/csv_read.h"
#include "http/connection.h"
#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"
#include "http/session.h"
#include "http/turns.h"
#include "http/words.h"
#include "http_import.sql.h"
#include "problems.h"

static void log_progress(struct request *request, const char *done, size_t rows, int64_t began_ms) {
        LOG(LOG_LEVEL_INFO, "import", LOG_TEXT("request_id", request->id),
            LOG_TEXT("operation", request->operation->id), LOG_TEXT("done", done), LOG_INT("rows", (int64_t)rows),
            LOG_INT("milliseconds", clock_monotonic_ms() - began_ms));
}

/* Adds what the records found to what the reader did. */
static int join_faults(struct request *request, struct csv_sheet *sheet) {
        struct transaction *t = request->transaction;
        size_t count = transaction_rows(t, 0);
        struct csv_fault *found = arena_alloc(request->arena, (count + 1) * sizeof(*found));
        struct import_fault fault = {0};

        for (size_t i = 0; i < count; i++) {
                int r = transaction_row(t, 0, i, &row_import_fault, &fault);
                if (r != 0)
                        return r;
                found[i] = (struct csv_fault){.line = (size_t)fault.line,
                                              .column = fault.cell,
                                              .code = fault.code,
                                              .ja = words_sentence(fault.code, false),
                                              .en = words_sentence(fault.code, true)};
        }
        csv_faults_join(sheet, found, count, (size_t)fault.total);
        return 0;
}

static int refuse(struct request *request, struct csv_sheet *sheet) {
        const struct report report = {.problem = PROBLEM_IMPORT_REFUSED,
                                      .members = arena_printf(request->arena, "{\"count\":%zu,\"rows\":%s}",
                                                              sheet->fault_total,
                                                              csv_faults(sheet, request->language == LANGUAGE_EN))};

        problem_reply(request, &report);
        return report.problem;
}

/* Each part is sent before the next one is queued. */
static int stage_rows(struct request *request, const struct csv_sheet *sheet) {
        struct transaction *t = request->transaction;
        int milliseconds = (int)request->server->config->import_ms;

        import_allow(t, milliseconds);
        import_begin(t, milliseconds);
        for (const char *rows = csv_rows(sheet, NULL); rows; rows = csv_rows(sheet, rows)) {
                import_stage(t, rows);
                int r = transaction_flush(t);
                if (r != 0)
                        return r;
        }
        return import_weigh(t);
}

static int judge_rows(struct request *request, const struct import *import, struct csv_sheet *sheet) {
        struct transaction *t = request->transaction;

        import->hold(t);
        import->judge(t);
        import_need(t, request->operation->new_columns);
        import_faults(t, CSV_FAULTS_MAX);
        int r = transaction_flush(t);
        if (r != 0)
                return r;
        r = join_faults(request, sheet);
        return r == 0 && sheet->fault_total > 0 ? refuse(request, sheet) : r;
}

static int write_rows(struct request *request, const struct import *import) {
        struct transaction *t = request->transaction;
        bool dry_run = request_asks(request, "dry_run");

        import->write(t);
        import_answer(t, import->event, import->subject, dry_run);
        int r = transaction_flush(t);
        if (r != 0 || !dry_run)
                return r != 0 ? r : reply_answer(request);
        const char *report = arena_strdup(request->arena, transaction_value(t, 0, 0, 3));
        r = transaction_rollback(t);
        return r == 0 ? reply_string(request, 200, "application/json", report) : r;
}

static int work(struct request *request, const struct import *import, enum charset charset) {
        _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};
        int64_t began_ms = clock_monotonic_ms();

        int r = csv_read(request->payload, request->payload_length, charset, request->operation->columns, &sheet);
        if (r != 0)
                return r;
        log_progress(request, "read", sheet.row_count, began_ms);
        r = session_resume(request, request->server->config->import_ms);
        if (r == 0)
                r = stage_rows(request, &sheet);
        if (r == 0)
                r = judge_rows(request, import, &sheet);
        if (r != 0)
                return r;
        log_progress(request, "judged", sheet.row_count, began_ms);
        r = write_rows(request, import);
        if (r == 0)
                log_progress(request, "written", sheet.row_count, began_ms);
        return r;
}

static int refuse_charset(struct request *request) {
        const struct report report = {
                .problem = PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                .ja = "この文字コードには対応していません。charsetをutf-"
                      "8又はcp932とするか、指定せずに送信してください。",
                .en = "This charset is not read. Send utf-8 or cp932, or leave the charset out.",
        };

        problem_reply(request, &report);
        return report.problem;
}

int import_run(struct request *request, const struct import *import) {
        struct turns *turns = request->server->imports;
        enum charset charset;

        /* Whether the caller may comes before what is wrong with the file. */
        transaction_explicit(request->transaction);
        int r = transaction_flush(request->transaction);
        if (r != 0)
                return r;
        if (charset_declared(request->headers.value[HEADER_CONTENT_TYPE], &charset) != 0)
                return refuse_charset(request);
        session_pause(request);
        r = turns_take(turns, request->server->config->import_ms, connection_gone, connection_current());
        if (r != 0)
                return r;
        r = work(request, import, charset);
        turns_end(turns);
        return r;
}
