#include "auth/profile.h"

#include "core/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CLIENT "{client}"

static const char defaults[] = "{\"person\": {\"claim\": \"sub\", \"matches\": \"subject\"},"
                               " \"client\": {\"claim\": \"client_id\", \"matches\": \"client_id\","
                               "              \"when\": {\"claim\": \"sub\", \"is\": [\"" CLIENT "\", null]}}}";

static int complain(struct complaint *complaint, const char *at, const char *member, const char *reason) {
        snprintf(complaint->member, sizeof(complaint->member), "%s%s%s", at, *member ? "/" : "", member);
        complaint->reason = reason;
        return -EINVAL;
}

static bool is_one_of(const char *name, const char *const *names) {
        while (names && *names)
                if (strcmp(name, *names++) == 0)
                        return true;
        return false;
}

/* An object of no other members than these. */
static int check_object(json_t *object, const char *at, const char *const *members, const char *const *others,
                        struct complaint *complaint) {
        const char *name;
        json_t *value;

        if (!json_is_object(object))
                return complain(complaint, at, "", "must be an object");
        json_object_foreach(object, name, value) {
                if (!is_one_of(name, members) && !is_one_of(name, others))
                        return complain(complaint, at, name, "is not known");
        }
        return 0;
}

/* A text that is not empty and has no control characters, so that it may stand in a log or as a label. */
static int read_text(const json_t *object, const char *at, const char *member, const char **ret_text,
                     struct complaint *complaint) {
        const json_t *value = json_object_get(object, member);
        const char *text = json_string_value(value);

        if (!value)
                return complain(complaint, at, member, "is missing");
        if (!text || !*text)
                return complain(complaint, at, member, "must be a text, and not empty");
        for (const char *c = text; *c; c++)
                if ((unsigned char)*c < 0x20 || *c == 0x7f)
                        return complain(complaint, at, member, "must not have control characters");
        if (text[0] == ' ' || text[strlen(text) - 1] == ' ')
                return complain(complaint, at, member, "begins or ends with a blank");
        *ret_text = text;
        return 0;
}

/* A text whose only braces are those of {client}, where that is known, or null. */
static bool is_value(const json_t *value, bool client) {
        const char *text = json_string_value(value), *place = text && client ? strstr(text, CLIENT) : NULL;

        if (!text)
                return json_is_null(value);
        return place ? strcspn(text, "{}") == (size_t)(place - text) && !strpbrk(place + strlen(CLIENT), "{}")
                     : !strpbrk(text, "{}");
}

static int read_rule(json_t *rule, const char *at, bool client, struct claim_rule *ret_rule,
                     struct complaint *complaint) {
        static const char *const members[] = {"claim", "is", NULL};
        const json_t *is = json_object_get(rule, "is"), *item;
        bool good = !is || is_value(is, client) || json_array_size(is) > 0;
        size_t i;
        int r;

        if ((r = check_object(rule, at, members, NULL, complaint)) != 0 ||
            (r = read_text(rule, at, "claim", &ret_rule->claim, complaint)) != 0)
                return r;
        json_array_foreach(is, i, item) {
                good &= is_value(item, client);
        }
        if (!good)
                return complain(complaint, at, "is",
                                client ? "must be a text (with no other braces than {client}), null for a missing "
                                         "claim, or a list of these"
                                       : "must be a text without braces, null for a missing claim, or a list of these");
        ret_rule->is = is;
        return 0;
}

/* `matches` is one of two. */
static int read_name(const json_t *object, const char *at, const char *const matches[2], const char *reason,
                     struct claim_name *ret_name, struct complaint *complaint) {
        const char *given;
        int r;

        if ((r = read_text(object, at, "claim", &ret_name->claim, complaint)) != 0 ||
            (r = read_text(object, at, "matches", &given, complaint)) != 0)
                return r;
        if (strcmp(given, matches[0]) != 0 && strcmp(given, matches[1]) != 0)
                return complain(complaint, at, "matches", reason);
        ret_name->matches = given;
        return 0;
}

