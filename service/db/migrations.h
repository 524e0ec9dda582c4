/* The files of migrations/, as db/migrations.py embeds them; db/migrate.h says what they may hold. */
#pragma once

#include <stdbool.h>

enum { CODE_FILES_MAX = 64 };

struct migration {
        int number;
        const char *name;
        const char *checksum; /* SHA-256 of the file, hexadecimal */
        const char *text;
};

/* A file of migrations/code. One whose first line is `-- before the tables` is what numbered migrations stand on. */
struct code_file {
        const char *name;
        const char *checksum;
        const char *text;
        bool before_tables;
};

struct migrations {
        const struct migration *numbered; /* ended by name NULL */
        const struct code_file *code;     /* ended by name NULL, at most CODE_FILES_MAX */
        const char *code_checksum;        /* of all of them together */
};

/* What db/migrations.py embeds. */
extern const struct migrations migrations_embedded;

/* The number of the newest migration; with the checksum of the code, readyz gives it to api.schema_serves(). */
int migrations_newest(const struct migrations *files);
