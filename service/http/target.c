#include "http/target.h"

#include "contract/parameters.h"
#include "http/page.h"
#include "http/problem.h"
#include "http/request.h"

#include <string.h>
#include <strings.h>

/* What takes several becomes a PostgreSQL array literal. */
static void take_arguments(struct request *request, const struct argument *arguments) {
        const struct parameter *declared = request->operation->query_parameters;
        size_t count = 0;

        while (declared && declared[count].name)
                count++;
        request->query_values = arena_alloc(request->arena, (count + 1) * sizeof(char *));
        for (size_t i = 0; i < count; i++)
                request->query_values[i] =
                        arguments[i].items ? transaction_array(request->arena, arguments[i].items, arguments[i].count)
                                           : arguments[i].text;
}

static bool has_control(const char *text) {
        for (; *text; text++)
                if ((unsigned char)*text < ' ' || *text == 0x7f)
                        return true;
        return false;
}

const char *target_origin_form(const char *target) {
        size_t scheme = strncasecmp(target, "http://", 7) == 0 ? 7 : strncasecmp(target, "https://", 8) == 0 ? 8 : 0;

        return scheme > 0 ? target + scheme + strcspn(target + scheme, "/?") : target;
}

bool target_is_path(const char *path, const char *query) {
        return path[0] == '/' && !has_control(path) && !(query && has_control(query));
}

int target_read(struct request *request, const struct slice *path_values, struct report *ret_report) {
        struct parameter_fault fault = {0};
        struct argument *arguments;

        int r = parameters_of_path(request->operation, path_values, request->arena, request->path_values, &fault);
        if (r == 0)
                r = parameters_of_query(request->operation, request->query, request->arena, &arguments, &fault);
        if (r != 0) {
                *ret_report = (struct report){.problem = r, .parameter = fault.name, .ja = fault.ja, .en = fault.en};
                return r;
        }
        take_arguments(request, arguments);
        return page_read(request, ret_report);
}
