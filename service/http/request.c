#include "http/request.h"

#include <string.h>

static size_t find(const struct parameter *declared, const char *name) {
        size_t i = 0;
        while (declared && declared[i].name && strcmp(declared[i].name, name) != 0)
                i++;
        return i;
}

const char *request_path(const struct request *request, const char *name) {
        return request->path_values[find(request->operation->path_parameters, name)];
}

const char *request_query(const struct request *request, const char *name) {
        const struct parameter *declared = request->operation->query_parameters;
        size_t i = find(declared, name);
        return declared && declared[i].name ? request->query_values[i] : NULL;
}

bool request_asks(const struct request *request, const char *name) {
        const char *value = request_query(request, name);
        return value && strcmp(value, "true") == 0;
}

const char *request_member(const struct request *request, const char *name) {
        return json_string_value(json_object_get(request->body, name));
}

void request_free(struct request *request) {
        if (!request)
                return;
        if (request->transaction)
                transaction_end(request->transaction);
        json_decref(request->body);
        arena_free(request->arena);
}
