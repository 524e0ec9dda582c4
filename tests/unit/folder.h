/* A folder of a test's own, for the files it lets the program read. */
#pragma once

#include "core/cleanup.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[] = "/tmp/kiki-test-XXXXXX";

static inline int folder_make(void) {
        strcpy(folder + strlen(folder) - 6, "XXXXXX");
        return mkdtemp(folder) ? 0 : -1;
}

static inline int folder_remove_entry(const char *path, const struct stat *status, int type, struct FTW *at) {
        (void)status, (void)type, (void)at;
        return remove(path);
}

static inline void folder_remove(void) {
        nftw(folder, folder_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Good until the fourth call after it. */
static inline const char *in_folder(const char *name) {
        static char paths[4][256];
        static unsigned next;
        char *path = paths[next++ % 4];

        snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
        return path;
}

/* Puts the file in place at once, so that a reader sees the old or the new one. */
static inline void folder_write(const char *name, const char *content) {
        const char *path = in_folder(name), *fresh = in_folder("fresh");
        FILE *file = fopen(fresh, "w");

        assert_non_null(file);
        assert_true(fputs(content, file) >= 0);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(rename(fresh, path), 0);
}
