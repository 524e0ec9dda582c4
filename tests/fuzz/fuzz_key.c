/* JWK Sets, PEM files and the documents of issuers, which come from outside. Input: the document. */
#include "auth/discovery.h"
#include "auth/key_set.h"
#include "core/cleanup.h"
#include "core/log.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct key_set *set) {
        bool known;

        if (key_set_count(set) == 0 || key_set_count(set) > KEY_SET_KEYS_MAX)
                abort();
        const struct key *key = key_set_find(set, "a", ALGORITHM_RS256, &known);
        if (key && (key->algorithm != ALGORITHM_RS256 || !strstr(key->pem, "BEGIN PUBLIC KEY")))
                abort();
        key_set_release(set);
}

static void check_discovery(const char *document, size_t length) {
        _cleanup_free_ char *url = NULL;
        const char *reason = NULL;

        int r = discovery_read(document, length, "https://i", &url, &reason);
        if (r == 0 ? strncmp(url, "https://", 8) != 0 || strpbrk(url, " \r\n#") : !reason)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const struct key_rules rules = {.algorithms = ALGORITHMS};
        _cleanup_free_ char *text = strndup((const char *)data, size);
        struct key_set *set;
        const char *reason = NULL;

        log_set_level(LOG_LEVEL_ERROR);
        if (key_set_from_jwks((const char *)data, size, &rules, &set, &reason) == 0)
                check(set);
        else if (!reason)
                abort();
        if (key_set_from_pem(text, &rules, &set, &reason) == 0)
                check(set);
        check_discovery((const char *)data, size);
        return 0;
}
