#include "http/words.h"

#include "core/log.h"

#include <string.h>

const char *words_sentence(const char *code, bool english) {
        if (!code)
                return "";
        for (const struct word *word = words; word->code; word++)
                if (strcmp(code, word->code) == 0)
                        return english ? word->en : word->ja;
        LOG(LOG_LEVEL_ERROR, "word-missing", LOG_TEXT("word", code));
        return code;
}
