#include "db/pool.h"

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/log.h"
#include "db/backend.h"
#include "db/places.h"
#include "problems.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

enum {
        WAITING_FACTOR = 4, /* of the pool's size, may wait at the most for each use */
        PAUSE_MIN_MS = 100, /* between attempts to connect, doubled up to the maximum */
        PAUSE_MAX_MS = 2000,
        PAUSE_TRYING_MS = 3000, /* while one attempt is under way after a failure */
};

/* One thread in the queue. A slot is handed to it directly, so that nobody overtakes. */
struct waiter {
        pthread_cond_t woken;
        struct waiter *next;
        enum pool_use use;
        bool granted, failed;
        struct backend *backend; /* NULL: the slot is empty, connect */
};

struct pool {
        struct pool_options options;
        char *conninfo, *password_file;
        struct places *places;

        pthread_mutex_t lock;
        struct backend **idle; /* a stack: the warmest is taken first */
        unsigned idle_count, slots, stalled;
        unsigned most[POOL_USES]; /* connections for each use */
        unsigned busy[POOL_USES], waiting[POOL_USES];
        uint64_t refused;
        struct waiter *first, **last;
        unsigned failures;   /* to connect, in a row */
        int64_t retry_at_ms; /* when the next attempt may be made after them */
};

/* One at least is left to reads, but for a pool that has no other. */
static unsigned most_writes(unsigned size) {
        unsigned reads = size / 4 > 1 ? size / 4 : 1;

        return size > reads ? size - reads : 1;
}

int pool_open(const struct pool_options *options, struct pool **ret_pool) {
        char *message = NULL;
        PQconninfoOption *parsed = PQconninfoParse(options->conninfo, &message);

        if (!parsed) {
                LOG(LOG_LEVEL_ERROR, "connection-string-malformed");
                PQfreemem(message);
                return -EINVAL;
        }
        PQconninfoFree(parsed);
        if (options->size == 0)
                return -EINVAL;
        struct pool *pool = calloc(1, sizeof(*pool));
        struct backend **idle = calloc(options->size, sizeof(struct backend *));
        char *conninfo = strdup(options->conninfo);
        char *password_file = options->password_file ? strdup(options->password_file) : NULL;
        struct places *places = places_new();
        if (!pool || !idle || !conninfo || !places || (options->password_file && !password_file)) {
                free(pool);
                free(idle);
                free(conninfo);
                free(password_file);
                places_free(places);
                return -ENOMEM;
        }
        *pool = (struct pool){.options = *options,
                              .conninfo = conninfo,
                              .password_file = password_file,
                              .places = places,
                              .idle = idle,
                              .most = {[POOL_READ] = options->size, [POOL_WRITE] = most_writes(options->size)}};
        pool->options.conninfo = conninfo;
        pool->options.password_file = password_file;
        pool->last = &pool->first;
        pthread_mutex_init(&pool->lock, NULL);
        *ret_pool = pool;
        return 0;
}

void pool_close(struct pool *pool) {
        if (!pool)
                return;
        while (pool->idle_count > 0)
                backend_close(pool->idle[--pool->idle_count]);
        pthread_mutex_destroy(&pool->lock);
        places_free(pool->places);
        free(pool->conninfo);
        free(pool->password_file);
        free(pool->idle);
        free(pool);
}

void pool_count(struct pool *pool, struct pool_numbers *ret_numbers) {
        pthread_mutex_lock(&pool->lock);
        *ret_numbers = (struct pool_numbers){.open = pool->slots,
                                             .busy = pool->busy[POOL_READ] + pool->busy[POOL_WRITE],
                                             .waiting = pool->waiting[POOL_READ] + pool->waiting[POOL_WRITE],
                                             .refused = pool->refused};
        pthread_mutex_unlock(&pool->lock);
}

const struct pool_options *pool_settings(const struct pool *pool) {
        return &pool->options;
}

struct places *pool_places(struct pool *pool) {
        return pool->places;
}

unsigned pool_stalls(const struct pool *pool) {
        return (pool->most[POOL_WRITE] + 1) / 2;
}

bool pool_stall(struct pool *pool) {
        pthread_mutex_lock(&pool->lock);
        bool many = pool->stalled++ >= pool_stalls(pool);
        pthread_mutex_unlock(&pool->lock);
        return many;
}

void pool_unstall(struct pool *pool) {
        pthread_mutex_lock(&pool->lock);
        pool->stalled--;
        pthread_mutex_unlock(&pool->lock);
}

bool pool_pressed(struct pool *pool) {
        pthread_mutex_lock(&pool->lock);
        bool pressed = pool->waiting[POOL_WRITE] > 0;
        pthread_mutex_unlock(&pool->lock);
        return pressed;
}

static bool may_connect(const struct pool *pool) {
        return pool->failures == 0 || clock_monotonic_ms() >= pool->retry_at_ms;
}

static void enqueue(struct pool *pool, struct waiter *waiter) {
        *pool->last = waiter;
        pool->last = &waiter->next;
        pool->waiting[waiter->use]++;
}

static void dequeue(struct pool *pool, struct waiter *waiter) {
        struct waiter **link = &pool->first;

        while (*link != waiter)
                link = &(*link)->next;
        *link = waiter->next;
        if (pool->last == &waiter->next)
                pool->last = link;
        pool->waiting[waiter->use]--;
}

