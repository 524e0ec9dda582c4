#include "auth/token_cache.h"

#include "core/cleanup.h"
#include "core/memory.h"

#include <pthread.h>
#include <string.h>

/* A digest has its place in one of `groups` groups of a few slots: no list to keep in order, no table to grow. */
enum { GROUP = 8 };

struct slot {
        unsigned char digest[TOKEN_DIGEST_BYTES];
        uint64_t asked; /* number of the last question for it; 0: empty */
        struct token_memory memory;
        char *texts; /* what the memory points into */
};

struct token_cache {
        pthread_mutex_t lock;
        uint64_t questions;
        size_t groups;
        struct slot slots[];
};

struct token_cache *token_cache_new(size_t size) {
        size_t groups = (size + GROUP - 1) / GROUP;
        struct token_cache *cache = memory_need(calloc(1, sizeof(*cache) + groups * GROUP * sizeof(struct slot)));

        pthread_mutex_init(&cache->lock, NULL);
        cache->groups = groups;
        return cache;
}

void token_cache_free(struct token_cache *cache) {
        if (!cache)
                return;
        for (size_t i = 0; i < cache->groups * GROUP; i++)
                free(cache->slots[i].texts);
        pthread_mutex_destroy(&cache->lock);
        free(cache);
}

/* The slot of the digest, or else the one to give up for it. */
static struct slot *find_slot(struct token_cache *cache, const unsigned char *digest, bool *ret_found) {
        uint64_t place;
        memcpy(&place, digest, sizeof(place));
        struct slot *group = cache->slots + place % cache->groups * GROUP, *oldest = group;

        for (struct slot *slot = group; slot < group + GROUP; slot++) {
                if (slot->asked && memcmp(slot->digest, digest, TOKEN_DIGEST_BYTES) == 0) {
                        *ret_found = true;
                        return slot;
                }
                if (slot->asked < oldest->asked)
                        oldest = slot;
        }
        *ret_found = false;
        return oldest;
}

bool token_cache_find(struct token_cache *cache, const unsigned char digest[static TOKEN_DIGEST_BYTES],
                      struct arena *arena, struct token_memory *ret_memory) {
        bool found;

        if (cache->groups == 0)
                return false;
        pthread_mutex_lock(&cache->lock);
        struct slot *slot = find_slot(cache, digest, &found);
        if (found) {
                slot->asked = ++cache->questions;
                *ret_memory = slot->memory;
                ret_memory->subject = slot->memory.subject ? arena_strdup(arena, slot->memory.subject) : NULL;
                ret_memory->client = slot->memory.client ? arena_strdup(arena, slot->memory.client) : NULL;
                ret_memory->scopes = arena_strdup(arena, slot->memory.scopes);
        }
        pthread_mutex_unlock(&cache->lock);
        return found;
}

/* Copies a text, or NULL, and moves on. */
static const char *put(char **texts, const char *text) {
        char *begin = *texts;

        if (!text)
                return NULL;
        *texts = stpcpy(begin, text) + 1;
        return begin;
}

static size_t size_of(const char *text) {
        return text ? strlen(text) + 1 : 0;
}

void token_cache_keep(struct token_cache *cache, const unsigned char digest[static TOKEN_DIGEST_BYTES],
                      const struct token_memory *memory) {
        struct token_memory copy = *memory;
        bool found;

        if (cache->groups == 0)
                return;
        char *texts = malloc(size_of(memory->subject) + size_of(memory->client) + strlen(memory->scopes) + 1);
        if (!texts)
                return; /* remembering is optional */
        char *rest = texts;
        copy.subject = put(&rest, memory->subject);
        copy.client = put(&rest, memory->client);
        copy.scopes = put(&rest, memory->scopes);

        pthread_mutex_lock(&cache->lock);
        struct slot *slot = find_slot(cache, digest, &found);
        char *forgotten = slot->texts;
        memcpy(slot->digest, digest, TOKEN_DIGEST_BYTES);
        slot->asked = ++cache->questions;
        slot->memory = copy;
        slot->texts = texts;
        pthread_mutex_unlock(&cache->lock);
        free(forgotten);
}
