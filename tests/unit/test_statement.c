/* The texts that a statement takes, and pages read through them: every row once, whatever the sort and while rows are
   being added. */
#include "database.h"

static const char schema[] =
        "CREATE TABLE devices (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), code text NOT NULL, n int NOT NULL,"
        " at timestamptz NOT NULL, day date NOT NULL);"
        "INSERT INTO devices (code, n, at, day)"
        " SELECT 'c' || i % 7, i % 3, '2026-04-01 00:00+09'::timestamptz + (i / 2) * interval '1 microsecond',"
        " '2026-04-01'::date + i % 5 FROM generate_series(0, 99) i;"
        "INSERT INTO devices (code, n, at, day) VALUES ('long ago', -1, '0044-03-15 12:00 BC', '0044-03-15 BC'),"
        " ('endless', 2147483647, 'infinity', 'infinity'), ('', 0, '-infinity', '-infinity'),"
        " ('機\"''\\', 0, '1887-12-31 12:00', '9999-12-31');";

static const struct statement plain = {
        .name = "devices_get",
        .lines = (const struct statement_line[]){{0, "SELECT $1"}, {0, NULL}},
        .types = (const unsigned[]){25},
        .parameters = 1,
};
static const struct statement list = {
        .name = "devices_list",
        .lines = (const struct statement_line[]){{0, "SELECT id AS tie, code, n, at, day, to_json(id) AS item"
                                                     " FROM devices WHERE $1 >= 0 "},
                                                 {2, "AND n = $2 "},
                                                 {6, "AND (n = $2 OR code = $3) "},
                                                 {4, "AND code <> $3"},
                                                 {0, NULL}},
        .types = (const unsigned[]){23, 23, 25},
        .parameters = 3,
        .optional = 6,
        .sorts = (const struct statement_sort[]){{"code", "text"},
                                                 {"n", "int"},
                                                 {"at", "timestamptz"},
                                                 {"day", "date"},
                                                 {"tie", "uuid"},
                                                 {NULL, NULL}},
};

static const char *text_of(struct arena *arena, const struct page *page, const char *n, const char *code) {
        struct statement_variant variant;
        const char *const values[] = {"1", n, code};

        assert_int_equal(statement_choose(&list, page, values, &variant), 0);
        return statement_text(&list, &variant, arena);
}

static void lines_go_with_their_parameters(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        const struct page page = {.limit = 0};
        static const char begin[] =
                "SELECT page.item, page.code::text, page.tie FROM (SELECT id AS tie, code, n, at, day,"
                " to_json(id) AS item FROM devices WHERE $1 >= 0 ";
        static const char end[] = ") page ORDER BY page.code, page.tie";
        const struct {
                const char *n, *code, *middle;
        } cases[] = {{NULL, NULL, ""},
                     {"1", NULL, "AND n = $2 "},
                     {NULL, "x", "AND code <> $3"},
                     {"1", "x", "AND n = $2 AND (n = $2 OR code = $3) AND code <> $3"}};

        (void)state;
        for (size_t i = 0; i < 4; i++)
                assert_string_equal(text_of(arena, &page, cases[i].n, cases[i].code),
                                    arena_printf(arena, "%s%s%s", begin, cases[i].middle, end));
}

static void pages_add_key_order_and_limit(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        const struct page page = {.sort = "at", .descending = true, .limit = 50, .after_key = "k", .after_tie = "t"};

        (void)state;
        assert_non_null(strstr(text_of(arena, &page, NULL, NULL),
                               ") page WHERE (page.at, page.tie) < ($4::timestamptz, $5::uuid)"
                               " ORDER BY page.at DESC, page.tie DESC LIMIT 201) longest LIMIT $6"));
}

static void every_limit_has_one_text(void **state) {
        const char *const values[] = {"1", NULL, NULL};
        struct statement_variant first, variant;

        (void)state;
        assert_int_equal(statement_choose(&list, &(struct page){.limit = 1}, values, &first), 0);
        for (int limit = 2; limit <= STATEMENT_LIMIT_MAX; limit++) {
                assert_int_equal(statement_choose(&list, &(struct page){.limit = limit}, values, &variant), 0);
                assert_true(statement_same(&first, &variant));
        }
        assert_int_equal(statement_choose(&list, &(struct page){0}, values, &variant), 0);
        assert_false(statement_same(&first, &variant));
}

