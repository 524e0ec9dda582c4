#include "db/places.h"

#include "core/clock.h"
#include "problems.h"

#include <openssl/sha.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 1024 };

/* One thread in the queue. Its places are taken for it by whoever leaves. */
struct guest {
        pthread_cond_t woken;
        struct guest *next;
        struct place *wanted;
        size_t count;
        bool seated;
};

struct places {
        pthread_mutex_t lock;
        struct place *rows[ROWS]; /* the places that are taken, by thing */
        struct guest *first, **last;
};

struct places *places_new(void) {
        struct places *places = calloc(1, sizeof(*places));

        if (!places)
                return NULL;
        pthread_mutex_init(&places->lock, NULL);
        places->last = &places->first;
        return places;
}

void places_free(struct places *places) {
        if (!places)
                return;
        pthread_mutex_destroy(&places->lock);
        free(places);
}

uint64_t places_thing(const char *name) {
        unsigned char digest[SHA256_DIGEST_LENGTH];
        uint64_t thing;

        /* Nobody can make up a name that falls together with another's. */
        SHA256((const unsigned char *)name, strlen(name), digest);
        memcpy(&thing, digest, sizeof(thing));
        return thing;
}

static struct place **row_of(struct places *places, uint64_t thing) {
        return &places->rows[thing % ROWS];
}

static bool has_room(struct places *places, const struct place *wanted) {
        unsigned taken = 0;

        for (const struct place *place = *row_of(places, wanted->thing); place; place = place->next)
                taken += place->thing == wanted->thing;
        return taken < (wanted->most ?: PLACES_EACH);
}

/* The first thing that has no place left; `count` when all have. */
static size_t find_missing(struct places *places, const struct place *wanted, size_t count) {
        size_t i = 0;

        while (i < count && has_room(places, &wanted[i]))
                i++;
        return i;
}

static bool sit(struct places *places, struct place *wanted, size_t count) {
        if (find_missing(places, wanted, count) < count)
                return false;
        for (size_t i = 0; i < count; i++) {
                struct place **row = row_of(places, wanted[i].thing);
                wanted[i].next = *row;
                *row = &wanted[i];
        }
        return true;
}

static void enqueue(struct places *places, struct guest *guest) {
        *places->last = guest;
        places->last = &guest->next;
}

static void dequeue(struct places *places, struct guest *guest) {
        struct guest **link = &places->first;

        while (*link != guest)
                link = &(*link)->next;
        *link = guest->next;
        if (places->last == &guest->next)
                places->last = link;
}

/* With the lock. */
static int wait_for_places(struct places *places, struct place *wanted, size_t count, size_t *ret_missing) {
        int64_t until_ms = clock_monotonic_ms() + PLACES_WAIT_MS;
        const struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
        struct guest guest = {.wanted = wanted, .count = count};
        pthread_condattr_t attributes;

        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&guest.woken, &attributes);
        pthread_condattr_destroy(&attributes);
        enqueue(places, &guest);
        int late = 0;
        while (!guest.seated && late == 0)
                late = pthread_cond_timedwait(&guest.woken, &places->lock, &until);
        if (!guest.seated) {
                dequeue(places, &guest);
                *ret_missing = find_missing(places, wanted, count);
        }
        pthread_cond_destroy(&guest.woken);
        return guest.seated ? 0 : PROBLEM_BUSY;
}

int places_take(struct places *places, struct place *wanted, size_t count, size_t *ret_missing) {
        if (count == 0)
                return 0;
        pthread_mutex_lock(&places->lock);
        int r = sit(places, wanted, count) ? 0 : wait_for_places(places, wanted, count, ret_missing);
        pthread_mutex_unlock(&places->lock);
        return r;
}

/* With the lock. */
static void seat_those_who_wait(struct places *places) {
        for (struct guest *guest = places->first, *next; guest; guest = next) {
                next = guest->next;
                if (!sit(places, guest->wanted, guest->count))
                        continue;
                dequeue(places, guest);
                guest->seated = true;
                pthread_cond_signal(&guest->woken);
        }
}

void places_leave(struct places *places, struct place *taken, size_t count) {
        if (count == 0)
                return;
        pthread_mutex_lock(&places->lock);
        for (size_t i = 0; i < count; i++) {
                struct place **link = row_of(places, taken[i].thing);
                while (*link != &taken[i])
                        link = &(*link)->next;
                *link = taken[i].next;
        }
        seat_those_who_wait(places);
        pthread_mutex_unlock(&places->lock);
}
