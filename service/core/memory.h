/* Running out of memory ends the process: a request that goes on without what it could not keep would answer something
   else than what is so. Large and optional things are asked for with malloc and checked. */
#pragma once

#include <stddef.h>

/* `memory`, which malloc or one of its kind gave; says so and ends the process when it is NULL. */
void *memory_need(void *memory);
/* malloc for libraries that take one. */
void *memory_new(size_t size);
