#include "http/quota.h"

#include "core/clock.h"
#include "http/reply.h"
#include "http/request.h"
#include "problems.h"

#include <errno.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A caller's bucket is one number: when it will be full again. Each request moves that time on by one interval, and is
   refused when it would come to lie further ahead than a whole bucket is worth. A bucket whose time is past is as good
   as none, so the table may forget it. */
struct bucket {
        unsigned char key[16];
        int64_t full_at; /* nanoseconds of the monotonic clock */
};

/* A caller's bucket lies in one of the places of his set; where all are taken, the fullest gives way. */
enum { SETS = 1024, PLACES = 8 };

struct quotas {
        pthread_mutex_t lock;
        unsigned per_minute;
        int64_t interval; /* nanoseconds in which a bucket gains one request */
        struct bucket buckets[SETS][PLACES];
};

int quotas_new(unsigned per_minute, struct quotas **ret_quotas) {
        struct quotas *quotas = calloc(1, sizeof(*quotas));

        if (!quotas)
                return -ENOMEM;
        pthread_mutex_init(&quotas->lock, NULL);
        quotas->per_minute = per_minute;
        if (per_minute > 0)
                quotas->interval = QUOTA_WINDOW_S * INT64_C(1000000000) / per_minute;
        *ret_quotas = quotas;
        return 0;
}

void quotas_free(struct quotas *quotas) {
        if (!quotas)
                return;
        pthread_mutex_destroy(&quotas->lock);
        free(quotas);
}

static struct bucket *find(struct quotas *quotas, const char *caller) {
        unsigned char digest[SHA256_DIGEST_LENGTH];
        struct bucket *set, *fullest;

        SHA256((const unsigned char *)caller, strlen(caller), digest);
        set = quotas->buckets[(digest[16] << 8 | digest[17]) % SETS];
        fullest = set;
        for (struct bucket *b = set; b < set + PLACES; b++) {
                if (memcmp(b->key, digest, sizeof(b->key)) == 0)
                        return b;
                if (b->full_at < fullest->full_at)
                        fullest = b;
        }
        memcpy(fullest->key, digest, sizeof(fullest->key));
        fullest->full_at = 0;
        return fullest;
}

static unsigned seconds(int64_t nanoseconds) {
        return (unsigned)((nanoseconds + 999999999) / 1000000000);
}

struct quota quota_count(struct quotas *quotas, const char *caller, int64_t now_us) {
        int64_t now = now_us * 1000, window = quotas->interval * quotas->per_minute;
        struct quota quota = {0};

        pthread_mutex_lock(&quotas->lock);
        struct bucket *bucket = find(quotas, caller);
        if (bucket->full_at < now)
                bucket->full_at = now;
        quota.refused = bucket->full_at + quotas->interval > now + window;
        if (!quota.refused)
                bucket->full_at += quotas->interval;
        int64_t missing = bucket->full_at - now;
        pthread_mutex_unlock(&quotas->lock);

        quota.left = (unsigned)((window - missing) / quotas->interval);
        quota.reset_s = seconds(quota.left > 0 ? missing : missing + quotas->interval - window);
        return quota;
}

const char *quota_name(struct request *request) {
        const struct caller *caller = &request->caller;

        return arena_printf(request->arena, "%s %s %s", caller->issuer ?: "", caller->subject ? "staff" : "client",
                            caller->subject ?: caller->client ?: "");
}

int quota_take(struct quotas *quotas, struct request *request) {
        struct arena *arena = request->arena;

        if (quotas->per_minute == 0)
                return 0;
        struct quota quota = quota_count(quotas, quota_name(request), clock_monotonic_us());
        reply_header(request, "RateLimit-Policy",
                     arena_printf(arena, "\"default\";q=%u;w=%d", quotas->per_minute, QUOTA_WINDOW_S));
        reply_header(request, "RateLimit", arena_printf(arena, "\"default\";r=%u;t=%u", quota.left, quota.reset_s));
        if (!quota.refused)
                return 0;
        reply_header(request, "Retry-After", arena_printf(arena, "%u", quota.reset_s));
        return PROBLEM_RATE_LIMITED;
}
