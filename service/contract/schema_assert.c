#define PCRE2_CODE_UNIT_WIDTH 8

#include "contract/schema_assert.h"

#include "contract/schema_format.h"
#include "core/characters.h"
#include "core/cleanup.h"
#include "core/memory.h"
#include "core/text.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <pcre2.h>
#include <string.h>

enum { MATCH_LIMIT = 100000, MATCH_DEPTH_LIMIT = 1000, MATCH_HEAP_KIB = 1024, VALUES_SHOWN = 40 };

/* Made once by schema_assert_prepare, then only read. */
static pcre2_code **patterns;
static pcre2_match_context *limits;
static json_t **values;

static int prepare_pattern(const char *text, pcre2_code **ret_code) {
        int error;
        size_t offset;
        /* ECMA-262 by PCRE2: \d and \w are ASCII, $ is the very end, \uHHHH is a character. */
        *ret_code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                                  PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_NO_AUTO_CAPTURE, &error,
                                  &offset, NULL);
        return *ret_code ? 0 : -EINVAL;
}

static size_t count(const char *const *texts) {
        size_t number = 0;
        while (texts[number])
                number++;
        return number;
}

int schema_assert_prepare(void) {
        patterns = calloc(count(schema_patterns) + 1, sizeof(pcre2_code *));
        values = calloc(count(schema_values) + 1, sizeof(json_t *));
        limits = pcre2_match_context_create(NULL);
        if (!patterns || !values || !limits)
                return -ENOMEM;
        pcre2_set_match_limit(limits, MATCH_LIMIT);
        pcre2_set_depth_limit(limits, MATCH_DEPTH_LIMIT);
        pcre2_set_heap_limit(limits, MATCH_HEAP_KIB);
        for (size_t i = 0; schema_patterns[i]; i++) {
                int r = prepare_pattern(schema_patterns[i], &patterns[i]);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; schema_values[i]; i++) {
                values[i] = json_loads(schema_values[i], 0, NULL);
                if (!values[i])
                        return -EINVAL;
        }
        return 0;
}

bool schema_type_matches(const struct schema *schema, const json_t *value) {
        unsigned type = 0;

        switch (json_typeof(value)) {
        case JSON_NULL:
                type = SCHEMA_NULL;
                break;
        case JSON_TRUE:
        case JSON_FALSE:
                type = SCHEMA_BOOLEAN;
                break;
        case JSON_INTEGER:
                type = SCHEMA_INTEGER | SCHEMA_NUMBER;
                break;
        case JSON_REAL:
                type = SCHEMA_NUMBER;
                if (trunc(json_real_value(value)) == json_real_value(value))
                        type |= SCHEMA_INTEGER;
                break;
        case JSON_STRING:
                type = SCHEMA_STRING;
                break;
        case JSON_ARRAY:
                type = SCHEMA_ARRAY;
                break;
        case JSON_OBJECT:
                type = SCHEMA_OBJECT;
                break;
        }
        return schema->types == 0 || (schema->types & type) != 0;
}

static long double number_of(const json_t *value) {
        return json_is_integer(value) ? (long double)json_integer_value(value) : (long double)json_real_value(value);
}

/* Equality of JSON Schema: 1 and 1.0 are the same, true and 1 are not. */
static bool equal(const json_t *a, const json_t *b) {
        if (json_is_number(a) && json_is_number(b))
                return number_of(a) == number_of(b);
        if (json_typeof(a) != json_typeof(b))
                return false;
        if (json_is_string(a))
                return json_string_length(a) == json_string_length(b) &&
                       memcmp(json_string_value(a), json_string_value(b), json_string_length(a)) == 0;
        if (json_is_array(a)) {
                if (json_array_size(a) != json_array_size(b))
                        return false;
                for (size_t i = 0; i < json_array_size(a); i++)
                        if (!equal(json_array_get(a, i), json_array_get(b, i)))
                                return false;
        }
        if (json_is_object(a)) {
                const char *name;
                json_t *member;
                if (json_object_size(a) != json_object_size(b))
                        return false;
                json_object_foreach((json_t *)a, name, member) {
                        const json_t *other = json_object_get(b, name);
                        if (!other || !equal(member, other))
                                return false;
                }
        }
        return true;
}

