/* What PostgreSQL refused with: db/error.c maps constraint name, then SQLSTATE. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct refusal {
        int problem;           /* enum problem */
        char sqlstate[6];      /* "" when the refusal is not PostgreSQL's */
        const char *pointer;   /* JSON pointer or parameter at fault, or NULL */
        const char *code;      /* its machine word such as not_found, or NULL */
        const char *members;   /* further members of the problem as a JSON object, or NULL */
        const char *ja, *en;   /* what happened, where the problem's own explanation does not tell; or NULL */
        const char *cause;     /* for the log: PostgreSQL's words, where they cannot hold a value, or ours; or NULL */
        const char *statement; /* the name of the one that was refused, or NULL */
        size_t step;           /* which queued statement, counted from 0 since the transaction began */
        bool retryable;        /* run the whole transaction again: serialisation failure, deadlock, or a connection
                                lost when nothing can have been committed */
};
