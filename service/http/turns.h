/* Turns at work that is slow and costly: few have one at once, and the others wait for theirs. Thread-safe. */
#pragma once

#include <stdbool.h>

struct turns;

/* So many at once. 0 or -ENOMEM. */
int turns_new(unsigned most, struct turns **ret_turns);
void turns_free(struct turns *turns); /* when nobody has one or waits */

/* Waits for a turn, at most so long, and no longer once `gone` says true, which is asked now and then: 0 or PROBLEM_BUSY.
   Whoever got one ends it by turns_end. */
int turns_take(struct turns *turns, unsigned milliseconds, bool (*gone)(void *context), void *context);
void turns_end(struct turns *turns);