bool schema_value_listed(const struct schema *schema, const json_t *value) {
        if (schema->values == 0)
                return true;
        const json_t *list = values[schema->values - 1];
        for (size_t i = 0; i < json_array_size(list); i++)
                if (equal(json_array_get(list, i), value))
                        return true;
        return false;
}

static bool assert_values(struct check *check, const struct schema *schema, const json_t *value,
                          const struct place *place) {
        _cleanup_(text_free) struct text shown = {0};

        if (schema_value_listed(schema, value))
                return true;
        if (check->quiet)
                return false;
        const json_t *list = values[schema->values - 1];
        for (size_t i = 0; i < json_array_size(list) && i < VALUES_SHOWN; i++) {
                _cleanup_free_ char *one = json_dumps(json_array_get(list, i), JSON_ENCODE_ANY | JSON_COMPACT);
                text_printf(&shown, "%s%s", i > 0 ? ", " : "", one ?: "?");
        }
        return check_fault(check, place, "enum", "次のいずれかを指定してください：%s", "Give one of: %s",
                           shown.data ?: "");
}

static bool assert_type(struct check *check, const struct schema *schema, const json_t *value,
                        const struct place *place) {
        static const struct {
                unsigned type;
                const char *ja, *en;
        } names[] = {
                {SCHEMA_STRING, "文字列", "a string"}, {SCHEMA_INTEGER, "整数", "an integer"},
                {SCHEMA_NUMBER, "数", "a number"},     {SCHEMA_BOOLEAN, "真偽値（true、false）", "true or false"},
                {SCHEMA_ARRAY, "配列", "an array"},    {SCHEMA_OBJECT, "オブジェクト", "an object"},
                {SCHEMA_NULL, "null", "null"},
        };
        _cleanup_(text_free) struct text ja = {0}, en = {0};

        if (schema_type_matches(schema, value))
                return true;
        if (check->quiet)
                return false;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (schema->types & names[i].type) {
                        text_printf(&ja, "%s%s", ja.length > 0 ? "又は" : "", names[i].ja);
                        text_printf(&en, "%s%s", en.length > 0 ? " or " : "", names[i].en);
                }
        return check_say(check, place, "type",
                         arena_printf(check->arena, "型が異なります。%sを指定してください。", ja.data),
                         arena_printf(check->arena, "The type is wrong: give %s.", en.data));
}

static bool is_whole(long double number) {
        return number == truncl(number) && fabsl(number) < 9.2e18L;
}

static bool is_multiple(long double number, long double step) {
        if (is_whole(number) && is_whole(step))
                return (int64_t)number % (int64_t)step == 0;
        /* The same division as in ECMAScript, with a few units in the last place for what cannot be written in binary.
         */
        double quotient = (double)number / (double)step;
        return isfinite(quotient) && fabs(quotient - round(quotient)) <= 4 * DBL_EPSILON * fabs(quotient);
}

