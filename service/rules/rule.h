/* What every rule, finding and verdict is made of. Rules are pure: the plan and the facts come in, the findings go out,
   and no rule stops another. All texts are constants in both languages. */
#pragma once

#include "core/clock.h"
#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>

enum rule_level {
        RULE_ADVICE,    /* good practice, or what a plan cannot prove */
        RULE_EXCEPTION, /* may go ahead with a stated reason, and the usage manager is told */
        RULE_VIOLATION, /* must not go ahead */
};

enum verdict { VERDICT_PERMITTED, VERDICT_PERMITTED_WITH_EXCEPTION, VERDICT_REFUSED };

struct words {
        const char *ja, *en;
};

enum { RULE_CLAUSES_MAX = 4 };

struct rule {
        const char *id;                        /* check_out.purpose */
        const char *clauses[RULE_CLAUSES_MAX]; /* art7.1.1; ended by NULL or the end of the array */
        enum rule_level level;                 /* the strictest that its findings have */
        bool determinable;                     /* a determination (art9) can turn a violation into an exception */
        struct words title;                    /* what ought to be, in a few words */
        struct words explanation;              /* for whoever asks what the rule is about */
};

/* One way of not meeting a rule. */
struct rule_reason {
        enum rule_level level;
        unsigned clauses;    /* how many of the rule's clauses it rests on, from the first; 0: all of them */
        struct words detail; /* what is the matter */
        struct words remedy; /* what to do about it */
};

struct finding {
        const struct rule *rule;
        const struct rule_reason *reason;
        enum rule_level level;
        bool determined; /* was a violation, and a determination made it an exception */
};

enum { JUDGEMENT_FINDINGS_MAX = 24 }; /* each set of rules asserts that it has no more rules */

/* Holds pointers to constants only: copy it freely. */
struct judgement {
        enum verdict verdict;
        char regulation_version[CLOCK_DATE_SIZE];
        char annex2_version[CLOCK_DATE_SIZE]; /* of meetings; otherwise empty */
        size_t count;
        struct finding findings[JUDGEMENT_FINDINGS_MAX]; /* in the order of the rules, one for each rule at the most */
};

/* `determined`: the determination that the plan cites covers the rule. */
void judgement_add(struct judgement *judgement, const struct rule *rule, const struct rule_reason *reason,
                   bool determined);
/* The finding of a rule, or NULL. */
const struct finding *judgement_find(const struct judgement *judgement, const struct rule *rule);
/* Refused by any violation, otherwise with exception by any exception. */
enum verdict judgement_verdict(const struct judgement *judgement);

/* The version in force on a day: the last date of effect that is not after it. 0, or PROBLEM_VALIDATION_FAILED before
   the first version. The versions come in any order. */
int regulation_version_on(struct date day, const struct date *versions, size_t count, struct date *ret_version);

const char *rule_level_word(enum rule_level level); /* violation, exception, advice */
const char *verdict_word(enum verdict verdict);     /* permitted, permitted_with_exception, refused */

/* [{"rule": …, "level": …, "clauses": […], "title": …, "detail": …, "remedy": …}, …] */
void judgement_append_findings(const struct judgement *judgement, bool english, struct text *json);
/* "verdict": …, "regulation_version": …, and of a meeting "annex2_version": … */
void judgement_append_verdict(const struct judgement *judgement, struct text *json);
/* The text of a JSON object with the same members added, and "findings": {"ja": […], "en": […]}: a record with the
   judgement that is kept with it. */
void judgement_append_record(const struct judgement *judgement, const char *object, struct text *json);
/* {"id": …, "clauses": […], "level": …, "determination": bool, "title": …, "explanation": …} */
void rule_append(const struct rule *rule, bool english, struct text *json);
