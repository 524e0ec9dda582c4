/* Small files that are read whole: keys, passwords, lists. */
#pragma once

#include "core/text.h"

/* Without a byte order mark. 0, -errno, or -EFBIG when it has more than `limit` bytes. Caller frees with text_free. */
int file_read(const char *path, size_t limit, struct text *ret_text);