static int read_person(json_t *person, struct profile *profile, struct complaint *complaint) {
        static const char *const members[] = {"claim", "matches", NULL}, *const matches[] = {"subject", "number"};

        if (json_is_null(person))
                return 0;
        int r = check_object(person, "/person", members, NULL, complaint);
        return r == 0 ? read_name(person, "/person", matches, "must be subject or number", &profile->person, complaint)
                      : r;
}

static int read_client(json_t *client, struct profile *profile, struct complaint *complaint) {
        static const char *const members[] = {"claim", "matches", "when", NULL}, *const matches[] = {"client_id",
                                                                                                     "subject"};
        int r;

        if (json_is_null(client))
                return 0;
        if ((r = check_object(client, "/client", members, NULL, complaint)) != 0 ||
            (r = read_name(client, "/client", matches, "must be client_id or subject", &profile->client, complaint)) !=
                    0)
                return r;
        return read_rule(json_object_get(client, "when"), "/client/when", true, &profile->for_itself, complaint);
}

static void add_defaults(json_t *entry) {
        _cleanup_json_ json_t *known = json_loads(defaults, 0, NULL);
        const char *name;
        json_t *value;

        json_object_update_missing(entry, known);
        json_object_foreach(known, name, value) {
                json_object_update_missing(json_object_get(entry, name), value);
        }
}

int profile_read(json_t *entry, const char *const *others, struct profile *ret_profile,
                 struct complaint *ret_complaint) {
        static const char *const members[] = {"issuer", "audience", "access_token", "person", "client", "scopes", NULL};
        struct profile profile = {0};
        int r;

        if ((r = check_object(entry, "", members, others, ret_complaint)) != 0)
                return r;
        add_defaults(entry);
        json_t *access_token = json_object_get(entry, "access_token");
        if ((r = read_text(entry, "", "issuer", &profile.issuer, ret_complaint)) != 0 ||
            (r = read_text(entry, "", "audience", &profile.audience, ret_complaint)) != 0 ||
            (r = read_person(json_object_get(entry, "person"), &profile, ret_complaint)) != 0 ||
            (r = read_client(json_object_get(entry, "client"), &profile, ret_complaint)) != 0)
                return r;
        if (access_token &&
            (r = read_rule(access_token, "/access_token", false, &profile.access_token, ret_complaint)) != 0)
                return r;
        if (json_object_get(entry, "scopes") &&
            (r = read_text(entry, "", "scopes", &profile.scopes, ret_complaint)) != 0)
                return r;
        if (!profile.person.claim && !profile.client.claim)
                return complain(ret_complaint, "", "client", "is null and so is person: nobody could call");
        *ret_profile = profile;
        return 0;
}

static bool equals(const char *value, const char *wanted, const char *client) {
        const char *place = strstr(wanted, CLIENT);

        if (!place || !client)
                return !place && strcmp(value, wanted) == 0;
        size_t before = (size_t)(place - wanted), length = strlen(client);
        return strncmp(value, wanted, before) == 0 && strncmp(value + before, client, length) == 0 &&
               strcmp(value + before + length, place + strlen(CLIENT)) == 0;
}

static bool is_wanted(const json_t *value, const json_t *wanted, const char *client) {
        if (json_is_null(wanted) || !value)
                return json_is_null(wanted) && !value;
        return json_is_string(value) && equals(json_string_value(value), json_string_value(wanted), client);
}

bool claim_rule_holds(const struct claim_rule *rule, const json_t *claims, const char *client) {
        const json_t *value = rule->claim ? json_object_get(claims, rule->claim) : NULL, *wanted;
        size_t i;

        if (!rule->claim)
                return false;
        if (!rule->is)
                return value && !json_is_null(value);
        json_array_foreach(rule->is, i, wanted) {
                if (is_wanted(value, wanted, client))
                        return true;
        }
        return !json_is_array(rule->is) && is_wanted(value, rule->is, client);
}
