#include "auth/keys.h"

#include "auth/discovery.h"
#include "auth/fetch.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum {
        DOCUMENT_BYTES_MAX = 256 * 1024,
        FETCH_MS = 5000,           /* all it takes to read the keys */
        WAIT_MS = FETCH_MS + 1000, /* of a token with an unknown key */
        WAITING_MAX = 16, /* such tokens at once: anybody can invent a key id, and each that waits holds a thread */
        FILE_LOOK_S = 5,  /* a file is looked at more often than a server */
};

struct keys {
        struct keys_options options;
        pthread_t reader;
        atomic_bool stopping;

        pthread_mutex_t lock;   /* of all below */
        pthread_cond_t changed; /* after each reading, and when the reader is wanted */
        struct key_set *set;    /* NULL before the first success */
        struct text document;   /* that the set was made of */
        uint64_t generation;
        int64_t read_ms;   /* when reading last succeeded; clock_monotonic_ms as all times here */
        int64_t due_ms;    /* when to read again */
        int64_t cooled_ms; /* until when no unknown key makes a reading */
        bool wanted;       /* by a token with an unknown key */
        bool usable;       /* what was last said about it in the log */
        unsigned waiting;  /* tokens with an unknown key */
};

/* Whether there are keys that may be used. The lock is held. */
static bool is_usable(const struct keys *keys) {
        return keys->set && clock_monotonic_ms() - keys->read_ms <= (int64_t)keys->options.stale_s * 1000;
}

static void wait_until(struct keys *keys, int64_t until_ms) {
        struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};

        pthread_cond_timedwait(&keys->changed, &keys->lock, &until);
}

/* Whether the keys are on a server, which may be away for a while. */
static bool is_remote(const struct keys_options *options) {
        return options->source == KEYS_JWKS_URL || options->source == KEYS_DISCOVERED;
}

static int fetch_keys(struct keys *keys, struct text *ret_document, char reason[static FETCH_REASON_SIZE]) {
        _cleanup_free_ char *found = NULL;
        struct fetch fetch = {.url = keys->options.location,
                              .ca_file = keys->options.ca_file,
                              .limit = DOCUMENT_BYTES_MAX,
                              .until_ms = clock_monotonic_ms() + FETCH_MS,
                              .stop = &keys->stopping};

        if (keys->options.source == KEYS_DISCOVERED) {
                int r = discover(&fetch, &found, &fetch.public_only, reason);
                if (r != 0)
                        return r;
                fetch.url = found;
        }
        return fetch_document(&fetch, ret_document, NULL, reason);
}

static int read_document(struct keys *keys, struct text *ret_document, char reason[static FETCH_REASON_SIZE]) {
        if (is_remote(&keys->options))
                return fetch_keys(keys, ret_document, reason);
        int r = file_read(keys->options.location, DOCUMENT_BYTES_MAX, ret_document);
        if (r != 0)
                snprintf(reason, FETCH_REASON_SIZE, "%s", strerrordesc_np(-r));
        return r;
}

static int make_set(const struct keys_options *options, const struct text *document, struct key_set **ret_set,
                    char reason[static FETCH_REASON_SIZE]) {
        const char *why = "";
        const char *bytes = document->data ?: "";
        int r = options->source == KEYS_PEM_FILE
                        ? key_set_from_pem(bytes, &options->rules, ret_set, &why)
                        : key_set_from_jwks(bytes, document->length, &options->rules, ret_set, &why);

        if (r != 0)
                snprintf(reason, FETCH_REASON_SIZE, "%s", why);
        return r;
}

