/* Prepares and plans every text that every statement can take, on the migrated schema, as the service's role: a wrong
   column, type or combination of optional lines, and a right that no migration granted, show here. So does the name of
   a constraint that there is not. */
#include "database.h"
#include "db/error.h"
#include "db/migrate.h"
#include "db/row.h"
#include "statements.h"

static PGconn *service; /* connected as kiki_service */
static unsigned texts, rows_compared;

static int begin(void **state) {
        (void)state;
        if (database_create("SELECT 1") != 0)
                return -1;
        char migrator[1100], role[1100];
        snprintf(migrator, sizeof(migrator), "%s user=kiki_migrator", conninfo);
        snprintf(role, sizeof(role), "%s user=kiki_service", conninfo);
        const struct migrate_options options = {.conninfo = migrator, .files = &migrations_embedded};
        if (migrate_run(&options) != 0)
                return -1;
        service = PQconnectdb(role);
        if (PQstatus(service) != CONNECTION_OK)
                return -1;
        /* The tables of an import live as long as a transaction. */
        PQclear(PQexec(service, "BEGIN"));
        PQclear(PQexec(service, "SELECT api.begin_import(1000)"));
        return PQtransactionStatus(service) == PQTRANS_INTRANS ? 0 : -1;
}

static int finish(void **state) {
        PQfinish(service);
        return database_drop(state);
}

static void check(PGresult *result, const char *name, const char *text) {
        ExecStatusType status = PQresultStatus(result);

        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
                fail_msg("%s: %s\n%s", name, PQerrorMessage(service), text);
        PQclear(result);
}

/* Rows of a list are (item, key, tie). */
static void check_columns(const char *name, const char *text) {
        PGresult *result = PQdescribePrepared(service, name);

        if (PQnfields(result) != 3 || PQftype(result, 0) != 114 || PQftype(result, 1) != 25 ||
            PQftype(result, 2) != 2950)
                fail_msg("%s: item is not json or tie is not uuid\n%s", name, text);
        PQclear(result);
}

/* What PostgreSQL tells of a prepared statement against the columns that it declares, in their order and of their types:
   where they differ, or NULL. */
static const char *difference(const struct row *const *rows, const PGresult *described) {
        static char told[256];
        int field = 0;

        for (; *rows; rows++)
                for (const struct row_column *column = (*rows)->columns; column->name; column++, field++) {
                        const char *found = field < PQnfields(described) ? PQfname(described, field) : "nothing";
                        rows_compared++;
                        if (strcmp(found, column->name) == 0 && PQftype(described, field) == row_type(column))
                                continue;
                        snprintf(told, sizeof(told), "%s of type %u stands where the row %s has %s of type %u", found,
                                 PQftype(described, field), (*rows)->name, column->name, row_type(column));
                        return told;
                }
        if (PQnfields(described) == field)
                return NULL;
        snprintf(told, sizeof(told), "%d columns for rows of %d", PQnfields(described), field);
        return told;
}

static void check_rows(const struct statement *statement, const char *name, const char *text) {
        PGresult *described = PQdescribePrepared(service, name);
        const char *differs = difference(statement->rows, described);

        PQclear(described);
        if (differs)
                fail_msg("%s: %s\n%s", name, differs, text);
}

static void try_variant(const struct statement *statement, const struct statement_variant *variant) {
        _cleanup_(cleanup_arena) struct arena *arena = arena_new();
        const char *text = statement_text(statement, variant, arena);
        unsigned parameters = statement->parameters + (variant->after ? 2 : 0) + variant->limited;
        char name[STATEMENT_NAME_SIZE];

        statement_name(statement, variant, name);
        check(PQprepare(service, name, text, (int)statement->parameters, statement->types), name, text);
        if (statement->sorts && !variant->count)
                check_columns(name, text);
        if (statement->rows)
                check_rows(statement, name, text);
        const char *execute = arena_printf(arena, "EXPLAIN EXECUTE \"%s\"", name);
        for (unsigned i = 0; i < parameters; i++)
                execute = arena_printf(arena, "%s%sNULL", execute, i == 0 ? " (" : ", ");
        check(PQexec(service, arena_printf(arena, "%s%s", execute, parameters > 0 ? ")" : "")), name, text);
        check(PQexec(service, arena_printf(arena, "DEALLOCATE \"%s\"", name)), name, text);
        texts++;
}

