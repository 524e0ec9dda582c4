#include "http/conditions.h"

#include "core/text.h"
#include "http/request.h"

#include <openssl/sha.h>
#include <string.h>

/* The next quoted tag of a list; *ret_weak when it had W/. Returns its first byte after the quote, or NULL. */
static const char *next_tag(const char *list, size_t *ret_length, int *ret_weak) {
        list += strspn(list, ", \t");
        *ret_weak = strncmp(list, "W/", 2) == 0;
        if (*ret_weak)
                list += 2;
        if (*list != '"')
                return NULL;
        const char *end = strchr(++list, '"');
        if (!end)
                return NULL;
        *ret_length = (size_t)(end - list);
        return list;
}

/* The digits of the version in a tag of our own making, 0 in any other: 12.ja, or 12.word.ja when the answer depends on
   more than the version. */
static size_t version_digits(const char *tag, size_t length) {
        static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        size_t digits = strspn(tag, "0123456789"), more = tag[digits] == '.' ? strspn(tag + digits + 1, word) : 0;
        size_t language = more > 0 && tag[digits + 1 + more] == '.' ? digits + 1 + more : digits;

        if (digits == 0 || digits > 18 || (digits > 1 && *tag == '0') || length != language + 3)
                return 0;
        return memcmp(tag + language, ".ja", 3) == 0 || memcmp(tag + language, ".en", 3) == 0 ? digits : 0;
}

const char *conditions_versions(struct request *request, const char *if_match) {
        struct text literal = {0};
        size_t length;
        int weak;

        if (strcmp(if_match, "*") == 0)
                return NULL;
        text_append_char(&literal, '{');
        for (const char *tag = if_match; (tag = next_tag(tag, &length, &weak)); tag += length + 1) {
                size_t digits = weak ? 0 : version_digits(tag, length);
                if (digits == 0)
                        continue;
                if (literal.length > 1)
                        text_append_char(&literal, ',');
                text_append(&literal, tag, digits);
        }
        text_append_char(&literal, '}');
        const char *kept = arena_strdup(request->arena, literal.data);
        text_free(&literal);
        return kept;
}

const char *conditions_tag(struct request *request, const char *version) {
        return arena_printf(request->arena, "\"%s.%s\"", version, language_tag(request->language));
}

const char *conditions_hash(struct request *request, const void *body, size_t length) {
        unsigned char digest[SHA256_DIGEST_LENGTH];
        struct text tag = {0};

        SHA256(body, length, digest);
        text_append_char(&tag, '"');
        text_append_base64url(&tag, digest, 18);
        text_append_char(&tag, '"');
        const char *kept = arena_strdup(request->arena, tag.data);
        text_free(&tag);
        return kept;
}

bool conditions_unchanged(const char *if_none_match, const char *tag) {
        size_t length = 0, wanted = 0;
        int weak;

        if (!if_none_match)
                return false;
        if (strcmp(if_none_match, "*") == 0)
                return true;
        tag = next_tag(tag, &wanted, &weak);
        if (!tag)
                return false;
        for (const char *at = if_none_match; (at = next_tag(at, &length, &weak)); at += length + 1)
                if (length == wanted && memcmp(at, tag, wanted) == 0)
                        return true;
        return false;
}