static void what_a_list_does_not_have_is_refused(void **state) {
        const char *const values[] = {"1", NULL, NULL};
        const struct page bad[] = {{.sort = "id; DROP TABLE devices"}, {.sort = ""},         {.limit = -1},
                                   {.limit = STATEMENT_LIMIT_MAX + 1}, {.after_key = "key"}, {.after_tie = "tie"}};
        const struct page good = {0};
        struct statement_variant variant;

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_int_equal(statement_choose(&list, &bad[i], values, &variant), -EINVAL);
        assert_int_equal(statement_choose(&list, NULL, values, &variant), -EINVAL);
        assert_int_equal(statement_choose(&plain, &good, values, &variant), -EINVAL);
}

static void names_differ_and_fit(void **state) {
        const struct statement longest = {.name = "a234567890b234567890c234567890d234567890e234"};
        const struct statement_variant widest = {.given = UINT32_MAX, .sort = UINT8_MAX, .limited = true};
        struct statement_variant variants[] = {{0},
                                               {.given = 1},
                                               {.sort = 1},
                                               {.descending = true},
                                               {.after = true},
                                               {.count = true},
                                               {.limited = true},
                                               {.given = 17}};
        char a[STATEMENT_NAME_SIZE], b[STATEMENT_NAME_SIZE];
        size_t count = sizeof(variants) / sizeof(variants[0]);

        (void)state;
        statement_name(&longest, &widest, a);
        assert_string_equal(a, "a234567890b234567890c234567890d234567890e234.ffffffff.ffafl");
        for (size_t i = 0; i < count; i++)
                for (size_t j = 0; j < count; j++) {
                        statement_name(&list, &variants[i], a);
                        statement_name(&list, &variants[j], b);
                        assert_int_equal(strcmp(a, b) == 0, i == j);
                        assert_int_equal(statement_same(&variants[i], &variants[j]), i == j);
                }
}

/* Pages through the list; returns how many rows came. */
static unsigned walk(struct transaction *t, struct page *page, bool adds) {
        const char *const values[] = {"1", NULL, NULL};
        unsigned seen = 0;

        for (unsigned pages = 0; pages < 100; pages++) {
                assert_int_equal(transaction_queue(t, &list, page, values), 0);
                assert_int_equal(transaction_commit(t), 0);
                size_t rows = transaction_rows(t, 0);
                size_t shown = rows > (size_t)page->limit ? rows - 1 : rows;
                for (size_t i = 0; i < shown; i++) {
                        char mark[128];
                        snprintf(mark, sizeof(mark), "INSERT INTO seen VALUES ('%s')", transaction_value(t, 0, i, 2));
                        sql(mark);
                }
                seen += (unsigned)shown;
                if (shown == rows)
                        return seen;
                page->after_key = transaction_value(t, 0, shown - 1, 1);
                page->after_tie = transaction_value(t, 0, shown - 1, 2);
                if (adds)
                        sql("INSERT INTO devices (code, n, at, day) VALUES ('c3', 1, now(), current_date)");
        }
        fail_msg("the pages do not end");
        return 0;
}

static void every_row_comes_once(void **state) {
        struct pool *pool = pool_of(1, 2000, 250);
        const int limits[] = {7, 103, 104, 105};

        (void)state;
        sql("CREATE TABLE seen (id uuid PRIMARY KEY)");
        for (unsigned s = 0; list.sorts[s].name; s++)
                for (unsigned way = 0; way < 8; way++) {
                        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
                        struct transaction *t;
                        struct page page = {
                                .sort = list.sorts[s].name, .descending = way & 1, .limit = limits[way / 2]};
                        sql("TRUNCATE seen");
                        assert_int_equal(transaction_open(pool, arena, NULL, &t), 0);
                        assert_int_equal(walk(t, &page, false), 104);
                        transaction_end(t);
                }
        pool_close(pool);
        sql("DROP TABLE seen");
}

