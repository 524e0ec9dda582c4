#include "contract/schema.h"

#include "contract/schema_assert.h"
#include "core/cleanup.h"
#include "problems.h"

#include <errno.h>
#include <string.h>

enum { DEPTH_MAX = 64 }; /* the parser allows 32 */

/* ---- Applicators ---- */

/* `seen` marks, by position, the members of the object that some schema has looked at, for unevaluatedProperties; NULL
   when nobody asks. */
static bool apply(struct check *check, const struct schema *schema, const json_t *value, const struct place *place,
                  bool *seen);

static bool *fresh_marks(struct check *check, const json_t *value) {
        return arena_alloc(check->arena, json_object_size(value) + 1);
}

/* Applies without noting faults. Marks are kept only when the value is valid. */
static bool try(struct check *check, const struct schema *schema, const json_t *value, const struct place *place,
                bool *seen) {
        bool *marks = seen ? fresh_marks(check, value) : NULL;
        bool was_quiet = check->quiet;

        check->quiet = true;
        bool valid = apply(check, schema, value, place, marks);
        check->quiet = was_quiet;
        for (size_t i = 0; valid && marks && i < json_object_size(value); i++)
                seen[i] |= marks[i];
        return valid;
}

/* Whether the caller seems to have meant this alternative: the type fits, and so do the members that tell the
   alternatives apart. */
static bool is_meant(const struct schema *schema, const json_t *value) {
        while (schema->reference)
                schema = schema->reference;
        if (schema->never || !schema_type_matches(schema, value) || !schema_value_listed(schema, value))
                return false;
        for (size_t i = 0; i < schema->properties_count; i++) {
                const json_t *member = json_object_get(value, schema->properties[i].name);
                if (member && !schema_value_listed(schema->properties[i].schema, member))
                        return false;
        }
        return true;
}

/* No alternative fits: says why the only one meant does not, or else that none does. */
static bool fault_alternatives(struct check *check, const struct schema *schema, const struct schema *const *branches,
                               const json_t *value, const struct place *place) {
        const struct schema *meant = NULL;
        size_t count = 0;

        for (; *branches; branches++)
                if (is_meant(*branches, value)) {
                        meant = *branches;
                        count++;
                }
        if (count == 1 && !schema->hint_ja)
                return apply(check, meant, value, place, NULL);
        return check_hinted(check, schema, place, "no_alternative",
                            "項目の組合せが、いずれの形式にも該当しません。API仕様の説明を参照してください。",
                            "This fits none of the alternatives: see the description in the contract.");
}

static bool apply_alternatives(struct check *check, const struct schema *schema, const struct schema *const *branches,
                               bool only_one, const json_t *value, const struct place *place, bool *seen) {
        size_t fitting = 0;

        for (const struct schema *const *branch = branches; *branch; branch++) {
                fitting += try(check, *branch, value, place, seen);
                if (fitting > 0 && !only_one && !seen)
                        return true;
        }
        if (fitting == 1 || (fitting > 1 && !only_one))
                return true;
        if (seen) /* which members belong is not known, so none is called unknown */
                memset(seen, true, json_object_size(value));
        if (fitting == 0)
                return fault_alternatives(check, schema, branches, value, place);
        return check_hinted(check, schema, place, "several_alternatives",
                            "同時に指定できない項目の組合せです。いずれか1つの形式に合わせてください。",
                            "This fits several alternatives that exclude each other: let it fit only one.");
}

/* The schemas that judge the same value. */
static bool apply_in_place(struct check *check, const struct schema *schema, const json_t *value,
                           const struct place *place, bool *seen) {
        bool valid = true;

        if (schema->reference)
                valid = apply(check, schema->reference, value, place, seen);
        for (const struct schema *const *branch = schema->all_of; branch && *branch; branch++)
                valid = apply(check, *branch, value, place, seen) && valid;
        if (schema->any_of)
                valid = apply_alternatives(check, schema, schema->any_of, false, value, place, seen) && valid;
        if (schema->one_of)
                valid = apply_alternatives(check, schema, schema->one_of, true, value, place, seen) && valid;
        /* clang-format off */
        if (schema->not && try(check, schema->not, value, place, NULL)) /* for it, `not` and `try` are C++ */
                /* clang-format on */
                valid = check_hinted(check, schema, place, "not_allowed",
                                     "この値は使用できません。API仕様の説明を参照してください。",
                                     "This value is not allowed: see the description in the contract.");
        if (schema->if_) {
                bool holds = try(check, schema->if_, value, place, seen);
                const struct schema *next = holds ? schema->then : schema->else_;
                if (next)
                        valid = apply(check, next, value, place, seen) && valid;
        }
        return valid;
}

