#include "organisation_me.sql.h"

#include "core/cleanup.h"
#include "core/text.h"
#include "http/reply.h"
#include "http/request.h"
#include "operations.h"

/* Who may do what, of every operation that needs a token. None of the texts has a character that JSON escapes. */
static const char *contract_text(struct request *request) {
        _cleanup_(text_free) struct text text = {0};

        for (const struct operation *o = contract_operations; o < contract_operations + contract_operations_count; o++)
                if (!(o->flags & OPERATION_PUBLIC))
                        text_printf(&text, "%c{\"id\":\"%s\",\"roles\":\"%s\",\"scope\":\"%s\"}",
                                    text.length > 0 ? ',' : '[', o->id, o->roles, o->scope);
        text_append_char(&text, ']');
        return arena_strndup(request->arena, text.data, text.length);
}

int op_get_me(struct request *request) {
        me_get(request->transaction, contract_text(request), request->caller.scopes);
        return reply_view(request);
}