static bool is_same(const struct text *a, const struct text *b) {
        return a->data && b->data && a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

/* Takes the document and the set (NULL: the same document as before). The lock is held. */
static void publish(struct keys *keys, struct text *document, struct key_set *set) {
        unsigned refresh_s = keys->options.refresh_s;

        if (!is_remote(&keys->options) && refresh_s > FILE_LOOK_S)
                refresh_s = FILE_LOOK_S;
        keys->read_ms = clock_monotonic_ms();
        keys->due_ms = keys->read_ms + (int64_t)refresh_s * 1000;
        if (!set)
                return;
        key_set_release(keys->set);
        text_free(&keys->document);
        keys->set = set;
        keys->document = *document;
        *document = (struct text){0};
        keys->generation++;
        LOG(LOG_LEVEL_INFO, "keys-read", LOG_TEXT("issuer", keys->options.issuer),
            LOG_INT("keys", (int64_t)key_set_count(set)));
}

/* Says when the issuer's tokens can no longer be checked, and when they can again. The lock is held. */
static void note_usable(struct keys *keys) {
        bool usable = is_usable(keys);

        if (usable == keys->usable)
                return;
        keys->usable = usable;
        LOG(usable ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, usable ? "issuer-has-keys" : "issuer-without-keys",
            LOG_TEXT("issuer", keys->options.issuer));
}

/* One reading. The lock is held, but not while reading. */
static int read_keys(struct keys *keys) {
        _cleanup_(text_free) struct text document = {0};
        char reason[FETCH_REASON_SIZE] = "";
        struct key_set *set = NULL;
        bool asked_for = keys->wanted;

        keys->wanted = false;
        pthread_mutex_unlock(&keys->lock);
        int r = read_document(keys, &document, reason);
        /* Only this thread writes keys->document, so it may look at it without the lock. */
        if (r == 0 && !is_same(&document, &keys->document))
                r = make_set(&keys->options, &document, &set, reason);
        pthread_mutex_lock(&keys->lock);

        int64_t cooled_ms = clock_monotonic_ms() + (int64_t)keys->options.cooldown_s * 1000;
        if (r == 0) {
                publish(keys, &document, set);
        } else if (!atomic_load(&keys->stopping)) {
                keys->due_ms = cooled_ms;
                LOG(LOG_LEVEL_WARNING, "keys-not-read", LOG_TEXT("issuer", keys->options.issuer),
                    LOG_TEXT("location", keys->options.location), LOG_TEXT("reason", reason));
        }
        if (r != 0 || asked_for) {
                keys->cooled_ms = cooled_ms;
                keys->wanted = false;
        }
        if (!atomic_load(&keys->stopping))
                note_usable(keys);
        pthread_cond_broadcast(&keys->changed);
        return r;
}

static void *read_for_ever(void *closure) {
        struct keys *keys = closure;

        pthread_mutex_lock(&keys->lock);
        while (!atomic_load(&keys->stopping)) {
                if (keys->wanted || clock_monotonic_ms() >= keys->due_ms)
                        read_keys(keys);
                else
                        wait_until(keys, keys->due_ms);
        }
        pthread_mutex_unlock(&keys->lock);
        return NULL;
}

static void destroy(struct keys *keys) {
        pthread_cond_destroy(&keys->changed);
        pthread_mutex_destroy(&keys->lock);
        key_set_release(keys->set);
        text_free(&keys->document);
        free(keys);
}

int keys_open(const struct keys_options *options, struct keys **ret_keys) {
        struct keys *keys = calloc(1, sizeof(*keys));
        pthread_condattr_t monotonic;

        if (!keys)
                return -ENOMEM;
        keys->options = *options;
        keys->usable = true; /* until the first reading fails */
        pthread_mutex_init(&keys->lock, NULL);
        pthread_condattr_init(&monotonic);
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        pthread_cond_init(&keys->changed, &monotonic);
        pthread_condattr_destroy(&monotonic);

        pthread_mutex_lock(&keys->lock);
        int r = read_keys(keys);
        pthread_mutex_unlock(&keys->lock);
        if (r == 0 || is_remote(options))
                r = -pthread_create(&keys->reader, NULL, read_for_ever, keys);
        if (r != 0) {
                destroy(keys);
                return r;
        }
        *ret_keys = keys;
        return 0;
}

void keys_close(struct keys *keys) {
        if (!keys)
                return;
        pthread_mutex_lock(&keys->lock);
        atomic_store(&keys->stopping, true);
        pthread_cond_broadcast(&keys->changed);
        pthread_mutex_unlock(&keys->lock);
        pthread_join(keys->reader, NULL);
        destroy(keys);
}

/* 0, -ENOENT, -EINVAL or -EAGAIN as keys_find. The lock is held. */
static int look_up(struct keys *keys, const char *id, enum algorithm algorithm, const struct key **ret_key) {
        bool known = false;

        if (!is_usable(keys))
                return -EAGAIN;
        *ret_key = key_set_find(keys->set, id, algorithm, &known);
        return *ret_key ? 0 : known ? -EINVAL : -ENOENT;
}

/* Whether an unknown key is a reason to read the keys. The lock is held. */
static bool may_ask(const struct keys *keys) {
        return clock_monotonic_ms() >= keys->cooled_ms && !atomic_load(&keys->stopping);
}

/* The same after a reading, or when there was none in time. The lock is held, but not while waiting. */
static int wait_for_key(struct keys *keys, const char *id, enum algorithm algorithm, const struct key **ret_key) {
        int64_t give_up_ms = clock_monotonic_ms() + WAIT_MS;
        int r;

        keys->waiting++;
        do {
                if (!keys->wanted) { /* once is enough: it wakes everybody who waits */
                        keys->wanted = true;
                        pthread_cond_broadcast(&keys->changed);
                }
                wait_until(keys, give_up_ms);
                r = look_up(keys, id, algorithm, ret_key);
        } while ((r == -ENOENT || r == -EAGAIN) && may_ask(keys) && clock_monotonic_ms() < give_up_ms);
        keys->waiting--;
        return r;
}

int keys_find(struct keys *keys, const char *id, enum algorithm algorithm, struct key_set **ret_set,
              const struct key **ret_key, uint64_t *ret_generation) {
        const struct key *key = NULL;

        pthread_mutex_lock(&keys->lock);
        int r = look_up(keys, id, algorithm, &key);
        if ((r == -ENOENT || r == -EAGAIN) && may_ask(keys))
                r = keys->waiting < WAITING_MAX ? wait_for_key(keys, id, algorithm, &key) : -EAGAIN;
        if (r == 0) {
                *ret_set = key_set_hold(keys->set);
                *ret_key = key;
                *ret_generation = keys->generation;
        }
        pthread_mutex_unlock(&keys->lock);
        return r;
}

uint64_t keys_generation(struct keys *keys) {
        pthread_mutex_lock(&keys->lock);
        uint64_t generation = is_usable(keys) ? keys->generation : 0;
        pthread_mutex_unlock(&keys->lock);
        return generation;
}
