/* Rows as statements declare them, read from what PostgreSQL sends: every kind of column, what is not there, and what no row
   allows. */
#include "database.h"

#include "core/fact.h"
#include "db/row.h"

struct sample {
        const char *id, *name;
        struct date day;
        int64_t at;
        bool at_known;
        int number;
        bool number_known;
        int64_t big;
        bool yes;
        enum fact fact;
        int word;
        const char *const *ids;
        size_t ids_count;
        const char *const *names;
        size_t names_count;
        const struct date *days;
        size_t days_count;
        const int *words;
        size_t words_count;
};

static const struct vocabulary_word words[] = {{.word = "one"}, {.word = "two"}, {.word = NULL}};

#define AT(member) .name = #member, .offset = offsetof(struct sample, member)
#define MANY(member) AT(member), .many = true, .beside = offsetof(struct sample, member##_count)

/* As db/rows.py makes it. Those that may be NULL come first. */
static const struct row_column columns[] = {
        {AT(id), .kind = ROW_UUID, .nullable = true},
        {AT(name), .kind = ROW_TEXT, .nullable = true},
        {AT(day), .kind = ROW_DATE, .nullable = true},
        {AT(at), .kind = ROW_INSTANT, .nullable = true, .beside = offsetof(struct sample, at_known)},
        {AT(number), .kind = ROW_INT, .nullable = true, .beside = offsetof(struct sample, number_known)},
        {AT(fact), .kind = ROW_FACT, .nullable = true},
        {AT(word), .kind = ROW_WORD, .nullable = true, .words = words},
        {AT(big), .kind = ROW_BIGINT},
        {AT(yes), .kind = ROW_BOOL},
        {MANY(ids), .kind = ROW_UUID},
        {MANY(names), .kind = ROW_TEXT},
        {MANY(days), .kind = ROW_DATE},
        {MANY(words), .kind = ROW_WORD, .words = words},
        {.name = NULL},
};
static const struct row sample_row = {.name = "sample", .columns = columns};
enum { NULLABLE = 7, COLUMNS = sizeof(columns) / sizeof(columns[0]) - 1 };

/* In the same order; columns are found by name. */
static const char *const good[COLUMNS] = {
        "'01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10'::uuid",
        "'機器 \"x\"'",
        "'1999-12-31'::date",
        "'2026-04-01T08:30:00.000001+09:00'::timestamptz",
        "-2147483648",
        "false",
        "'two'",
        "-5000000000",
        "true",
        "ARRAY['01980C5E-7A3B-7C41-9D54-2F6F0B1C7D10'::uuid, NULL]",
        "ARRAY['', 'a,b', NULL]",
        "ARRAY['2021-03-11'::date, '2025-10-16']",
        "ARRAY['two', 'one', 'two']",
};

static struct arena *arena;
static const char *at_fault;

static int set_up(void **state) {
        (void)state;
        arena = arena_new();
        at_fault = NULL;
        return 0;
}

static int tear_down(void **state) {
        (void)state;
        arena_free(arena);
        return 0;
}

/* The good row with another expression, or its column left out, in the place of one; backwards, as order does not matter. */
static PGresult *ask(size_t place, const char *expression, int format) {
        char query[2048] = "SELECT 'beside the row' AS more";

        for (size_t i = COLUMNS; i-- > 0;) {
                const char *value = i == place ? expression : good[i];
                if (value)
                        snprintf(query + strlen(query), sizeof(query) - strlen(query), ", %s AS %s", value,
                                 columns[i].name);
        }
        PGresult *result = PQexecParams(admin, query, 0, NULL, NULL, NULL, NULL, format);
        if (PQresultStatus(result) != PGRES_TUPLES_OK)
                fail_msg("%s: %s", query, PQerrorMessage(admin));
        return result;
}

static int read_with(size_t place, const char *expression, struct sample *ret) {
        PGresult *result = ask(place, expression, 1);
        int r = row_read(result, 0, &sample_row, arena, ret, &at_fault);

        PQclear(result); /* what was read outlives it */
        return r;
}

static void every_kind_is_read(void **state) {
        struct sample read;
        int64_t instant;

        (void)state;
        memset(&read, 0xa5, sizeof(read));
        assert_int_equal(read_with(COLUMNS, NULL, &read), 0);
        assert_string_equal(read.id, "01980c5e-7a3b-7c41-9d54-2f6f0b1c7d10");
        assert_string_equal(read.name, "機器 \"x\"");
        assert_int_equal(date_compare(read.day, (struct date){1999, 12, 31}), 0);
        assert_int_equal(clock_parse_instant("2026-04-01T08:30:00.000001+09:00", &instant), 0);
        assert_true(read.at_known && read.at == instant);
        assert_true(read.number_known && read.number == INT32_MIN);
        assert_true(read.big == INT64_C(-5000000000) && read.yes && read.fact == FACT_NO && read.word == 2);
        assert_int_equal(read.ids_count, 2);
        assert_string_equal(read.ids[0], read.id);
        assert_null(read.ids[1]);
        assert_int_equal(read.names_count, 3);
        assert_true(!*read.names[0] && strcmp(read.names[1], "a,b") == 0 && !read.names[2]);
        assert_int_equal(read.days_count, 2);
        assert_int_equal(date_compare(read.days[1], (struct date){2025, 10, 16}), 0);
        assert_int_equal(read.words_count, 3);
        assert_true(read.words[0] == 2 && read.words[1] == 1 && read.words[2] == 2);
}

