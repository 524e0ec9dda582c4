/* What a page says of its rows; with a real list in PostgreSQL. */
#include "database.h"
#include "http/page.h"
#include "http/request.h"

static const struct statement list = {
        .name = "numbers",
        .lines = (const struct statement_line[]){{0, "SELECT gen_random_uuid() AS tie, n, to_json(n) AS item"
                                                     " FROM generate_series(1, 3) n"},
                                                 {0, NULL}},
        .sorts = (const struct statement_sort[]){{"n", "int"}, {NULL, NULL}},
};

/* The contract gave it no parameters, so there is no limit. */
static void a_list_without_a_limit_is_all_rows(void **state) {
        static const struct parameter none[] = {{.name = NULL}};
        static const struct operation operation = {.id = "list_numbers", .query_parameters = none};
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        struct request request = {.arena = arena, .operation = &operation, .path = "/numbers"};
        struct pool *pool = pool_of(1, 2000, 250);
        struct report *unused = NULL;

        (void)state;
        assert_int_equal(page_read(&request, unused), 0);
        assert_int_equal(transaction_open(pool, arena, NULL, &request.transaction), 0);
        assert_int_equal(transaction_queue(request.transaction, &list, &request.page, NULL), 0);
        assert_int_equal(transaction_commit(request.transaction), 0);
        page_write(&request);
        assert_string_equal(request.reply.body, "{\"items\":[1,2,3],\"next_cursor\":null}");
        transaction_end(request.transaction);
        pool_close(pool);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_list_without_a_limit_is_all_rows),
        };

        return RUN_ON("SELECT 1", tests);
}
