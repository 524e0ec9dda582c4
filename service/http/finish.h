/* The last of an answer: the headers that every one carries, and that all its headers can be sent. An answer without one
   of them would be another answer, so it becomes a 500 and a fault in the log. */
#pragma once

#include <stdint.h>

struct request;

void finish(struct request *request);
/* Counts the request and writes its line of the log. */
void finish_record(const struct request *request, int64_t microseconds);
