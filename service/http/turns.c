#include "http/turns.h"

#include "core/clock.h"
#include "problems.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { LOOK_MS = 500 }; /* between questions whether the client is still there */

struct turns {
        pthread_mutex_t lock;
        pthread_cond_t ended;
        unsigned free;
};

int turns_new(unsigned most, struct turns **ret_turns) {
        struct turns *turns = calloc(1, sizeof(*turns));
        pthread_condattr_t attributes;

        if (!turns)
                return -ENOMEM;
        turns->free = most;
        pthread_mutex_init(&turns->lock, NULL);
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&turns->ended, &attributes);
        pthread_condattr_destroy(&attributes);
        *ret_turns = turns;
        return 0;
}

void turns_free(struct turns *turns) {
        if (!turns)
                return;
        pthread_cond_destroy(&turns->ended);
        pthread_mutex_destroy(&turns->lock);
        free(turns);
}

int turns_take(struct turns *turns, unsigned milliseconds, bool (*gone)(void *context), void *context) {
        int64_t until_ms = clock_monotonic_ms() + milliseconds;
        bool waits = true;

        pthread_mutex_lock(&turns->lock);
        while (turns->free == 0 && waits) {
                int64_t look_ms = clock_monotonic_ms() + LOOK_MS, wake_ms = look_ms < until_ms ? look_ms : until_ms;
                const struct timespec wake = {.tv_sec = wake_ms / 1000, .tv_nsec = wake_ms % 1000 * 1000000};
                if (pthread_cond_timedwait(&turns->ended, &turns->lock, &wake) != ETIMEDOUT)
                        continue;
                pthread_mutex_unlock(&turns->lock);
                waits = clock_monotonic_ms() < until_ms && !gone(context);
                pthread_mutex_lock(&turns->lock);
        }
        bool taken = turns->free > 0;
        turns->free -= taken;
        pthread_mutex_unlock(&turns->lock);
        return taken ? 0 : PROBLEM_BUSY;
}

void turns_end(struct turns *turns) {
        pthread_mutex_lock(&turns->lock);
        turns->free++;
        pthread_cond_signal(&turns->ended);
        pthread_mutex_unlock(&turns->lock);
}
