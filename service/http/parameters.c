#include "http/parameters.h"

#include "contract/uri.h"
#include "core/text.h"
#include "http/cursor.h"
#include "http/page.h"
#include "http/problem.h"
#include "http/request.h"
#include "problems.h"

#include <string.h>

enum { ALTERNATIVES_MAX = 100 };

static int refuse(struct report *ret_report, const char *parameter, const char *ja, const char *en) {
        *ret_report = (struct report){.problem = PROBLEM_INVALID_PARAMETER, .parameter = parameter, .ja = ja, .en = en};
        return PROBLEM_INVALID_PARAMETER;
}

static int read_path(struct request *request, const struct slice *raw, struct report *ret_report) {
        const struct parameter *declared = request->operation->path_parameters;

        for (size_t i = 0; declared && declared[i].name; i++) {
                struct faults faults;
                const char *value = uri_decode(request->arena, raw[i].data, raw[i].length, false);
                if (!value)
                        return refuse(ret_report, declared[i].name, "パスの%記法または文字コードが正しくありません。",
                                      "The path is not valid percent-encoded UTF-8.");
                /* An id that cannot be one names nothing: the same answer as for one that does not exist. */
                if (schema_validate_text(declared[i].schema, value, request->arena, &faults) != 0) {
                        *ret_report = (struct report){.problem = PROBLEM_NOT_FOUND};
                        return PROBLEM_NOT_FOUND;
                }
                request->path_values[i] = value;
        }
        return 0;
}

static size_t find(const struct parameter *declared, const char *name) {
        size_t i = 0;
        while (declared && declared[i].name && strcmp(declared[i].name, name) != 0)
                i++;
        return i;
}

static int check_one(struct request *request, const struct parameter *parameter, const char *value,
                     struct report *ret_report) {
        struct faults faults;

        if (schema_validate_text(parameter->schema, value, request->arena, &faults) == 0)
                return 0;
        return refuse(ret_report, parameter->name, faults.items[0].ja, faults.items[0].en);
}

/* "a,b" becomes a PostgreSQL array literal, each alternative checked by itself. */
static int check_many(struct request *request, const struct parameter *parameter, char *value, const char **ret_literal,
                      struct report *ret_report) {
        const char *items[ALTERNATIVES_MAX];
        size_t count = 0;
        char *rest = value, *item;

        while ((item = strsep(&rest, ","))) {
                if (count == ALTERNATIVES_MAX || count == parameter->many_max)
                        return refuse(ret_report, parameter->name, "選択肢が多すぎます。",
                                      "There are too many alternatives.");
                int r = check_one(request, parameter, item, ret_report);
                if (r != 0)
                        return r;
                items[count++] = item;
        }
        *ret_literal = transaction_array(request->arena, items, count);
        return 0;
}

static int read_pair(struct request *request, const char *pair, size_t length, struct report *ret_report) {
        const struct parameter *declared = request->operation->query_parameters;
        const char *equals = memchr(pair, '=', length);
        size_t name_length = equals ? (size_t)(equals - pair) : length;
        const char *name = uri_decode(request->arena, pair, name_length, true);
        const char *value = equals ? uri_decode(request->arena, equals + 1, length - name_length - 1, true) : "";

        if (!name || !value)
                return refuse(ret_report, name ?: "", "クエリの%記法または文字コードが正しくありません。",
                              "The query is not valid percent-encoded UTF-8.");
        size_t i = find(declared, name);
        if (!declared || !declared[i].name)
                return refuse(ret_report, name, "この操作にないパラメータです。名前を確かめてください。",
                              "This operation has no such parameter.");
        if (request->query_values[i])
                return refuse(ret_report, name, "同じパラメータは一度だけ指定してください。",
                              "A parameter may be given only once.");
        if (declared[i].many_max)
                return check_many(request, &declared[i], arena_strdup(request->arena, value), &request->query_values[i],
                                  ret_report);
        int r = check_one(request, &declared[i], value, ret_report);
        if (r == 0)
                request->query_values[i] = value;
        return r;
}

static int read_query(struct request *request, struct report *ret_report) {
        const struct parameter *declared = request->operation->query_parameters;
        size_t count = 0;

        while (declared && declared[count].name)
                count++;
        request->query_values = arena_alloc(request->arena, (count + 1) * sizeof(char *));
        for (const char *pair = request->query; pair && *pair;) {
                size_t length = strcspn(pair, "&");
                if (length > 0) {
                        int r = read_pair(request, pair, length, ret_report);
                        if (r != 0)
                                return r;
                }
                pair += length + (pair[length] == '&');
        }
        for (size_t i = 0; i < count; i++) {
                if (declared[i].required && !request->query_values[i])
                        return refuse(ret_report, declared[i].name, "このパラメータは必須です。",
                                      "This parameter is required.");
                if (!request->query_values[i])
                        request->query_values[i] = declared[i].fallback;
        }
        return 0;
}

int parameters_read(struct request *request, const struct slice *path_values, struct report *ret_report) {
        int r = read_path(request, path_values, ret_report);
        if (r == 0)
                r = read_query(request, ret_report);
        if (r == 0)
                r = page_read(request, ret_report);
        return r;
}

const char *request_path(const struct request *request, const char *name) {
        return request->path_values[find(request->operation->path_parameters, name)];
}

const char *request_query(const struct request *request, const char *name) {
        const struct parameter *declared = request->operation->query_parameters;
        size_t i = find(declared, name);
        return declared && declared[i].name ? request->query_values[i] : NULL;
}

bool request_asks(const struct request *request, const char *name) {
        const char *value = request_query(request, name);
        return value && strcmp(value, "true") == 0;
}
