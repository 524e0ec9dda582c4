#include "http/room.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct room {
        pthread_mutex_t lock;
        unsigned most, taken;
        size_t bytes_most, bytes_taken;
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

static bool take(struct room *room, unsigned bodies, size_t bytes) {
        pthread_mutex_lock(&room->lock);
        bool fits = bodies <= room->most - room->taken && bytes <= room->bytes_most - room->bytes_taken;
        if (fits) {
                room->taken += bodies;
                room->bytes_taken += bytes;
        }
        pthread_mutex_unlock(&room->lock);
        return fits;
}

bool room_enter(struct room *room, size_t bytes) {
        return take(room, 1, bytes);
}

bool room_grow(struct room *room, size_t bytes) {
        return take(room, 0, bytes);
}

void room_leave(struct room *room, size_t bytes) {
        pthread_mutex_lock(&room->lock);
        room->taken--;
        room->bytes_taken -= bytes;
        pthread_mutex_unlock(&room->lock);
}

void room_count(struct room *room, unsigned *ret_bodies, size_t *ret_bytes) {
        pthread_mutex_lock(&room->lock);
        *ret_bodies = room->taken;
        *ret_bytes = room->bytes_taken;
        pthread_mutex_unlock(&room->lock);
}