static bool assert_number(struct check *check, const struct schema *schema, const json_t *value,
                          const struct place *place) {
        long double number = number_of(value);
        bool valid = true;

        if ((schema->limits & SCHEMA_MINIMUM) && number < schema->minimum)
                valid = check_fault(check, place, "too_small", "%.15Lg以上にしてください。", "Give %.15Lg or more.",
                                    schema->minimum);
        if ((schema->limits & SCHEMA_MAXIMUM) && number > schema->maximum)
                valid = check_fault(check, place, "too_large", "%.15Lg以下にしてください。", "Give %.15Lg or less.",
                                    schema->maximum);
        if ((schema->limits & SCHEMA_EXCLUSIVE_MINIMUM) && number <= schema->exclusive_minimum)
                valid = check_fault(check, place, "too_small", "%.15Lgより大きくしてください。",
                                    "Give more than %.15Lg.", schema->exclusive_minimum);
        if ((schema->limits & SCHEMA_EXCLUSIVE_MAXIMUM) && number >= schema->exclusive_maximum)
                valid = check_fault(check, place, "too_large", "%.15Lgより小さくしてください。",
                                    "Give less than %.15Lg.", schema->exclusive_maximum);
        if ((schema->limits & SCHEMA_MULTIPLE_OF) && !is_multiple(number, schema->multiple_of))
                valid = check_fault(check, place, "not_multiple", "%.15Lgの倍数にしてください。",
                                    "Give a multiple of %.15Lg.", schema->multiple_of);
        return valid;
}

static bool matches(const pcre2_code *pattern, const char *text, size_t length) {
        pcre2_match_data *match = memory_need(pcre2_match_data_create(1, NULL));
        int found = pcre2_match(pattern, (PCRE2_SPTR)text, length, 0, 0, match, limits);
        pcre2_match_data_free(match);
        return found >= 0;
}

/* What people write. */
static bool is_written(const struct schema *schema) {
        return schema->format == SCHEMA_FORMAT_LINE || schema->format == SCHEMA_FORMAT_TEXT;
}

static bool fault_format(struct check *check, const struct schema *schema, const struct place *place) {
        static const char *const sentences[][2] = {
                [SCHEMA_FORMAT_UUID] = {"UUIDを指定してください（例：01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10）。",
                                        "Give a UUID, such as 01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10."},
                [SCHEMA_FORMAT_DATE] = {"実在する日付を「年-月-日」の形式で入力してください（例：2026-04-01）。",
                                        "Give a date that exists, such as 2026-04-01."},
                [SCHEMA_FORMAT_DATE_TIME] = {"日時を時差を含めて入力してください（例：2026-04-01T08:30:00+09:00）。",
                                             "Give a time with its offset, such as 2026-04-01T08:30:00+09:00."},
                [SCHEMA_FORMAT_MONTH] = {"「年-月」の形式で入力してください（例：2026-04）。",
                                         "Give a month, such as 2026-04."},
                [SCHEMA_FORMAT_LINE] =
                        {"制御文字、外字、書字方向を変える文字及び改行は使用できません。削除してください。",
                         "Take out control and private-use characters, those that turn the direction of "
                         "writing, and line ends."},
                [SCHEMA_FORMAT_TEXT] = {"制御文字、外字及び書字方向を変える文字は使用できません。削除してください。",
                                        "Take out control and private-use characters and those that turn the direction "
                                        "of writing."},
        };
        const char *code = is_written(schema) ? "character" : "format";
        return check_say(check, place, code, sentences[schema->format][0], sentences[schema->format][1]);
}

static bool assert_string(struct check *check, const struct schema *schema, const json_t *value,
                          const struct place *place) {
        const char *text = json_string_value(value);
        size_t bytes = json_string_length(value), length = characters_count(text, bytes);
        bool valid = true;

        if (is_written(schema) && characters_are_blank(text, bytes))
                valid = check_say(check, place, "too_short", "空白のみは入力できません。内容を入力してください。",
                                  "Write something that is not blank.");
        else if ((schema->limits & SCHEMA_MIN_LENGTH) && length < schema->min_length)
                valid = check_fault(check, place, "too_short", "%zu文字以上にしてください。",
                                    "Give at least %zu characters.", schema->min_length);
        if ((schema->limits & SCHEMA_MAX_LENGTH) && length > schema->max_length)
                return check_fault(check, place, "too_long", "%zu文字以内にしてください（現在%zu文字）。",
                                   "Give at most %zu characters (there are %zu).", schema->max_length, length);
        if (!schema_format_matches(schema->format, text, bytes))
                return fault_format(check, schema, place);
        if (schema->pattern > 0 && !matches(patterns[schema->pattern - 1], text, bytes))
                valid = check_hinted(check, schema, place, "pattern",
                                     "形式が異なります。API仕様の説明を参照してください。",
                                     "The form is wrong: see the description in the contract.");
        return valid;
}