static void rows_added_meanwhile_hide_none(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        struct pool *pool = pool_of(1, 2000, 250);
        struct page page = {.sort = "code", .limit = 10};
        struct transaction *t;

        (void)state;
        sql("CREATE TABLE seen (id uuid PRIMARY KEY); CREATE TABLE old AS SELECT id FROM devices");
        assert_int_equal(transaction_open(pool, arena, NULL, &t), 0);
        walk(t, &page, true);
        transaction_end(t);
        assert_string_equal(sql("SELECT count(*) FROM old WHERE id NOT IN (SELECT id FROM seen)"), "0");
        pool_close(pool);
        sql("DROP TABLE seen; DELETE FROM devices WHERE id NOT IN (SELECT id FROM old); DROP TABLE old");
}

/* One row more than the limit tells that there is a next page, whatever the limit. */
static void each_limit_gives_one_row_more(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        const char *const values[] = {"1", NULL, NULL};
        struct pool *pool = pool_of(1, 10000, 250);
        struct transaction *t;

        (void)state;
        assert_int_equal(transaction_open(pool, arena, NULL, &t), 0);
        for (int limit = 1; limit <= STATEMENT_LIMIT_MAX; limit++) {
                struct page page = {.limit = limit};
                assert_int_equal(transaction_queue(t, &list, &page, values), 0);
                assert_int_equal(transaction_commit(t), 0);
                assert_int_equal(transaction_rows(t, 0), limit < 104 ? limit + 1 : 104);
        }
        transaction_end(t);
        pool_close(pool);
}

static void a_page_that_cannot_be_had_fails_the_transaction(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        const char *const values[] = {"1", NULL, NULL};
        struct page no_such = {.sort = "no_such"}, good = {.limit = 1};
        struct pool *pool = pool_of(1, 2000, 250);
        struct transaction *t;

        (void)state;
        for (int with_begin = 0; with_begin < 2; with_begin++) {
                assert_int_equal(transaction_open(pool, arena, NULL, &t), 0);
                if (with_begin) {
                        transaction_explicit(t);
                        transaction_mark(t);
                        assert_int_equal(transaction_flush(t), 0);
                }
                assert_int_equal(transaction_queue(t, &list, &good, values), 0);
                transaction_queue(t, &list, &no_such, values);
                assert_int_equal(transaction_queue(t, &list, &good, values), -EINVAL);
                assert_int_equal(transaction_return(t), -EINVAL);
                assert_int_equal(transaction_commit(t), -EINVAL);
                assert_int_equal(transaction_rollback(t), 0);
                assert_int_equal(transaction_queue(t, &list, &good, values), 0);
                assert_int_equal(transaction_commit(t), 0);
                transaction_end(t);
        }
        pool_close(pool);
}

static void the_count_stands_before_the_page(void **state) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        const char *const values[] = {"1", "0", NULL};
        struct pool *pool = pool_of(1, 2000, 250);
        struct page page = {.limit = 5, .total = true};
        struct transaction *t;

        (void)state;
        assert_int_equal(transaction_open(pool, arena, NULL, &t), 0);
        assert_int_equal(transaction_queue(t, &list, &page, values), 0);
        assert_int_equal(transaction_commit(t), 0);
        assert_int_equal(transaction_rows(t, 0), 6);
        assert_string_equal(transaction_value(t, 1, 0, 0), sql("SELECT count(*) FROM devices WHERE n = 0"));
        /* The total is of all pages, and a page may take all rows. */
        page = (struct page){.limit = 0, .total = true, .after_key = "c3", .after_tie = transaction_value(t, 0, 5, 2)};
        assert_int_equal(transaction_queue(t, &list, &page, values), 0);
        assert_int_equal(transaction_commit(t), 0);
        assert_in_range(transaction_rows(t, 0), 7, 35);
        assert_string_equal(transaction_value(t, 1, 0, 0), sql("SELECT count(*) FROM devices WHERE n = 0"));
        transaction_end(t);
        pool_close(pool);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lines_go_with_their_parameters),
                cmocka_unit_test(pages_add_key_order_and_limit),
                cmocka_unit_test(every_limit_has_one_text),
                cmocka_unit_test(what_a_list_does_not_have_is_refused),
                cmocka_unit_test(names_differ_and_fit),
                cmocka_unit_test(every_row_comes_once),
                cmocka_unit_test(rows_added_meanwhile_hide_none),
                cmocka_unit_test(each_limit_gives_one_row_more),
                cmocka_unit_test(a_page_that_cannot_be_had_fails_the_transaction),
                cmocka_unit_test(the_count_stands_before_the_page),
        };

        return RUN_ON(schema, tests);
}
