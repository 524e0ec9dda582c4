/* Places at things: how many who may change one thing (a device, a month of a ledger, an Idempotency-Key) may be under
   way at once. Its lock in PostgreSQL lets one through after the other all the same; whoever finds no place waits here,
   where he holds no connection that others could use.
   A thing is a number that its name was digested to (places_thing). All places are taken together or none, so that
   nobody holds one while waiting for another, and two cannot wait for each other. First come, first served, but for
   those who wait for something else. Thread-safe. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
        PLACES_EACH = 2,       /* of a thing: one at work and one to follow at once */
        PLACES_WAIT_MS = 2000, /* as long as PostgreSQL waits for a lock */
};

/* What somebody holds, or wants: linked into the table while he does. `most` is how many places the thing has, 0 for
   PLACES_EACH; all who want it say the same. */
struct place {
        uint64_t thing;
        unsigned most;
        struct place *next;
};

struct places;

/* Caller frees, when no place is taken. NULL when there is no memory. */
struct places *places_new(void);
void places_free(struct places *places);

uint64_t places_thing(const char *name);

/* Takes all of them (no thing twice), waiting when one has none: 0, or PROBLEM_BUSY and in *ret_missing the index of a
   thing that had none in the end. Those taken are borrowed until places_leave, which is to be called once. */
int places_take(struct places *places, struct place *wanted, size_t count, size_t *ret_missing);
void places_leave(struct places *places, struct place *taken, size_t count);
