#include "http/room.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct room {
        pthread_mutex_t lock;
        unsigned most, taken;
        size_t bytes_most, bytes_taken;
        struct body *first;
};

int room_new(unsigned most, size_t bytes_most, struct room **ret_room) {
        struct room *room = calloc(1, sizeof(*room));

        if (!room)
                return -ENOMEM;
        pthread_mutex_init(&room->lock, NULL);
        room->most = most;
        room->bytes_most = bytes_most;
        *ret_room = room;
        return 0;
}

void room_free(struct room *room) {
        if (!room)
                return;
        pthread_mutex_destroy(&room->lock);
        free(room);
}

/* With the lock. Whether a caller who has others may have so much besides. */
static bool is_within_share(const struct room *room, const struct body *body, size_t bytes) {
        size_t bodies = 1, sum = body->bytes;

        for (const struct body *b = room->first; b; b = b->next)
                if (b->whose == body->whose && b != body) {
                        bodies++;
                        sum += b->bytes;
                }
        return bodies == 1 ||
               (bodies <= room->most - room->most / 4 && sum + bytes <= room->bytes_most - room->bytes_most / 4);
}

static bool fits(struct room *room, struct body *body, unsigned bodies, size_t bytes) {
        return bodies <= room->most - room->taken && bytes <= room->bytes_most - room->bytes_taken &&
               is_within_share(room, body, bytes);
}

bool room_enter(struct room *room, struct body *body, uint64_t whose, size_t bytes) {
        *body = (struct body){.whose = whose, .at = &room->first};
        pthread_mutex_lock(&room->lock);
        bool has = fits(room, body, 1, bytes);
        if (has) {
                body->bytes = bytes;
                body->next = room->first;
                if (body->next)
                        body->next->at = &body->next;
                room->first = body;
                room->taken++;
                room->bytes_taken += bytes;
        }
        pthread_mutex_unlock(&room->lock);
        return has;
}

bool room_grow(struct room *room, struct body *body, size_t bytes) {
        pthread_mutex_lock(&room->lock);
        bool has = fits(room, body, 0, bytes);
        if (has) {
                body->bytes += bytes;
                room->bytes_taken += bytes;
        }
        pthread_mutex_unlock(&room->lock);
        return has;
}

void room_leave(struct room *room, struct body *body) {
        pthread_mutex_lock(&room->lock);
        *body->at = body->next;
        if (body->next)
                body->next->at = body->at;
        room->taken--;
        room->bytes_taken -= body->bytes;
        pthread_mutex_unlock(&room->lock);
}

void room_count(struct room *room, unsigned *ret_bodies, size_t *ret_bytes) {
        pthread_mutex_lock(&room->lock);
        *ret_bodies = room->taken;
        *ret_bytes = room->bytes_taken;
        pthread_mutex_unlock(&room->lock);
}
