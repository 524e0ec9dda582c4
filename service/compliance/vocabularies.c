/* The enumerations of the contract with their words, for frontends. */
#include "vocabularies.h"

#include "http/constants.h"
#include "http/request.h"
#include "operations.h"

static const char *name(size_t at) {
        return vocabularies[at].name;
}

static void append(size_t at, bool english, struct text *json) {
        (void)english; /* each word has both */
        text_append_string(json, vocabularies[at].json);
}

static const struct constants constants = {.name = name, .append = append};

int op_list_vocabularies(struct request *request) {
        return constants_reply_all(request, &constants);
}

int op_get_vocabulary(struct request *request) {
        return constants_reply_one(request, &constants, request_path(request, "name"));
}
