/* Cursors: no bytes open as one, and what was sealed opens for its own list only. Input: a cursor, or up to U+0000 a
   binding, a sort key and a tie. */
#include "core/cleanup.h"
#include "core/secrets.h"
#include "http/cursor.h"
#include "problems.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int true_thing) {
        if (!true_thing)
                abort();
}

static struct secrets *make_secrets(void) {
        static const char file[] = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
        struct secrets *secrets = NULL;
        char path[64];
        int fd = memfd_create("secrets", 0);

        need(write(fd, file, sizeof(file) - 1) == sizeof(file) - 1);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        need(secrets_load(path, &secrets) == 0);
        close(fd);
        return secrets;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static struct secrets *secrets;
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        const char *key = NULL, *tie = NULL;

        secrets = secrets ?: make_secrets();
        const char *binding = arena_strndup(arena, (const char *)data, size);
        int result = cursor_open(secrets, arena, "list_devices /api/v1/devices", binding, &key, &tie);
        need(result == PROBLEM_CURSOR_EXPIRED || result == PROBLEM_INVALID_PARAMETER);

        size_t used = strlen(binding);
        const char *sort = used < size ? binding + used + 1 : NULL;
        used += sort ? strlen(sort) + 1 : 0;
        const char *id = used < size ? binding + used + 1 : "";
        const char *cursor = cursor_seal(secrets, arena, binding, sort, id);
        need(cursor_open(secrets, arena, binding, cursor, &key, &tie) == 0);
        need(strcmp(tie, id) == 0 && (sort ? key && strcmp(key, sort) == 0 : !key));
        need(cursor_open(secrets, arena, arena_printf(arena, "%sx", binding), cursor, &key, &tie) ==
             PROBLEM_INVALID_PARAMETER);
        return 0;
}
