#include "db/prepared.h"

void prepared_begin(struct prepared *prepared) {
        prepared->turn++;
}

static unsigned *chain_of(struct prepared *prepared, const struct statement *statement,
                          const struct statement_variant *variant) {
        uint64_t hash = (uint64_t)(uintptr_t)statement;

        hash = (hash ^ variant->given) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= (uint64_t)variant->sort << 40;
        hash ^= (uint64_t)variant->descending << 36 ^ (uint64_t)variant->after << 37;
        hash ^= (uint64_t)variant->limited << 38 ^ (uint64_t)variant->count << 39;
        hash *= UINT64_C(0x9e3779b97f4a7c15);
        return &prepared->chains[(hash >> 32) % PREPARED_CHAINS];
}

bool prepared_find(struct prepared *prepared, const struct statement *statement,
                   const struct statement_variant *variant) {
        for (unsigned i = *chain_of(prepared, statement, variant); i != 0;) {
                struct prepared_slot *slot = &prepared->slots[i - 1];
                if (slot->statement == statement && statement_same(&slot->variant, variant)) {
                        slot->used = prepared->turn;
                        return true;
                }
                i = slot->next;
        }
        return false;
}

static void unlink_slot(struct prepared *prepared, struct prepared_slot *slot) {
        unsigned number = (unsigned)(slot - prepared->slots) + 1;

        if (!slot->statement)
                return;
        unsigned *link = chain_of(prepared, slot->statement, &slot->variant);
        while (*link != number)
                link = &prepared->slots[*link - 1].next;
        *link = slot->next;
}

/* Puts `content` in the place of what the slot has. */
static void fill(struct prepared *prepared, struct prepared_slot *slot, const struct prepared_slot *content) {
        unlink_slot(prepared, slot);
        *slot = *content;
        if (!slot->statement)
                return;
        unsigned *chain = chain_of(prepared, slot->statement, &slot->variant);
        slot->next = *chain;
        *chain = (unsigned)(slot - prepared->slots) + 1;
}

struct prepared_slot *prepared_add(struct prepared *prepared, const struct statement *statement,
                                   const struct statement_variant *variant, bool may_evict,
                                   struct prepared_slot *ret_evicted) {
        const struct prepared_slot content = {.statement = statement, .variant = *variant, .used = prepared->turn};
        struct prepared_slot *oldest = prepared->slots;

        /* An empty one was never used. Looking at all costs little beside preparing. */
        for (unsigned i = 1; i < PREPARED_MAX; i++)
                if (prepared->slots[i].used < oldest->used)
                        oldest = &prepared->slots[i];
        if (oldest->statement && (!may_evict || oldest->used == prepared->turn))
                return NULL;
        *ret_evicted = *oldest;
        fill(prepared, oldest, &content);
        return oldest;
}

void prepared_restore(struct prepared *prepared, struct prepared_slot *slot, const struct prepared_slot *evicted) {
        fill(prepared, slot, evicted);
}
