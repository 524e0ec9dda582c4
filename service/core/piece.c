#include "core/piece.h"

#include <string.h>
#include <strings.h>

struct piece piece_trimmed(const char *text, size_t length) {
        while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
                length--;
        return (struct piece){text, length};
}

bool piece_is(const struct piece *piece, const char *word) {
        return piece->length == strlen(word) && strncasecmp(piece->text, word, piece->length) == 0;
}

const char *piece_read_parameter(const char *text, struct piece *ret_name, struct piece *ret_value) {
        text += strspn(text, " \t");
        size_t length = strcspn(text, "=;,");
        *ret_name = piece_trimmed(text, length);
        text += length;
        length = 0;
        if (*text == '=') {
                text += 1 + strspn(text + 1, " \t");
                bool quoted = *text == '"';
                text += quoted;
                length = strcspn(text, quoted ? "\"" : ",; \t");
        }
        *ret_value = (struct piece){text, length};
        text += length;
        return text + strcspn(text, ";,");
}
