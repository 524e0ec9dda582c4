/* The compiled tests/contract/fixture, with the handlers that its table names. Included by exactly one source. */
#pragma once

#include "fixture/contract.c"

#define HANDLER(name)                            \
        int op_##name(struct request *request) { \
                return request ? 0 : -1;         \
        }
HANDLER(get_livez)
HANDLER(list_things)
HANDLER(create_thing)
HANDLER(import_things)
HANDLER(get_thing)
HANDLER(change_thing)
HANDLER(create_key)
HANDLER(get_part)
HANDLER(get_thing_import)
