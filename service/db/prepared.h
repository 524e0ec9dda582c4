/* The statements that are prepared on one connection: a bounded number, found by a hash. When there is no room, the one that
   was used least recently makes way. Only notes are kept here; who sends the statements keeps them true. */
#pragma once

#include "db/statement.h"

enum {
        PREPARED_MAX = 256,   /* what a backend of PostgreSQL has memory for */
        PREPARED_CHAINS = 256 /* a power of two */
};

/* A statement in one of its variants; `statement` NULL: none. */
struct prepared_slot {
        const struct statement *statement;
        struct statement_variant variant;
        uint64_t used; /* in which turn at the latest */
        unsigned next; /* slot of the same chain, counted from 1; 0: the last */
};

/* All zero is empty. */
struct prepared {
        uint64_t turn;
        unsigned chains[PREPARED_CHAINS]; /* their first slots, counted from 1; 0: none */
        struct prepared_slot slots[PREPARED_MAX];
};

/* Begins a turn. What is found or added in it stays until the next one, as it may not have been sent yet. */
void prepared_begin(struct prepared *prepared);

/* Whether it is prepared. */
bool prepared_find(struct prepared *prepared, const struct statement *statement,
                   const struct statement_variant *variant);

/* Notes it as prepared, in a slot that is returned with what had to make way for it in *ret_evicted. NULL when every slot was
   used in this turn, or is taken and `may_evict` is false. */
struct prepared_slot *prepared_add(struct prepared *prepared, const struct statement *statement,
                                   const struct statement_variant *variant, bool may_evict,
                                   struct prepared_slot *ret_evicted);

/* Empties the slot, or gives it back to `evicted`. */
void prepared_restore(struct prepared *prepared, struct prepared_slot *slot, const struct prepared_slot *evicted);
