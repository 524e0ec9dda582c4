/* Migrating, with a table of migrations of the test's own in place of the embedded one. */
#include "database.h"
#include "db/migrate.h"

/* The third waits for the test to open the gate. */
const struct migration migrations[] = {
        {1, "first", "aa", "CREATE TABLE gate (open int);\nCREATE TABLE things (id int PRIMARY KEY, word text);\n"},
        {2, "index", "bb",
         "-- no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS things_word;\n"
         "CREATE INDEX CONCURRENTLY things_word ON things (word);\nINSERT INTO things SELECT max(open), 'two' FROM "
         "gate;\n"},
        {3, "gated", "cc",
         "-- Takes away.\n-- oldest-program: 2\nINSERT INTO things VALUES (3, 'three');\nSELECT 1 / count(*) FROM gate "
         "WHERE open > 1;\n"},
        {0, NULL, NULL, NULL},
};

static char migrator[1100];

static int migrate(void) {
        const struct migrate_options options = {.conninfo = migrator};

        return migrate_run(&options);
}

/* A fresh database for each test. */
static int set_up(void **state) {
        (void)state;
        if (database_create("SELECT 1") != 0)
                return -1;
        snprintf(migrator, sizeof(migrator), "%s user=kiki_migrator", conninfo);
        return 0;
}

/* Runs up to where the gate is open. */
static void open_gate(const char *value) {
        char statement[64];

        snprintf(statement, sizeof(statement), "INSERT INTO kiki.gate VALUES (%s)", value);
        sql(statement);
}

static void set_up_whole(void) {
        assert_int_equal(migrate(), -EIO);
        open_gate("2");
        assert_int_equal(migrate(), 0);
}

static void what_fails_leaves_nothing_and_is_taken_up_again(void **state) {
        (void)state;
        assert_int_equal(migrate_newest(), 3);
        /* The second, without a transaction, breaks off in its third statement: id may not be null. */
        assert_int_equal(migrate(), -EIO);
        assert_string_equal(sql("SELECT string_agg(name, ',') FROM kiki.migrations"), "first");
        open_gate("1");
        assert_int_equal(migrate(), -EIO);
        assert_string_equal(sql("SELECT string_agg(name, ',' ORDER BY number) FROM kiki.migrations"), "first,index");
        assert_string_equal(sql("SELECT string_agg(word, ',') FROM kiki.things"), "two");
        assert_string_equal(sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'kiki.things_word'::regclass"),
                            "t");
        open_gate("2");
        assert_int_equal(migrate(), 0);
        assert_string_equal(sql("SELECT string_agg(word, ',' ORDER BY id) FROM kiki.things"), "two,three");
        assert_string_equal(sql("SELECT string_agg(number || checksum, ',' ORDER BY number) FROM kiki.migrations"),
                            "1aa,2bb,3cc");
        assert_string_equal(sql("SELECT string_agg(oldest_program::text, ',' ORDER BY number) FROM kiki.migrations"),
                            "0,0,2");
        assert_string_equal(sql("SELECT tableowner FROM pg_tables WHERE tablename = 'things'"), "kiki_owner");
}

static void running_again_changes_nothing(void **state) {
        (void)state;
        set_up_whole();
        sql("CREATE TABLE before AS SELECT * FROM kiki.migrations");
        assert_int_equal(migrate(), 0);
        assert_string_equal(sql("SELECT count(*) FROM (TABLE before INTERSECT TABLE kiki.migrations) same"), "3");
        assert_string_equal(sql("SELECT count(*) FROM kiki.things"), "2");
}

