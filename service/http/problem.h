/* Problem details (RFC 9457): the one place that writes them. */
#pragma once

#include "contract/fault.h"

struct refusal;
struct request;

struct report {
        int problem;           /* enum problem; anything not in the catalogue is internal-error */
        const char *ja, *en;   /* detail; NULL: the explanation of the type */
        struct faults faults;  /* errors: pointers into the body */
        const char *parameter; /* errors: the query or path parameter at fault, with the texts above */
        const char *members;   /* further members as the text of a JSON object, or NULL */
};

/* Fills the reply with the problem in the request's language, and the headers that its status demands. Returns 0. */
int problem_reply(struct request *request, const struct report *report);
/* A fault of ours (-errno): logged here, where it is answered, and told as internal-error. Returns 0. */
int problem_fault(struct request *request, int error);
/* The problem a refusal of PostgreSQL or of the pool stands for. */
struct report problem_of_refusal(struct request *request, int code, const struct refusal *refusal);
/* Refuses by a problem with a fault of the body, or with members as the text of a JSON object; each may be NULL.
   Returns the problem, with the reply filled. */
int problem_refuse(struct request *request, int problem, const char *pointer, const char *code, const char *members);
