/* The schema: numbered, checksummed, forward-only files, embedded in the binary and run under an advisory lock, each in
   a transaction of its own with its row in kiki.migrations.
   A file that takes away what earlier programs use says from which on they work without it, in a line of its own:
   `-- oldest-program: 12`, the newest migration that such a program knows. All other files only add, so that the
   release before, which may still run or be gone back to, works on the schema.
   A file whose first line is `-- no-transaction` runs statement by statement, for concurrent indexes: there a statement
   ends with a semicolon at the end of a line, and each must bear being run again after the file broke off. */
#pragma once

struct migrate_options {
        const char *conninfo;      /* of the migrator role; a direct connection, no pooler */
        const char *password_file; /* or NULL */
};

/* Runs what is missing, as kiki_owner. Refuses, naming them, when a needed role is missing, when a file that was run
   has changed, and when a newer migration in the database took away what this binary uses. Logs one line for each
   file. 0 or -errno. */
int migrate_run(const struct migrate_options *options);

/* The number of the newest migration this binary carries, which readyz gives to api.schema_serves(). */
int migrate_newest(void);

/* What db/migrations.py embeds. */
struct migration {
        int number;
        const char *name;
        const char *checksum; /* SHA-256 of the file, hexadecimal */
        const char *text;
};

extern const struct migration migrations[]; /* ended by name NULL */