static void a_changed_history_is_refused(void **state) {
        const char *const changes[] = {
                "UPDATE kiki.migrations SET checksum = 'zz' WHERE number = 2",
                "DELETE FROM kiki.migrations WHERE number = 2",
                "DELETE FROM kiki.migrations WHERE number = 1",
                "INSERT INTO kiki.migrations VALUES (4, 'newer', 'dd', 4)",
                "INSERT INTO kiki.migrations VALUES (4, 'newer', 'dd', 4), (5, 'newest', 'ee', 0)",
                "DELETE FROM kiki.migrations WHERE number = 2; INSERT INTO kiki.migrations VALUES (4, 'new', 'dd', 0)",
        };

        (void)state;
        set_up_whole();
        sql("CREATE TABLE kept AS SELECT * FROM kiki.migrations");
        for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
                sql(changes[i]);
                assert_int_equal(migrate(), -EPROTO);
                sql("DELETE FROM kiki.migrations; INSERT INTO kiki.migrations SELECT * FROM kept");
        }
        assert_int_equal(migrate(), 0);
        assert_string_equal(sql("SELECT count(*) FROM kiki.things"), "2");
}

/* The release before works on the schema of the next one. */
static void a_newer_schema_that_only_adds_is_left_alone(void **state) {
        (void)state;
        set_up_whole();
        sql("INSERT INTO kiki.migrations VALUES (4, 'newer', 'dd', 0), (5, 'newest', 'ee', 3)");
        assert_int_equal(migrate(), 0);
        assert_string_equal(sql("SELECT count(*) FROM kiki.migrations"), "5");
        assert_string_equal(sql("SELECT count(*) FROM kiki.things"), "2");
}

static void a_missing_role_is_refused(void **state) {
        (void)state;
        /* The roles are shared by all databases of the cluster. */
        sql("ALTER ROLE kiki_worker RENAME TO kiki_worker_away");
        int r = migrate();
        sql("ALTER ROLE kiki_worker_away RENAME TO kiki_worker");
        assert_int_equal(r, -ENOENT);
        assert_string_equal(sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'kiki'"), "0");
}

static void who_may_not_become_the_owner_is_refused(void **state) {
        (void)state;
        snprintf(migrator, sizeof(migrator), "%s user=kiki_service", conninfo);
        assert_int_equal(migrate(), -EIO);
        assert_string_equal(sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'kiki'"), "0");
}

static void no_database_is_told(void **state) {
        (void)state;
        snprintf(migrator, sizeof(migrator), "%s user=kiki_migrator dbname=nothing_like_that", conninfo);
        assert_int_equal(migrate(), -ECONNREFUSED);
        const struct migrate_options options = {.conninfo = conninfo, .password_file = "/nonexistent"};
        assert_int_equal(migrate_run(&options), -ENOENT);
}

static void *migrate_beside(void *argument) {
        *(int *)argument = migrate();
        return NULL;
}

static void several_at_once_take_turns(void **state) {
        pthread_t threads[4];
        int results[4];

        (void)state;
        set_up_whole();
        sql("DELETE FROM kiki.things; DELETE FROM kiki.migrations WHERE number > 1;"
            "CREATE FUNCTION public.slowly() RETURNS event_trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(0.1); END $$;"
            "CREATE EVENT TRIGGER slowly ON ddl_command_end EXECUTE FUNCTION public.slowly()");
        for (int i = 0; i < 4; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, migrate_beside, &results[i]), 0);
        for (int i = 0; i < 4; i++) {
                pthread_join(threads[i], NULL);
                assert_int_equal(results[i], 0);
        }
        assert_string_equal(sql("SELECT count(*) FROM kiki.migrations"), "3");
        assert_string_equal(sql("SELECT count(*) FROM kiki.things"), "2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, database_drop)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(what_fails_leaves_nothing_and_is_taken_up_again),
                TEST(running_again_changes_nothing),
                TEST(a_changed_history_is_refused),
                TEST(a_newer_schema_that_only_adds_is_left_alone),
                TEST(a_missing_role_is_refused),
                TEST(who_may_not_become_the_owner_is_refused),
                TEST(no_database_is_told),
                TEST(several_at_once_take_turns),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
