#include "db/transaction.h"
#include "http/reply.h"
#include "http/request.h"
#include "operations.h"

#include <errno.h>

static const char *value_of(const struct request *request, const struct source *source) {
        switch (source->kind) {
        case SOURCE_PATH:
                return request->path_values[source->index];
        case SOURCE_QUERY:
                return request->query_values[source->index];
        case SOURCE_BODY:
                return request->body_text;
        case SOURCE_IF_MATCH:
                return request->if_match;
        case SOURCE_LANGUAGE:
                return language_tag(request->language);
        }
        return NULL;
}

/* The handler of every operation that is nothing but its statements (openapi/bind.py). */
int operation_run(struct request *request) {
        const struct operation *operation = request->operation;

        for (const struct step *step = operation->steps; step->statement; step++) {
                const char **values = arena_alloc(request->arena, (step->count + 1) * sizeof(*values));
                for (unsigned i = 0; i < step->count; i++)
                        values[i] = value_of(request, &step->sources[i]);
                int r = transaction_queue(request->transaction, step->statement,
                                          step->statement->sorts ? &request->page : NULL, values);
                if (r != 0)
                        return r;
        }
        switch (operation->answer_kind) {
        case ANSWER_ONE:
                return reply_one(request);
        case ANSWER_VIEW:
                return reply_view(request);
        case ANSWER_PAGE:
                return reply_page(request);
        case ANSWER_WRITE:
                return reply_answer(request);
        }
        return -EINVAL;
}
