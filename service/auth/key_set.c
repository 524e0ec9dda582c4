#include "auth/key_set.h"

#include "core/cleanup.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

enum { DEPTH_MAX = 16 };

struct key_set {
        atomic_uint holders;
        bool any_id;
        size_t count;
        struct key keys[];
};

static struct key_set *new_set(size_t count) {
        struct key_set *set = memory_need(calloc(1, sizeof(*set) + count * sizeof(struct key)));

        atomic_init(&set->holders, 1);
        return set;
}

struct key_set *key_set_hold(struct key_set *set) {
        atomic_fetch_add(&set->holders, 1);
        return set;
}

void key_set_release(struct key_set *set) {
        if (!set || atomic_fetch_sub(&set->holders, 1) != 1)
                return;
        for (size_t i = 0; i < set->count; i++)
                key_free(&set->keys[i]);
        free(set);
}

size_t key_set_count(const struct key_set *set) {
        return set->count;
}

static int add_jwk(struct key_set *set, const json_t *jwk, const struct key_rules *rules, const char **ret_reason) {
        struct key key;
        int r = key_from_jwk(jwk, rules->algorithms, &key, ret_reason);

        if (r != 0)
                return r;
        if (rules->production && key.id && strncmp(key.id, KEY_ID_DEVELOPMENT, strlen(KEY_ID_DEVELOPMENT)) == 0) {
                key_free(&key);
                *ret_reason = "a development key in production";
                return -EINVAL;
        }
        set->keys[set->count++] = key;
        return 0;
}

int key_set_from_jwks(const char *json, size_t length, const struct key_rules *rules, struct key_set **ret_set,
                      const char **ret_reason) {
        _cleanup_json_ json_t *document = text_json_depth(json, length) > DEPTH_MAX
                                                  ? NULL
                                                  : json_loadb(json, length, JSON_REJECT_DUPLICATES, NULL);
        const json_t *keys = json_object_get(document, "keys"), *jwk;
        size_t i;

        if (!json_is_array(keys) || json_array_size(keys) > KEY_SET_KEYS_MAX) {
                *ret_reason = "not a JWK Set of at most 100 keys";
                return -EINVAL;
        }
        struct key_set *set = new_set(json_array_size(keys));
        *ret_reason = "the JWK Set is empty";
        json_array_foreach(keys, i, jwk) {
                /* Issuers publish keys for other uses too, so this is worth a line only when it is looked for. */
                if (add_jwk(set, jwk, rules, ret_reason) != 0)
                        LOG(LOG_LEVEL_DEBUG, "key-passed-over", LOG_INT("index", (int64_t)i),
                            LOG_TEXT("reason", *ret_reason));
        }
        if (set->count == 0) {
                key_set_release(set);
                return -EINVAL;
        }
        *ret_set = set;
        return 0;
}

int key_set_from_pem(const char *pem, const struct key_rules *rules, struct key_set **ret_set,
                     const char **ret_reason) {
        struct key key;
        int r = key_from_pem(pem, rules->algorithms, &key, ret_reason);

        if (r != 0)
                return r;
        struct key_set *set = new_set(1);
        set->any_id = true;
        set->keys[set->count++] = key;
        *ret_set = set;
        return 0;
}

const struct key *key_set_find(const struct key_set *set, const char *id, enum algorithm algorithm, bool *ret_known) {
        bool known = false;

        for (size_t i = 0; i < set->count; i++) {
                const struct key *key = &set->keys[i];
                bool fits = set->any_id || (id ? key->id && strcmp(id, key->id) == 0 : set->count == 1);
                if (fits && key->algorithm == algorithm)
                        return key;
                known |= fits;
        }
        *ret_known = known;
        return NULL;
}
