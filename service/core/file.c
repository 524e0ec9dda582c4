#include "core/file.h"

#include "core/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int file_read(const char *path, size_t limit, struct text *ret_text) {
        _cleanup_(text_free) struct text text = {0};
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        char buffer[4096];

        if (fd < 0)
                return -errno;
        for (;;) {
                ssize_t count = read(fd, buffer, sizeof(buffer));
                if (count < 0 && errno == EINTR)
                        continue;
                if (count < 0)
                        return -errno;
                if ((size_t)count > limit - text.length)
                        return -EFBIG;
                text_append(&text, buffer, (size_t)count);
                if (count == 0)
                        break;
        }
        text_drop_mark(&text);
        *ret_text = text;
        text = (struct text){0};
        return 0;
}
