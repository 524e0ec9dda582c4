/* What every set of rules does with its judgements: asks for the facts and judges them, decides whether what is asked for
   may be written, tells people, and has the judgement written. A set says how one row of its facts is judged, and nothing
   else; its statement of facts has the columns of the row judging_subject beside them.

   A handler that writes queues its locks and, as a statement of its own, the facts; calls judging_pass; and queues what
   writes, with the same parameters, as the locks are still held. There `LEFT JOIN api.judged() j ON j.about = …` gives
   the judgement, and without it no row is whole. */
#pragma once

#include "rows.h"
#include "rules/rule.h"

struct request;

struct judging {
        /* Judges a row of the statement queued last. 0, -errno or an enum problem. */
        int (*judge)(struct request *request, size_t row, struct judgement *ret_judgement);
};

/* Flushes, judges every row, and queues what gives the judgements to the statements behind it. 0; the set's problem with
   the findings when a binding row is refused; PROBLEM_EXCEPTION_REASON_REQUIRED when one needs a reason and has none. */
int judging_pass(struct request *request, const struct judging *judging);
/* Replies with the judgement of a check. `further`: members of the answer that typed values were made into, or NULL. */
int judging_reply(struct request *request, const struct judgement *judgement, const char *further);