/* With the lock. Waits in the queue until a slot is handed over. */
static int queue_for_slot(struct pool *pool, enum pool_use use, int64_t deadline_ms, struct backend **ret_backend) {
        struct waiter waiter = {.use = use};
        pthread_condattr_t attributes;
        const struct timespec deadline = {.tv_sec = deadline_ms / 1000, .tv_nsec = deadline_ms % 1000 * 1000000};

        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&waiter.woken, &attributes);
        pthread_condattr_destroy(&attributes);
        enqueue(pool, &waiter);
        int late = 0;
        while (!waiter.granted && !waiter.failed && late == 0)
                late = pthread_cond_timedwait(&waiter.woken, &pool->lock, &deadline);
        if (!waiter.granted && !waiter.failed)
                dequeue(pool, &waiter);
        pthread_cond_destroy(&waiter.woken);
        if (waiter.granted) {
                *ret_backend = waiter.backend;
                return 0;
        }
        return waiter.failed ? PROBLEM_DATABASE_UNAVAILABLE : PROBLEM_BUSY;
}

/* With the lock. A slot that is free for this use: *ret_backend NULL means that whoever takes it is to connect. */
static bool take_free(struct pool *pool, enum pool_use use, struct backend **ret_backend) {
        if (pool->busy[use] >= pool->most[use])
                return false;
        if (pool->idle_count > 0)
                *ret_backend = pool->idle[--pool->idle_count];
        else if (pool->slots < pool->options.size && may_connect(pool))
                *ret_backend = NULL, pool->slots++;
        else
                return false;
        pool->busy[use]++;
        return true;
}

/* With the lock. */
static int take_slot(struct pool *pool, enum pool_use use, int64_t deadline_ms, struct backend **ret_backend) {
        if (take_free(pool, use, ret_backend))
                return 0;
        if (pool->slots == 0)
                return PROBLEM_DATABASE_UNAVAILABLE;
        if (pool->waiting[use] > WAITING_FACTOR * pool->options.size || clock_monotonic_ms() >= deadline_ms)
                return PROBLEM_BUSY;
        return queue_for_slot(pool, use, deadline_ms, ret_backend);
}

static void wake(struct pool *pool, struct waiter *waiter, bool granted, struct backend *backend) {
        dequeue(pool, waiter);
        waiter->granted = granted;
        waiter->failed = !granted;
        waiter->backend = backend;
        pthread_cond_signal(&waiter->woken);
}

/* With the lock. Hands what came free to the first in the queue who may have it. When there is no connection left and
   none may be made now, nobody waits for one. */
static void give_slot(struct pool *pool, enum pool_use use, struct backend *backend) {
        struct backend *free_one;

        pool->busy[use]--;
        if (backend)
                pool->idle[pool->idle_count++] = backend;
        else
                pool->slots--;
        for (struct waiter *waiter = pool->first, *next; waiter; waiter = next) {
                next = waiter->next;
                if (take_free(pool, waiter->use, &free_one))
                        wake(pool, waiter, true, free_one);
                else if (pool->slots == 0)
                        wake(pool, waiter, false, NULL);
        }
}

/* Those that were made together do not all go at once. */
static int64_t age_of_one(const struct pool *pool) {
        uint32_t age_ms = pool->options.age_s * 1000;

        return age_ms - arc4random_uniform(age_ms / 4 + 1);
}

/* Fills an empty slot. After a failure one thread tries at a time, and the pauses grow. */
static int connect_slot(struct pool *pool, struct backend **ret_backend) {
        pthread_mutex_lock(&pool->lock);
        bool allowed = may_connect(pool);
        if (allowed && pool->failures > 0)
                pool->retry_at_ms = clock_monotonic_ms() + PAUSE_TRYING_MS;
        pthread_mutex_unlock(&pool->lock);
        if (!allowed)
                return PROBLEM_DATABASE_UNAVAILABLE;

        int r = backend_open(&pool->options, ret_backend);
        if (r == 0 && pool->options.age_s > 0)
                (*ret_backend)->closes_ms = clock_monotonic_ms() + age_of_one(pool);
        pthread_mutex_lock(&pool->lock);
        if (r == 0) {
                pool->failures = 0;
        } else {
                unsigned doublings = pool->failures < 5 ? pool->failures : 5;
                int64_t pause = PAUSE_MIN_MS << doublings;
                pool->retry_at_ms = clock_monotonic_ms() + (pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS);
                pool->failures++;
        }
        pthread_mutex_unlock(&pool->lock);
        return r;
}

int pool_take(struct pool *pool, enum pool_use use, struct backend **ret_backend) {
        int64_t deadline_ms = clock_monotonic_ms() + pool->options.wait_ms;
        struct backend *backend;

        for (;;) {
                pthread_mutex_lock(&pool->lock);
                int r = take_slot(pool, use, deadline_ms, &backend);
                pool->refused += r == PROBLEM_BUSY;
                pthread_mutex_unlock(&pool->lock);
                if (r != 0)
                        return r;
                if (backend && !backend_alive(backend)) {
                        LOG(LOG_LEVEL_WARNING, "database-connection-lost");
                        backend_close(backend);
                        backend = NULL;
                }
                if (backend || connect_slot(pool, &backend) == 0) {
                        *ret_backend = backend;
                        return 0;
                }
                /* Others may have a connection to wait for. */
                pthread_mutex_lock(&pool->lock);
                give_slot(pool, use, NULL);
                pthread_mutex_unlock(&pool->lock);
        }
}

void pool_give(struct pool *pool, enum pool_use use, struct backend *backend) {
        if (backend->broken || (backend->closes_ms != 0 && clock_monotonic_ms() >= backend->closes_ms)) {
                backend_close(backend);
                backend = NULL;
        }
        pthread_mutex_lock(&pool->lock);
        give_slot(pool, use, backend);
        pthread_mutex_unlock(&pool->lock);
}