/* Pages: each sort, both ways, the first and a later one, with and without a limit; and the count. */
static void try_given(const struct statement *statement, uint32_t given) {
        struct statement_variant variant = {.given = given};

        if (!statement->sorts) {
                try_variant(statement, &variant);
                return;
        }
        for (variant.sort = 0; statement->sorts[variant.sort].name; variant.sort++)
                for (unsigned way = 0; way < 8; way++) {
                        variant.descending = way & 1;
                        variant.after = way & 2;
                        variant.limited = way & 4;
                        try_variant(statement, &variant);
                }
        variant = (struct statement_variant){.given = given, .count = true};
        try_variant(statement, &variant);
}

static void every_statement_fits_the_schema(void **state) {
        (void)state;
        for (size_t i = 0; statements_all[i]; i++) {
                const struct statement *statement = statements_all[i];
                uint32_t all = statement->optional;
                try_given(statement, 0);
                if (all != 0)
                        try_given(statement, all);
                /* Each alone, and all but that one. */
                for (uint32_t bit = 1; bit != 0 && bit <= all; bit <<= 1) {
                        if (!(all & bit) || all == bit)
                                continue;
                        try_given(statement, bit);
                        if (all & (all - 1) & ~bit)
                                try_given(statement, all & ~bit);
                }
        }
        print_message("%u texts\n", texts);
        assert_int_not_equal(texts, 0);
        assert_int_not_equal(rows_compared, 0);
}

/* Whether the statement of two columns is what two rows of one declare. */
static bool fits(const char *query) {
        static const struct row_column number[] = {{.name = "n", .kind = ROW_INT}, {.name = NULL}};
        static const struct row_column ids[] = {{.name = "ids", .kind = ROW_UUID, .many = true}, {.name = NULL}};
        static const struct row first = {.name = "first", .columns = number},
                                second = {.name = "second", .columns = ids};
        static const struct row *const rows[] = {&first, &second, NULL};

        check(PQprepare(service, "fits", query, 0, NULL), "fits", query);
        PGresult *described = PQdescribePrepared(service, "fits");
        bool same = !difference(rows, described);
        PQclear(described);
        check(PQexec(service, "DEALLOCATE fits"), "fits", query);
        return same;
}

static void rows_that_differ_are_seen(void **state) {
        (void)state;
        assert_true(fits("SELECT 1 AS n, '{}'::uuid[] AS ids"));
        assert_false(fits("SELECT '{}'::uuid[] AS ids, 1 AS n"));
        assert_false(fits("SELECT 1 AS m, '{}'::uuid[] AS ids"));
        assert_false(fits("SELECT 1::bigint AS n, '{}'::uuid[] AS ids"));
        assert_false(fits("SELECT 1 AS n, NULL::uuid AS ids"));
        assert_false(fits("SELECT 1 AS n"));
        assert_false(fits("SELECT 1 AS n, '{}'::uuid[] AS ids, 2 AS more"));
}

static void every_known_constraint_exists(void **state) {
        (void)state;
        for (const struct constraint *known = constraints; known->name; known++) {
                char statement[256];
                snprintf(statement, sizeof(statement),
                         "SELECT count(*) FROM (SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class"
                         " WHERE relkind = 'i') names WHERE conname = '%s'",
                         known->name);
                if (strcmp(sql(statement), "1") != 0)
                        fail_msg("%s is no constraint of the schema", known->name);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_statement_fits_the_schema),
                cmocka_unit_test(rows_that_differ_are_seen),
                cmocka_unit_test(every_known_constraint_exists),
        };

        return cmocka_run_group_tests(tests, begin, finish);
}
