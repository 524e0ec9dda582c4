#include "core/arena.h"

#include "core/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define EVERY_BLOCK_ALONE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EVERY_BLOCK_ALONE 1
#endif
#endif

/* AddressSanitizer sees an overrun only at the end of a malloc, so under it each allocation is one. */
#ifdef EVERY_BLOCK_ALONE
enum { CHUNK_BYTES = 1 };
#else
enum { CHUNK_BYTES = 16 * 1024 };
#endif

struct chunk {
        struct chunk *next;
        size_t size; /* of bytes */
        size_t used;
        alignas(max_align_t) unsigned char bytes[];
};

struct arena {
        struct chunk *chunks; /* the first one is being filled */
};

struct arena *arena_new(void) {
        return memory_need(calloc(1, sizeof(struct arena)));
}

void arena_free(struct arena *arena) {
        if (!arena)
                return;
        for (struct chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
                next = chunk->next;
                free(chunk);
        }
        free(arena);
}

void cleanup_arena(struct arena **arena) {
        arena_free(*arena);
}

static struct chunk *add_chunk(struct arena *arena, size_t size) {
        size_t bytes = size > CHUNK_BYTES ? size : CHUNK_BYTES;
        struct chunk *chunk = memory_need(bytes < SIZE_MAX - sizeof(*chunk) ? calloc(1, sizeof(*chunk) + bytes) : NULL);

        chunk->size = bytes;
        if (arena->chunks && size > CHUNK_BYTES / 4) {
                /* A large block gets a chunk of its own, and the one being filled goes on being filled. */
                chunk->next = arena->chunks->next;
                arena->chunks->next = chunk;
        } else {
                chunk->next = arena->chunks;
                arena->chunks = chunk;
        }
        return chunk;
}

void *arena_alloc(struct arena *arena, size_t size) {
        struct chunk *chunk = arena->chunks;

        if (size == 0)
                size = 1; /* a place of its own */
        if (!chunk || size > chunk->size - chunk->used)
                chunk = add_chunk(arena, size);
        void *block = chunk->bytes + chunk->used;
        size_t left = chunk->size - chunk->used;
        size_t step = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
        chunk->used += step < left ? step : left;
        return block;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length) {
        char *copy = arena_alloc(arena, length + 1);

        memcpy(copy, text, length);
        return copy;
}

char *arena_strdup(struct arena *arena, const char *text) {
        return arena_strndup(arena, text, strlen(text));
}

char *arena_take(struct arena *arena, struct text *text) {
        char *copy = arena_strndup(arena, text->length > 0 ? text->data : "", text->length);

        text_free(text);
        return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
        va_list arguments, again;

        va_start(arguments, format);
        va_copy(again, arguments);
        int length = vsnprintf(NULL, 0, format, arguments);
        va_end(arguments);
        if (length < 0)
                abort();
        char *text = arena_alloc(arena, (size_t)length + 1);
        vsnprintf(text, (size_t)length + 1, format, again);
        va_end(again);
        return text;
}
