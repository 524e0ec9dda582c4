/* Ownership by scope. A pointer is borrowed unless the comment beside it says "takes" or "caller frees". */
#pragma once

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

/* Gives the pointer away and leaves NULL behind, so that its cleanup does nothing. */
#define TAKE_PTR(pointer)                                      \
        ({                                                     \
                __typeof__(pointer) *taken_from_ = &(pointer); \
                __typeof__(pointer) taken_ = *taken_from_;     \
                *taken_from_ = NULL;                           \
                taken_;                                        \
        })

static inline void cleanup_free(void *pointer) {
        free(*(void **)pointer);
}

static inline void cleanup_close(int *fd) {
        if (*fd >= 0)
                close(*fd);
}

static inline void cleanup_json(json_t **value) {
        json_decref(*value);
}

#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)
#define _cleanup_json_ _cleanup_(cleanup_json)
