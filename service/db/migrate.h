/* The schema, embedded in the binary and run under an advisory lock: numbered, checksummed, forward-only files with
   tables and constraints, each with its row in kiki.migrations, and the code on them (db/migrate_code.h). What is missing
   of both is run in one transaction.
   A file that takes away what earlier programs use says from which on they work without it, in a line of its own:
   `-- oldest-program: 12`, the newest migration that such a program knows; its own number where none before it can. All
   other files only add, so that the release before, which may still run or be gone back to, works on the schema.
   A file whose first line is `-- no-transaction` runs statement by statement between two transactions, for concurrent
   indexes: there a statement ends with a semicolon at the end of a line, and each must bear being run again after the file broke off. */
#pragma once

#include "db/migrations.h"

struct migrate_options {
        const char *conninfo;      /* of the migrator role; a direct connection, no pooler */
        const char *password_file; /* or NULL */
        const struct migrations *files;
};

/* Runs what is missing, as kiki_owner. Refuses, naming them, when a needed role is missing, when a numbered file that was
   run has changed, when somebody has changed what the code made, and when a newer migration in the database took away
   what this schema has. Logs one line for each file. 0 or -errno. */
int migrate_run(const struct migrate_options *options);
