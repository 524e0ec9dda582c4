/* Memory that lives as long as one request and is given back at once.
   An arena belongs to one thread. Running out of memory ends the process: nothing is half done, as PostgreSQL rolls
   back what was not committed. */
#pragma once

#include "core/text.h"

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void); /* caller frees with arena_free */
void arena_free(struct arena *arena);
void cleanup_arena(struct arena **arena);

void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned for any type */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
/* The text from now on belongs to the arena; `text` is empty again. */
char *arena_take(struct arena *arena, struct text *text);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
