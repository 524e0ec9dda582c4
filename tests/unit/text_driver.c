/* Does what its argument says (decode, encode, fold, form, settle) with each text of standard input, which a NUL ends, and prints
   the results in the same way: what tests/unit/test_texts.py compares with Python's own tables. */
#include "core/characters.h"
#include "core/cleanup.h"
#include "documents/charset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void act(const char *what, const char *string, size_t length, struct text *text) {
        size_t ignored = 0;

        if (strcmp(what, "decode") == 0 && charset_decode(CHARSET_CP932, string, length, text, &ignored) != 0)
                text->length = 0;
        if (strcmp(what, "form") == 0)
                characters_append_form(text, string, length);
        if (strcmp(what, "fold") == 0)
                characters_append_folded(text, string, length);
        if (strcmp(what, "settle") == 0) {
                _cleanup_(text_free) struct text buffer = {0};
                text_append_string(text, characters_settle(&buffer, string, length));
        }
        if (strcmp(what, "encode") == 0) {
                struct charset_encoder *encoder;
                if (charset_encoder_open(&encoder) != 0 || charset_encode(encoder, string, length, text, &ignored) != 0)
                        exit(1);
                charset_encoder_close(encoder);
        }
}

int main(int argc, char **argv) {
        _cleanup_free_ char *string = NULL;
        size_t allocated = 0;
        ssize_t length;

        while (argc == 2 && (length = getdelim(&string, &allocated, '\0', stdin)) > 0) {
                _cleanup_(text_free) struct text text = {0};
                act(argv[1], string, (size_t)length - 1, &text);
                fwrite(text.data, 1, text.length, stdout);
                putchar('\0');
        }
        return 0;
}
