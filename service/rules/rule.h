/* What every rule, finding and verdict is made of. Rules are pure: the plan and the facts come in, the findings go out,
   and no rule stops another. All texts are constants in both languages. Facts are rows that statements declare (rows.h);
   a rule that asks for one that is not known finds nothing, and says that it could not judge. */
#pragma once

#include "core/clock.h"
#include "core/text.h"
#include "vocabularies.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version of the regulation whose text the rules hold, whatever the day: that of the first is not known. */
#define RULES_OF "2025-10-16"

/* What a rule answers: one of these, or the place of a reason in its set. */
enum { RULE_NOT_JUDGED = -1, RULE_FINE = 0 };

struct words {
        const char *ja, *en;
};

enum { RULE_CLAUSES_MAX = 6 };

struct rule {
        const char *id;                        /* check_out.purpose */
        const char *clauses[RULE_CLAUSES_MAX]; /* art7.1.1; ended by NULL or the end of the array */
        enum rule_level level;                 /* the strictest that its findings have */
        bool determinable;                     /* a determination (art9) can turn a violation into an exception */
        struct words title;                    /* what ought to be, in a few words */
        struct words explanation;              /* for whoever asks what the rule is about */
        struct words reading; /* how a word of the clauses is read that may be read otherwise, or none */
        struct {
                int first, last; /* its reasons in the set, which stand together; none: 0 */
        } reasons;
};

/* One way of not meeting a rule. */
struct rule_reason {
        enum rule_level level;
        unsigned clauses;    /* which of the rule's clauses it rests on: 1 << the place of each; 0: all of them */
        struct words detail; /* what is the matter */
        struct words remedy; /* what to do about it */
};

struct rule_set {
        const struct rule *rules; /* in the order in which findings are listed */
        size_t count;
        const struct rule_reason *reasons; /* the first place is RULE_FINE's */
        int refused;                       /* the enum problem of a violation */
};

extern const struct rule_set *const rule_sets[]; /* all of them, ended by NULL */

struct finding {
        const struct rule *rule;
        const struct rule_reason *reason;
        enum rule_level level;
        bool determined;        /* was a violation, and a determination made it an exception */
        bool past;              /* of what has taken place, so that nothing can be changed any more */
        const char *said;       /* what somebody wrote and the detail ends with; NULL: nothing */
        const char *members[2]; /* JSON objects whose members it is told with besides; NULL: none */
};

enum { JUDGEMENT_FINDINGS_MAX = 24 }; /* no set has more rules */

/* Holds pointers to constants, and to what outlives it: copy it freely. */
struct judgement {
        const struct rule_set *set;
        bool past; /* set before rules are asked: what is judged has taken place */
        enum verdict verdict;
        bool needs_reason;   /* to be written */
        uint32_t not_judged; /* 1 << the place of a rule in its set: what it asks is not known */
        char regulation_version[CLOCK_DATE_SIZE];
        char annex2_version[CLOCK_DATE_SIZE]; /* of meetings; otherwise empty */
        size_t count;
        struct finding findings[JUDGEMENT_FINDINGS_MAX]; /* in the order of the rules, one for each rule at the most */
};

/* What the rule at that place of the set answered. `determined`: the determination that the plan cites covers it. What a
   finding has `said` is put beside it afterwards. */
void judgement_take(struct judgement *judgement, size_t rule, int answer, bool determined);
/* Once all rules have answered: the verdict, and that an exception needs a reason. */
void judgement_conclude(struct judgement *judgement);
/* The version in force on a day: the last date of effect that is not after it. 0, or PROBLEM_VALIDATION_FAILED before
   the first version. The versions come in any order. */
int regulation_version_on(struct date day, const struct date *versions, size_t count, struct date *ret_version);

const char *rule_level_word(enum rule_level level); /* violation, exception, advice */
const char *verdict_word(enum verdict verdict);     /* permitted, permitted_with_exception, refused */

/* The words of a finding; behind its detail comes what it has `said`. */
const struct words *finding_title(const struct finding *finding);
const struct words *finding_detail(const struct finding *finding);
const struct words *finding_remedy(const struct finding *finding);
/* Those of its rule's clauses that it rests on; how many they are. */
size_t finding_clauses(const struct finding *finding, const char *ret_clauses[RULE_CLAUSES_MAX]);

/* {"rule": …, "level": …, "clauses": […], "title": …, "detail": …, "remedy": …}, with a comma between, each with its further
   members. */
void judgement_append_findings(const struct judgement *judgement, bool english, struct text *json);
/* [rule, …] of a set */
void rules_append(const struct rule_set *set, uint32_t rules, struct text *json);
/* "verdict": …, "regulation_version": …, "rules_of": …, of a meeting "annex2_version": …, "findings": […],
   "not_judged": […] */
void judgement_append(const struct judgement *judgement, bool english, struct text *json);
/* {"id": …, "clauses": […], "level": …, "determination": bool, "title": …, "explanation": …, "reading": …,
   "reasons": [{"level": …, "clauses": […], "detail": …, "remedy": …}]} of a rule of the set */
void rule_append(const struct rule_set *set, const struct rule *rule, bool english, struct text *json);
