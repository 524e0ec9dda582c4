/* Any UTF-8: a text that is settled stays as it is, and what CP932 keeps without a loss comes back as it was kept. The first
   byte chooses whether an unknown charset is asked for as well. */
#include "core/characters.h"
#include "core/cleanup.h"
#include "documents/charset.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool true_thing) {
        if (!true_thing)
                abort();
}

static void check_settled(const char *string) {
        _cleanup_(text_free) struct text once = {0}, twice = {0};
        const char *settled = characters_settle(&once, string, strlen(string));

        need(text_is_utf8(settled, strlen(settled)));
        need(strcmp(settled, characters_settle(&twice, settled, strlen(settled))) == 0);
        need(characters_are_blank(string, strlen(string)) == characters_are_blank(settled, strlen(settled)));
}

static void check_written(const char *string) {
        _cleanup_(text_free) struct text form = {0}, bytes = {0}, back = {0}, again = {0};
        struct charset_encoder *encoder;
        size_t lost = 0, offset;

        characters_append_form(&form, string, strlen(string));
        need(charset_encoder_open(&encoder) == 0);
        need(charset_encode(encoder, string, strlen(string), &bytes, &lost) == 0);
        charset_encoder_close(encoder);
        need(charset_decode(CHARSET_CP932, bytes.data ?: "", bytes.length, &back, &offset) == 0);
        characters_append_form(&again, back.data, back.length);
        need((lost == 0) == (strcmp(form.data, again.data) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(text_free) struct text string = {0}, decoded = {0};
        size_t offset;

        if (size == 0)
                return 0;
        text_append(&string, (const char *)data + 1, size - 1);
        if (data[0] & 1)
                charset_decode(CHARSET_UNKNOWN, string.data, string.length, &decoded, &offset);
        if (text_is_utf8(string.data, string.length)) {
                check_settled(string.data);
                check_written(string.data);
        }
        return 0;
}
