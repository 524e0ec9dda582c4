/* Room for the bodies under way: how many there may be at once and how many bytes they may have together. Of both no
   caller has more than three quarters, but for a body that is his only one. Thread-safe. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct room;

/* One that is under way: linked into the room while it is. */
struct body {
        uint64_t whose;
        size_t bytes;
        struct body *next, **at;
};

/* 0 or -errno. */
int room_new(unsigned most, size_t bytes_most, struct room **ret_room);
void room_free(struct room *room);

/* A place for one more body, of so many bytes; false when there is none. It is borrowed until room_leave. */
bool room_enter(struct room *room, struct body *body, uint64_t whose, size_t bytes);
/* So many bytes more for a body that has its place. */
bool room_grow(struct room *room, struct body *body, size_t bytes);
/* Gives the place back, with all the bytes that the body had. */
void room_leave(struct room *room, struct body *body);

void room_count(struct room *room, unsigned *ret_bodies, size_t *ret_bytes);
