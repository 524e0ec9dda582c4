#include "db/migrations.h"

int migrations_newest(const struct schema *schema) {
        int newest = 0;

        for (const struct migration *m = schema->migrations; m->name; m++)
                newest = m->number;
        return newest;
}
