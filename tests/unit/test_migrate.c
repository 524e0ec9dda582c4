/* Migrating, with tables of migrations and code of the test's own in place of the embedded ones. */
#include "database.h"
#include "db/migrate.h"
#include "db/migrate_code.h"

/* The third waits for the test to open the gate. */
static const struct migration migrations[] = {
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

/* What the numbered ones stand on, and code that names what another file makes later. */
#define GROUND "CREATE OR REPLACE FUNCTION api.two() RETURNS text LANGUAGE sql AS $$ SELECT 'two' $$;\n"
#define DOUBLE                                                                                                        \
        "CREATE OR REPLACE FUNCTION api.twice() RETURNS text LANGUAGE sql AS $$ SELECT api.two() || api.word() $$;\n" \
        "GRANT EXECUTE ON FUNCTION api.twice() TO kiki_service;\n"
#define WORDS                                                                                                      \
        "CREATE OR REPLACE FUNCTION api.word() RETURNS text LANGUAGE sql AS $$ SELECT min(word) FROM things $$;\n" \
        "CREATE FUNCTION api.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n"            \
        "CREATE TRIGGER keep BEFORE UPDATE ON things FOR EACH ROW EXECUTE FUNCTION api.keep();\n"                  \
        "CREATE POLICY readers ON things FOR SELECT TO kiki_service USING (api.word() <> 'x');\n"

static struct code_file files[4];
static struct migrations own = {migrations, files, NULL};

static void carry(const char *state, const char *ground, const char *twice, const char *words) {
        own.code_checksum = state;
        files[0] = (struct code_file){"ground", ground, ground, true};
        files[1] = (struct code_file){"double", twice, twice, false};
        files[2] = (struct code_file){words ? "words" : NULL, words, words, false};
}

static char migrator[1100];

static int migrate(void) {
        const struct migrate_options options = {.conninfo = migrator, .files = &own};

        return migrate_run(&options);
}

/* A fresh database for each test, and the code as it was first. */
static int set_up(void **state) {
        (void)state;
        if (database_create("SELECT 1") != 0)
                return -1;
        snprintf(migrator, sizeof(migrator), "%s user=kiki_migrator", conninfo);
        sql("SET search_path = kiki, api");
        carry("one", GROUND, DOUBLE, WORDS);
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
        assert_int_equal(migrations_newest(&own), 3);
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
        const struct migrate_options options = {.conninfo = conninfo, .password_file = "/nonexistent", .files = &own};
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

static const char *objects(void) {
        return sql("SELECT string_agg(file || ' ' || type || ' ' || identity, ', ' ORDER BY file, type, identity)"
                   " FROM kiki.code_objects");
}

static void code_that_fails_takes_the_numbered_ones_with_it(void **state) {
        (void)state;
        assert_int_equal(migrate(), -EIO);
        open_gate("2");
        carry("one", GROUND, DOUBLE, WORDS "SELECT api.nothing();\n");
        assert_int_equal(migrate(), -EIO);
        assert_string_equal(sql("SELECT string_agg(name, ',' ORDER BY number) FROM kiki.migrations"), "first,index");
        assert_string_equal(sql("SELECT string_agg(name, ',') FROM kiki.code_files"), "ground");
        /* A body that names nothing is found as well, although it is only text. */
        carry("one", GROUND, DOUBLE,
              "CREATE FUNCTION api.word() RETURNS text LANGUAGE sql AS $$ SELECT api.no() $$;\n");
        assert_int_equal(migrate(), -EIO);
        carry("one", GROUND, DOUBLE, WORDS);
        assert_int_equal(migrate(), 0);
        assert_string_equal(sql("SELECT api.twice()"), "twothree");
        assert_string_equal(objects(),
                            "double function api.twice(), ground function api.two(), words function api.keep(), "
                            "words function api.word(), words policy readers on kiki.things, "
                            "words trigger keep on kiki.things");
}

static void a_changed_file_is_run_again_and_drops_what_it_no_longer_makes(void **state) {
        (void)state;
        set_up_whole();
        sql("CREATE TABLE kept AS SELECT oid, xmin::text AS written FROM pg_proc WHERE proname IN ('two', 'twice')");
        carry("two", GROUND, DOUBLE,
              "CREATE OR REPLACE FUNCTION api.word() RETURNS text LANGUAGE sql AS $$ SELECT 'new' $$;\n"
              "CREATE POLICY writers ON things FOR SELECT TO kiki_service USING (false);\n");
        assert_int_equal(migrate(), 0);
        assert_string_equal(sql("SELECT api.twice()"), "twonew");
        assert_string_equal(objects(),
                            "double function api.twice(), ground function api.two(), words function api.word(), "
                            "words policy writers on kiki.things");
        assert_string_equal(sql("SELECT count(*) FROM pg_trigger WHERE tgname = 'keep'"), "0");
        assert_string_equal(sql("SELECT count(*) FROM pg_policy"), "1");
        /* The other files were left alone. */
        assert_string_equal(sql("SELECT count(*) FROM kept JOIN pg_proc p USING (oid) WHERE p.xmin::text = written"),
                            "2");
        /* A grant that a file no longer gives is gone, and one that it gives is there. */
        assert_string_equal(sql("SELECT has_function_privilege('kiki_service', 'api.twice()', 'EXECUTE')"), "t");
        carry("three", GROUND,
              "CREATE OR REPLACE FUNCTION api.twice() RETURNS text LANGUAGE sql AS $$ SELECT api.two() $$;\n"
              "REVOKE ALL ON FUNCTION api.twice() FROM PUBLIC;\n",
              NULL);
        assert_int_equal(migrate(), 0);
        assert_string_equal(sql("SELECT has_function_privilege('kiki_service', 'api.twice()', 'EXECUTE')"), "f");
        assert_string_equal(objects(), "double function api.twice(), ground function api.two()");
        assert_string_equal(sql("SELECT count(*) FROM pg_proc WHERE proname = 'word'"), "0");
        assert_string_equal(sql("SELECT string_agg(checksum, ',' ORDER BY number) FROM kiki.code_states"),
                            "one,two,three");
}

static void what_all_stand_on_runs_all_again(void **state) {
        (void)state;
        set_up_whole();
        sql("CREATE TABLE kept AS SELECT oid, xmin::text AS written FROM pg_proc WHERE pronamespace = "
            "'api'::regnamespace");
        carry("two", "CREATE OR REPLACE FUNCTION api.two() RETURNS text LANGUAGE sql AS $$ SELECT '2' $$;\n", DOUBLE,
              WORDS);
        /* WORDS makes a trigger's function plainly, so it must have been dropped to be made again. */
        assert_int_equal(migrate(), -EIO);
        carry("two", "CREATE OR REPLACE FUNCTION api.two() RETURNS text LANGUAGE sql AS $$ SELECT '2' $$;\n", DOUBLE,
              "DROP FUNCTION IF EXISTS api.keep();\n" WORDS);
        assert_int_equal(migrate(), 0);
        assert_string_equal(sql("SELECT api.twice()"), "2three");
        assert_string_equal(sql("SELECT count(*) FROM kept JOIN pg_proc p USING (oid) WHERE p.xmin::text = written"),
                            "0");
}

/* The program before goes on with the code of the one after it, and never puts its own back. */
static void newer_code_is_left_alone(void **state) {
        (void)state;
        set_up_whole();
        carry("two", GROUND, DOUBLE,
              "CREATE OR REPLACE FUNCTION api.word() RETURNS text LANGUAGE sql AS $$ SELECT 'new' $$;\n");
        assert_int_equal(migrate(), 0);
        carry("one", GROUND, DOUBLE, WORDS);
        assert_int_equal(migrate(), 0);
        assert_string_equal(sql("SELECT api.word()"), "new");
        /* Nor one whose code was never here, when a newer program has migrated. */
        sql("INSERT INTO kiki.migrations VALUES (4, 'newer', 'dd', 0)");
        carry("other", GROUND, DOUBLE, WORDS);
        assert_int_equal(migrate(), 0);
        assert_string_equal(sql("SELECT api.word()"), "new");
}

static void code_changed_behind_its_back_is_refused(void **state) {
        const char *const changes[] = {
                "CREATE OR REPLACE FUNCTION api.word() RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$",
                "GRANT EXECUTE ON FUNCTION api.word() TO kiki_worker",
                "ALTER FUNCTION api.word() SECURITY DEFINER",
                "ALTER TABLE kiki.things DISABLE TRIGGER keep",
                "DROP TRIGGER keep ON kiki.things",
                "ALTER POLICY readers ON kiki.things USING (true)",
                "ALTER POLICY readers ON kiki.things TO PUBLIC",
        };

        (void)state;
        set_up_whole();
        for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
                sql("BEGIN");
                sql(changes[i]);
                sql("COMMIT");
                assert_int_equal(migrate(), -EPROTO);
                carry("two", GROUND, DOUBLE, "DROP FUNCTION IF EXISTS api.keep();\n" WORDS);
                assert_int_equal(migrate(), -EPROTO);
                /* As deploy/README.md says. */
                sql("UPDATE kiki.code_objects SET definition = NULL; DELETE FROM kiki.code_files");
                assert_int_equal(migrate(), 0);
                assert_string_equal(sql("SELECT api.word()"), "three");
                assert_string_equal(
                        sql("SELECT count(*) FROM pg_policy WHERE polroles = ARRAY['kiki_service'::regrole::oid]"
                            " AND pg_get_expr(polqual, polrelid) <> 'true'"),
                        "1");
                assert_string_equal(sql("SELECT tgenabled FROM pg_trigger WHERE tgname = 'keep'"), "O");
        }
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
                TEST(code_that_fails_takes_the_numbered_ones_with_it),
                TEST(a_changed_file_is_run_again_and_drops_what_it_no_longer_makes),
                TEST(what_all_stand_on_runs_all_again),
                TEST(newer_code_is_left_alone),
                TEST(code_changed_behind_its_back_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