static void what_is_not_there_is_not_known(void **state) {
        static const char *const types[NULLABLE] = {"uuid", "text", "date", "timestamptz", "int", "bool", "text"};
        struct sample read;

        (void)state;
        for (size_t i = 0; i < NULLABLE; i++) {
                memset(&read, 0xa5, sizeof(read));
                assert_int_equal(read_with(i, arena_printf(arena, "NULL::%s", types[i]), &read), 0);
                assert_int_equal(read.id == NULL, i == 0);
                assert_int_equal(read.name == NULL, i == 1);
                assert_int_equal(read.day.year == 0, i == 2);
                assert_int_equal(read.at_known, i != 3);
                assert_int_equal(read.number_known, i != 4);
                assert_int_equal(read.fact == FACT_NOT_KNOWN, i == 5);
                assert_int_equal(read.word == 0, i == 6);
        }
        assert_int_equal(read_with(10, "'{}'::text[]", &read), 0);
        assert_int_equal(read.names_count, 0);
}

static void what_the_row_does_not_allow_is_a_fault(void **state) {
        static const struct {
                size_t place;
                const char *expression; /* NULL: the column is missing */
        } cases[] = {
                {0, NULL},
                {0, "'x'"},
                {1, "1"},
                {2, "'infinity'::date"},
                {2, "now()"},
                {3, "'-infinity'::timestamptz"},
                {4, "1::bigint"},
                {5, "'yes'"},
                {6, "'three'"},
                {6, "'TWO'"},
                {6, "''"},
                {6, "'two '"},
                {6, "2"},
                {7, "NULL::bigint"},
                {7, "1"},
                {8, "NULL::bool"},
                {8, "'t'"},
                {9, "NULL::uuid[]"},
                {10, "ARRAY[1]"},
                {10, "ARRAY[['a'], ['b']]"},
                {11, "ARRAY[NULL::date]"},
                {12, "ARRAY['two', NULL]"},
                {12, "ARRAY['none']"},
                {12, NULL},
        };
        struct sample read;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                if (read_with(cases[i].place, cases[i].expression, &read) != -EINVAL)
                        fail_msg("%s was taken for %s", cases[i].expression, columns[cases[i].place].name);
                assert_string_equal(at_fault, columns[cases[i].place].name);
        }
}

static void a_row_that_is_not_there_is_a_fault(void **state) {
        struct sample read;

        (void)state;
        PGresult *binary = ask(COLUMNS, NULL, 1), *text = ask(COLUMNS, NULL, 0);
        assert_int_equal(row_read(binary, 1, &sample_row, arena, &read, &at_fault), -EINVAL);
        assert_int_equal(row_read(NULL, 0, &sample_row, arena, &read, &at_fault), -EINVAL);
        assert_int_equal(row_read(text, 0, &sample_row, arena, &read, &at_fault),
                         -EINVAL); /* not as it was asked for */
        PQclear(binary);
        PQclear(text);
}

/* By a statement that declares them, prepared or not; a fault stays with the transaction and is told for the log. */
static void transactions_read_rows(void **state) {
        static const struct row *const rows[] = {&sample_row, NULL};
        static struct statement_line lines[2];
        static const struct statement statement = {.name = "test_rows", .lines = lines, .rows = rows};
        struct pool *pool = pool_of(1, 1000, 250);
        struct transaction *t;
        struct sample read;
        char query[2048] = "SELECT ";

        (void)state;
        for (size_t i = 0; i < COLUMNS; i++)
                snprintf(query + strlen(query), sizeof(query) - strlen(query), "%s%s AS %s", i ? ", " : "", good[i],
                         columns[i].name);
        lines[0].text = query;
        assert_int_equal(transaction_open(pool, arena, NULL, &t), 0);
        for (int again = 0; again < 2; again++) {
                assert_int_equal(transaction_queue(t, &statement, NULL, NULL), 0);
                assert_int_equal(transaction_commit(t), 0);
                assert_int_equal(transaction_row(t, 0, 0, &sample_row, &read), 0);
                assert_int_equal(read.number, INT32_MIN);
        }
        assert_null(transaction_refusal(t));
        assert_int_equal(transaction_row(t, 0, 1, &sample_row, &read), -EINVAL);
        assert_non_null(strstr(transaction_refusal(t)->cause, "sample"));
        assert_int_equal(transaction_queue(t, &statement, NULL, NULL), -EINVAL);
        transaction_end(t);
        pool_close(pool);
}

static int begin(void **state) {
        (void)state;
        return database_create("SELECT 1");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(every_kind_is_read, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_not_there_is_not_known, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_the_row_does_not_allow_is_a_fault, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_row_that_is_not_there_is_a_fault, set_up, tear_down),
                cmocka_unit_test_setup_teardown(transactions_read_rows, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, begin, database_drop);
}
