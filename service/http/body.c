#include "http/body.h"

#include "contract/schema.h"
#include "core/cleanup.h"
#include "core/text.h"
#include "http/negotiate.h"
#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"
#include "problems.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 32 };

int body_media(struct request *request, struct report *ret_report) {
        const char *type = request->headers.value[HEADER_CONTENT_TYPE];
        const char *encoding = request->headers.value[HEADER_CONTENT_ENCODING];
        const char *const *wanted = request->operation->body_types;

        if (!wanted)
                return 0;
        *ret_report = (struct report){.problem = PROBLEM_UNSUPPORTED_MEDIA_TYPE};
        if (encoding && strcasecmp(encoding, "identity") != 0) {
                reply_header(request, "Accept-Encoding", "identity");
                return ret_report->problem;
        }
        if (request->payload_length == 0 && !request->operation->body_required)
                return 0;
        if (!type && request->payload_length == 0)
                return 0; /* the missing body is the plainer fault, and is named next */
        const char *names = "";
        for (size_t i = 0; wanted[i]; i++) {
                if (type && negotiate_is(type, wanted[i]))
                        return 0;
                names = arena_printf(request->arena, "%s%s%s", names, *names ? ", " : "", wanted[i]);
        }
        reply_header(request, request->method == METHOD_PATCH ? "Accept-Patch" : "Accept-Post", names);
        ret_report->ja = arena_printf(request->arena, "本文は%sの形式で送信してください。", wanted[0]);
        ret_report->en = arena_printf(request->arena, "Send the body as %s.", wanted[0]);
        return ret_report->problem;
}

/* 1.0 is an integer to JSON Schema, but not to a cast in PostgreSQL. */
static json_t *integral(json_t *value) {
        double real = json_real_value(value);

        return json_is_real(value) && rint(real) == real && fabs(real) < 9007199254740992.0
                       ? json_integer((json_int_t)real)
                       : NULL;
}

static void settle_numbers(json_t *value) {
        const char *name;
        json_t *member, *settled;
        void *next;
        size_t i;

        json_object_foreach_safe(value, next, name, member) {
                if ((settled = integral(member)))
                        json_object_set_new(value, name, settled);
                else
                        settle_numbers(member);
        }
        json_array_foreach(value, i, member) {
                if ((settled = integral(member)))
                        json_array_set_new(value, i, settled);
                else
                        settle_numbers(member);
        }
}

/* Whether the number, which ends after `length` bytes, is JSON but more than 64 bits or a double can hold. */
static bool is_beyond(const char *number, size_t length) {
        char *end;

        errno = 0;
        if (strcspn(number, ".eE") >= length)
                strtoll(number, &end, 10);
        else if (fabs(strtod(number, &end)) < HUGE_VAL)
                return false;
        return errno == ERANGE && end == number + length;
}

/* Puts a number that can be held in the place of each that cannot, in as many bytes. No schema of a request allows it
   either, as each bounds its numbers, so that validation tells where it stands. */
static void hold_numbers(char *json, size_t length) {
        static const char held[5] = {'9', 'e', '3', '0', '7'}; /* the shortest beyond are no shorter: 2e308 */
        bool string = false;

        for (size_t i = 0; i < length; i++) {
                if (string && json[i] == '\\')
                        i++;
                else if (json[i] == '"')
                        string = !string;
                size_t number = string ? 0 : strspn(json + i, "+-.0123456789eE");
                if (number == 0)
                        continue;
                if (is_beyond(json + i, number)) {
                        char *digits = json + i + (json[i] == '-');
                        memset(digits, ' ', (size_t)(json + i + number - digits));
                        memcpy(digits, held, sizeof(held));
                }
                i += number - 1;
        }
}

static json_t *load(const char *json, size_t length, json_error_t *ret_error) {
        return json_loadb(json, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, ret_error);
}

/* Leaves the report ready for a number that cannot be held where nothing else is wrong with it. */
static int parse(struct request *request, json_t **ret_value, bool *ret_beyond, struct report *ret_report) {
        json_error_t error;

        *ret_report = (struct report){.problem = PROBLEM_MALFORMED_JSON};
        if (text_json_depth(request->payload, request->payload_length) > DEPTH_MAX) {
                ret_report->ja = "JSONの入れ子が深すぎます。32段以内にしてください。";
                ret_report->en = "The JSON is nested too deeply: use no more than 32 levels.";
                return ret_report->problem;
        }
        json_t *value = load(request->payload, request->payload_length, &error);
        *ret_beyond = !value && json_error_code(&error) == json_error_numeric_overflow;
        if (*ret_beyond) {
                char *held = arena_strndup(request->arena, request->payload, request->payload_length);
                hold_numbers(held, request->payload_length);
                value = load(held, request->payload_length, &error);
        }
        *ret_value = value;
        if (value && !*ret_beyond)
                return 0;
        ret_report->ja =
                arena_printf(request->arena, "JSONの形式に誤りがあります（%d行%d列付近）。", error.line, error.column);
        ret_report->en = arena_printf(request->arena, "This is not valid JSON (near line %d, column %d).", error.line,
                                      error.column);
        return value ? 0 : ret_report->problem;
}

/* Under the operation's schema. */
static int validate(struct request *request, struct report *ret_report) {
        struct faults faults = {0};

        schema_settle(request->operation->body, request->body);
        int r = schema_validate(request->operation->body, request->body, request->arena, &faults);

        if (r > 0)
                *ret_report = (struct report){.problem = r, .faults = faults};
        return r;
}

/* RFC 8259 section 8.1 lets a reader do so. */
static void skip_mark(struct request *request) {
        size_t mark = text_mark(request->payload, request->payload_length);

        request->payload += mark;
        request->payload_length -= mark;
}

int body_read(struct request *request, struct report *ret_report) {
        const struct operation *operation = request->operation;
        _cleanup_free_ char *text = NULL;

        if (!operation->body)
                return 0;
        skip_mark(request);
        if (request->payload_length == 0) {
                if (!operation->body_required)
                        return 0;
                *ret_report = (struct report){.problem = PROBLEM_MALFORMED_JSON,
                                              .ja = "本文がありません。JSONを送信してください。",
                                              .en = "There is no body. Send JSON."};
                return ret_report->problem;
        }
        bool beyond = false;
        int r = parse(request, &request->body, &beyond, ret_report);
        if (r == 0)
                r = validate(request, ret_report);
        if (r == 0 && beyond)
                r = ret_report->problem;
        if (r != 0)
                return r;
        settle_numbers(request->body);
        text = json_dumps(request->body, JSON_COMPACT | JSON_ENCODE_ANY);
        if (!text)
                return -ENOMEM;
        request->body_text = arena_strdup(request->arena, text);
        return 0;
}
