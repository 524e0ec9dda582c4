#include "db/migrations.h"

int migrations_newest(const struct migrations *files) {
        int newest = 0;

        for (const struct migration *m = files->numbered; m->name; m++)
                newest = m->number;
        return newest;
}