static bool assert_unique(struct check *check, const json_t *value, const struct place *place) {
        for (size_t i = 1; i < json_array_size(value); i++)
                for (size_t j = 0; j < i; j++)
                        if (equal(json_array_get(value, i), json_array_get(value, j))) {
                                struct place item = {.parent = place, .index = i, .depth = place->depth + 1};
                                return check_fault(check, &item, "duplicate_item",
                                                   "%zu番目と重複しています。重複しないようにしてください。",
                                                   "The same as item %zu: give each only once.", j + 1);
                        }
        return true;
}

static bool assert_array(struct check *check, const struct schema *schema, const json_t *value,
                         const struct place *place) {
        size_t size = json_array_size(value);
        bool valid = true;

        if ((schema->limits & SCHEMA_MIN_ITEMS) && size < schema->min_items)
                valid = check_fault(check, place, "too_few_items", "%zu個以上にしてください。",
                                    "Give at least %zu items.", schema->min_items);
        if ((schema->limits & SCHEMA_MAX_ITEMS) && size > schema->max_items)
                return check_fault(check, place, "too_many_items", "%zu個以内にしてください（現在%zu個）。",
                                   "Give at most %zu items (there are %zu).", schema->max_items, size);
        if (schema->unique_items && !assert_unique(check, value, place))
                valid = false;
        return valid;
}

static bool assert_required(struct check *check, const char *const *names, const json_t *value,
                            const struct place *place) {
        bool valid = true;

        for (; names && *names; names++) {
                struct place member = {.parent = place, .name = *names, .depth = place->depth + 1};
                if (!json_object_get(value, *names))
                        valid = check_say(check, &member, "required", "必須の項目がありません。値を入力してください。",
                                          "This member is required: give it a value.");
        }
        return valid;
}

static bool assert_object(struct check *check, const struct schema *schema, const json_t *value,
                          const struct place *place) {
        size_t size = json_object_size(value);
        bool valid = assert_required(check, schema->required, value, place);

        for (const struct schema_dependency *one = schema->dependencies; one && one->name; one++)
                if (json_object_get(value, one->name) && !assert_required(check, one->required, value, place))
                        valid = false;
        if ((schema->limits & SCHEMA_MIN_PROPERTIES) && size < schema->min_properties)
                valid = check_fault(check, place, "too_few_members", "%zu項目以上を入力してください。",
                                    "Give at least %zu members.", schema->min_properties);
        if ((schema->limits & SCHEMA_MAX_PROPERTIES) && size > schema->max_properties)
                valid = check_fault(check, place, "too_many_members", "%zu項目以内にしてください。",
                                    "Give at most %zu members.", schema->max_properties);
        return valid;
}

bool schema_assert(struct check *check, const struct schema *schema, const json_t *value, const struct place *place) {
        bool valid = true;

        if (schema->never)
                return check_hinted(check, schema, place, "not_allowed",
                                    "この項目は、ここでは指定できません。削除してください。",
                                    "This is not allowed here: leave it out.");
        if (!assert_type(check, schema, value, place))
                return false;
        if (!assert_values(check, schema, value, place))
                return false;
        if (json_is_number(value))
                valid = assert_number(check, schema, value, place);
        if (json_is_string(value))
                valid = assert_string(check, schema, value, place);
        if (json_is_array(value))
                valid = assert_array(check, schema, value, place);
        if (json_is_object(value))
                valid = assert_object(check, schema, value, place);
        return valid;
}
