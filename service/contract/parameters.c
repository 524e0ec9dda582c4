#include "contract/parameters.h"

#include "contract/schema.h"
#include "contract/uri.h"
#include "problems.h"

#include <string.h>

/* A query on its way into the arguments. */
struct reading {
        const struct parameter *declared;
        struct arena *arena;
        struct argument *arguments; /* in the order of `declared` */
        struct parameter_fault fault;
};

static int refuse(struct parameter_fault *ret_fault, const char *name, const char *ja, const char *en) {
        *ret_fault = (struct parameter_fault){.name = name, .ja = ja, .en = en};
        return PROBLEM_INVALID_PARAMETER;
}

int parameters_of_path(const struct operation *operation, const struct slice *raw, struct arena *arena,
                       const char **ret_values, struct parameter_fault *ret_fault) {
        const struct parameter *declared = operation->path_parameters;

        for (size_t i = 0; declared && declared[i].name; i++) {
                struct faults faults;
                const char *value = uri_decode(arena, raw[i].data, raw[i].length, false);
                if (!value)
                        return refuse(ret_fault, declared[i].name, "パスの%表記又は文字コードが正しくありません。",
                                      "The path is not valid percent-encoded UTF-8.");
                /* An id that cannot be one names nothing: the same answer as for one that does not exist. */
                int r = schema_validate_text(declared[i].schema, value, arena, &faults);
                if (r != 0)
                        return r < 0 ? r : PROBLEM_NOT_FOUND;
                ret_values[i] = value;
        }
        return 0;
}

/* Whether it is one with + where it has blanks, which is what a + in a query stands for. */
static bool misses_a_plus(const struct reading *reading, const struct parameter *parameter, const char *value) {
        char *meant = arena_strdup(reading->arena, value);
        struct faults unused;
        size_t blanks = 0;

        for (char *c = meant; (c = strchr(c, ' ')); blanks++)
                *c = '+';
        return blanks > 0 && schema_validate_text(parameter->schema, meant, reading->arena, &unused) == 0;
}

static int check_one(struct reading *reading, const struct parameter *parameter, const char *value,
                     const char **ret_settled) {
        struct faults faults;

        *ret_settled = schema_settle_text(parameter->schema, value, reading->arena);
        int r = schema_validate_text(parameter->schema, *ret_settled, reading->arena, &faults);
        if (r <= 0)
                return r;
        if (misses_a_plus(reading, parameter, value))
                return refuse(
                        &reading->fault, parameter->name,
                        "クエリの「+」は空白として扱われます。「%2B」と指定してください。"
                        "日時は、末尾をZとして協定世界時で指定することもできます。",
                        "A + in a query means a space. Write %2B; a time may also be given in UTC, with Z at its end.");
        return refuse(&reading->fault, parameter->name, faults.items[0].ja, faults.items[0].en);
}

/* "a,b": each alternative is checked by itself. Cuts the value up. */
static int check_many(struct reading *reading, const struct parameter *parameter, char *value,
                      struct argument *ret_argument) {
        const char **items = arena_alloc(reading->arena, parameter->many_max * sizeof(char *));
        size_t count = 0;
        char *rest = value, *item;

        while ((item = strsep(&rest, ","))) {
                if (count == parameter->many_max)
                        return refuse(&reading->fault, parameter->name,
                                      "値の数が多すぎます。減らして指定してください。",
                                      "There are too many alternatives: give fewer.");
                int r = check_one(reading, parameter, item, &items[count]);
                if (r != 0)
                        return r;
                count++;
        }
        *ret_argument = (struct argument){.items = items, .count = count};
        return 0;
}

static size_t find(const struct parameter *declared, const char *name) {
        size_t i = 0;
        while (declared && declared[i].name && strcmp(declared[i].name, name) != 0)
                i++;
        return i;
}

static int read_pair(struct reading *reading, const char *pair, size_t length) {
        const struct parameter *declared = reading->declared;
        struct parameter_fault *fault = &reading->fault;
        const char *equals = memchr(pair, '=', length);
        size_t name_length = equals ? (size_t)(equals - pair) : length;
        const char *name = uri_decode(reading->arena, pair, name_length, true);
        const char *value = equals ? uri_decode(reading->arena, equals + 1, length - name_length - 1, true) : "";

        if (!name || !value)
                return refuse(fault, name ?: "", "クエリの%表記又は文字コードが正しくありません。",
                              "The query is not valid percent-encoded UTF-8.");
        size_t i = find(declared, name);
        if (!declared || !declared[i].name)
                return refuse(fault, name, "この操作では未定義のパラメータです。名称を確認してください。",
                              "This operation has no such parameter: check its name.");
        struct argument *argument = &reading->arguments[i];
        if (argument->text || argument->items)
                return refuse(fault, name, "同じパラメータは1回だけ指定してください。",
                              "A parameter may be given only once.");
        if (declared[i].many_max)
                return check_many(reading, &declared[i], arena_strdup(reading->arena, value), argument);
        return check_one(reading, &declared[i], value, &argument->text);
}

static int read_pairs(struct reading *reading, const char *query) {
        for (const char *pair = query; pair && *pair;) {
                size_t length = strcspn(pair, "&");
                int r = length > 0 ? read_pair(reading, pair, length) : 0;
                if (r != 0)
                        return r;
                pair += length + (pair[length] == '&');
        }
        return 0;
}

/* What was not given: refused when required, else the fallback. */
static int fill_gaps(struct reading *reading) {
        const struct parameter *declared = reading->declared;

        for (size_t i = 0; declared && declared[i].name; i++) {
                struct argument *argument = &reading->arguments[i];
                if (argument->text || argument->items)
                        continue;
                if (declared[i].required)
                        return refuse(&reading->fault, declared[i].name,
                                      "必須のパラメータがありません。値を指定してください。",
                                      "This parameter is required: give it a value.");
                argument->text = declared[i].fallback;
        }
        return 0;
}

int parameters_of_query(const struct operation *operation, const char *query, struct arena *arena,
                        struct argument **ret_arguments, struct parameter_fault *ret_fault) {
        struct reading reading = {.declared = operation->query_parameters, .arena = arena};
        size_t count = 0;

        while (reading.declared && reading.declared[count].name)
                count++;
        reading.arguments = arena_alloc(arena, (count + 1) * sizeof(struct argument));
        int r = read_pairs(&reading, query);
        if (r == 0)
                r = fill_gaps(&reading);
        if (r != 0) {
                *ret_fault = reading.fault;
                return r;
        }
        *ret_arguments = reading.arguments;
        return 0;
}