static const struct schema *find_property(const struct schema *schema, const char *name) {
        size_t low = 0, high = schema->properties_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = strcmp(name, schema->properties[middle].name);
                if (order == 0)
                        return schema->properties[middle].schema;
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

static bool apply_to_member(struct check *check, const struct schema *schema, bool other, const json_t *value,
                            const struct place *place) {
        if (other && schema->never)
                return check_say(check, place, "unknown_member",
                                 "未定義の項目です。項目名を確認するか、削除してください。",
                                 "There is no such member: check its name or leave it out.");
        return apply(check, schema, value, place, NULL);
}

static bool apply_to_members(struct check *check, const struct schema *schema, json_t *value, const struct place *place,
                             bool *seen) {
        bool valid = true;
        size_t index = 0;
        const char *name;
        json_t *member;

        json_object_foreach(value, name, member) {
                struct place below = {.parent = place, .name = name, .depth = place->depth + 1};
                const struct schema *own = find_property(schema, name);
                const struct schema *judge = own ?: schema->additional;
                if (judge) {
                        valid = apply_to_member(check, judge, !own, member, &below) && valid;
                        if (seen)
                                seen[index] = true;
                }
                index++;
        }
        return valid;
}

static bool apply_to_unevaluated(struct check *check, const struct schema *schema, json_t *value,
                                 const struct place *place, const bool *seen) {
        bool valid = true;
        size_t index = 0;
        const char *name;
        json_t *member;

        json_object_foreach(value, name, member) {
                struct place below = {.parent = place, .name = name, .depth = place->depth + 1};
                if (!seen[index++])
                        valid = apply_to_member(check, schema->unevaluated, true, member, &below) && valid;
        }
        return valid;
}

static bool apply_to_items(struct check *check, const struct schema *schema, const json_t *value,
                           const struct place *place) {
        bool valid = true;

        for (size_t i = 0; i < json_array_size(value); i++) {
                struct place below = {.parent = place, .index = i, .depth = place->depth + 1};
                valid = apply(check, schema, json_array_get(value, i), &below, NULL) && valid;
                if (!valid && (check->quiet || check->faults.count == SCHEMA_FAULTS_MAX))
                        break;
        }
        return valid;
}

static bool apply(struct check *check, const struct schema *schema, const json_t *value, const struct place *place,
                  bool *seen) {
        json_t *object = json_is_object(value) ? (json_t *)value : NULL; /* jansson iterates over no const */
        bool *marks = seen;

        if (place->depth > DEPTH_MAX)
                return check_say(check, place, "too_deep", "入れ子が深すぎます。段数を減らしてください。",
                                 "The nesting is too deep: use fewer levels.");
        if (object && schema->unevaluated)
                marks = fresh_marks(check, value);
        bool valid = schema_assert(check, schema, value, place);
        if (!schema_type_matches(schema, value))
                return false;
        if (object && (schema->properties_count > 0 || schema->additional))
                valid = apply_to_members(check, schema, object, place, marks) && valid;
        if (json_is_array(value) && schema->items)
                valid = apply_to_items(check, schema->items, value, place) && valid;
        valid = apply_in_place(check, schema, value, place, marks) && valid;
        if (object && schema->unevaluated) {
                valid = apply_to_unevaluated(check, schema, object, place, marks) && valid;
                if (seen)
                        memset(seen, true, json_object_size(value));
        }
        return valid;
}

int schema_prepare(void) {
        return schema_assert_prepare();
}

int schema_validate(const struct schema *schema, const json_t *value, struct arena *arena, struct faults *ret_faults) {
        struct check check = {.arena = arena};
        struct place whole = {0};

        check.quiet = !ret_faults;
        if (apply(&check, schema, value, &whole, NULL))
                return 0;
        if (ret_faults)
                *ret_faults = check.faults;
        return PROBLEM_VALIDATION_FAILED;
}

/* ---- Parameters ---- */

/* The text as the first type of the schema that it can be read as; a string when it is none. NULL: out of memory. */
static json_t *read_text(const struct schema *schema, const char *text) {
        while (schema->types == 0 && schema->reference)
                schema = schema->reference;
        if ((schema->types & SCHEMA_BOOLEAN) && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
                return json_boolean(text[0] == 't');
        if ((schema->types & (SCHEMA_INTEGER | SCHEMA_NUMBER)) && text[strspn(text, "+-.eE0123456789")] == '\0') {
                json_t *number = json_loads(text, JSON_DECODE_ANY, NULL);
                if (json_is_integer(number) || ((schema->types & SCHEMA_NUMBER) && json_is_real(number)))
                        return number;
                json_decref(number);
        }
        return json_string(text);
}

int schema_validate_text(const struct schema *schema, const char *text, struct arena *arena,
                         struct faults *ret_faults) {
        _cleanup_json_ json_t *value = read_text(schema, text);
        if (!value)
                return -ENOMEM;
        return schema_validate(schema, value, arena, ret_faults);
}
