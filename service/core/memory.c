#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>

void *memory_need(void *memory) {
        if (!memory) {
                fputs("{\"level\":\"error\",\"event\":\"out-of-memory\"}\n", stderr);
                abort();
        }
        return memory;
}

void *memory_new(size_t size) {
        return memory_need(malloc(size));
}
