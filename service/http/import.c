#include "http/import.h"

#include "core/cleanup.h"
#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/words.h"
#include "problems.h"

/* The check's {line, column, code} with the code's sentence, behind those that the reader found. */
static void add_faults(struct request *request, json_t *all, const char *found) {
        _cleanup_json_ json_t *faults = json_loads(found, 0, NULL);
        json_t *fault;
        size_t i;

        json_array_foreach(faults, i, fault) {
                const char *sentence = words_sentence(json_string_value(json_object_get(fault, "code")),
                                                      request->language == LANGUAGE_EN);
                json_object_set_new(fault, "detail", json_string(sentence));
                json_array_append(all, fault);
        }
}

static int refuse(struct request *request, json_t *faults) {
        _cleanup_json_ json_t *members = json_pack("{s:O}", "rows", faults);
        _cleanup_free_ char *text = json_dumps(members, JSON_COMPACT);
        const struct report report = {.problem = PROBLEM_IMPORT_REFUSED, .members = arena_strdup(request->arena, text)};

        problem_reply(request, &report);
        return PROBLEM_IMPORT_REFUSED;
}

/* {"dry_run": …, "rows": number, "items": as the check gave them} */
static const char *report_text(struct request *request, const struct csv_sheet *sheet, const char *items) {
        return arena_printf(request->arena, "{\"dry_run\":%s,\"rows\":%zu,\"items\":%s}",
                            request_asks(request, "dry_run") ? "true" : "false", sheet->row_count, items);
}

static int check_and_write(struct request *request, const struct import *import, struct csv_sheet *sheet) {
        struct transaction *t = request->transaction;
        _cleanup_json_ json_t *faults = json_loads(csv_faults(sheet, request->language == LANGUAGE_EN), 0, NULL);
        const char *rows = sheet->rows.length > 0 ? sheet->rows.data : "[]";

        import->check(t, rows);
        int r = transaction_flush(t);
        if (r != 0)
                return r;
        add_faults(request, faults, transaction_value(t, 0, 0, 0));
        if (json_array_size(faults) > 0)
                return refuse(request, faults);
        const char *report = report_text(request, sheet, transaction_value(t, 0, 0, 1));
        if (request_asks(request, "dry_run"))
                return reply_string(request, 200, "application/json", report);
        import->write(t, rows, report);
        return reply_answer(request);
}

static int refuse_charset(struct request *request) {
        const struct report report = {
                .problem = PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                .ja = "この文字コードは読めません。charsetをutf-8かcp932にするか、付けずに送ってください。",
                .en = "This charset is not read. Send utf-8 or cp932, or leave the charset out.",
        };

        problem_reply(request, &report);
        return report.problem;
}

int import_run(struct request *request, const struct import *import) {
        _cleanup_(csv_sheet_free) struct csv_sheet sheet = {0};
        enum charset charset;

        /* Whether the caller may comes before what is wrong with the file. */
        transaction_explicit(request->transaction);
        int r = transaction_flush(request->transaction);
        if (r != 0)
                return r;
        if (charset_declared(request->headers.value[HEADER_CONTENT_TYPE], &charset) != 0)
                return refuse_charset(request);
        r = csv_read(request->payload, request->payload_length, charset, import->columns, &sheet);
        return r == 0 ? check_and_write(request, import, &sheet) : r;
}
