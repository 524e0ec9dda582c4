/* Cross-origin requests of configured origins (Fetch standard). */
#pragma once

struct request;

/* Answers any OPTIONS: 204 with Allow, and for a preflight of a configured origin what it may send. Returns 0. */
int cors_preflight(struct request *request, const char *allow);
/* Adds what a browser needs to read the answer, when the origin is configured. */
void cors_apply(struct request *request);
