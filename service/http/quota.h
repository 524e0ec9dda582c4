/* Token buckets for each caller and process; the proxy limits globally. Thread-safe, bounded. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct quotas;
struct request;

/* A bucket after a request was asked for. */
struct quota {
        bool refused;
        unsigned left;    /* requests that may follow at once */
        unsigned reset_s; /* until the bucket is full again; when it is empty, until the next request may come */
};

enum { QUOTA_WINDOW_S = 60 };

/* 0 requests in a minute: no limit. 0 or -errno. */
int quotas_new(unsigned per_minute, struct quotas **ret_quotas);
void quotas_free(struct quotas *quotas);

/* Who calls, as one text. Valid as long as the request. */
const char *quota_name(struct request *request);
/* Takes one request from the caller's bucket and adds the RateLimit headers (IETF draft). 0 or PROBLEM_RATE_LIMITED. */
int quota_take(struct quotas *quotas, struct request *request);
/* The same for a caller by name and a monotonic time; there must be a limit. */
struct quota quota_count(struct quotas *quotas, const char *caller, int64_t now_us);
