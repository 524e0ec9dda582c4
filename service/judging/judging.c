#include "judging/judging.h"

#include "judging_judging.sql.h"

#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"
#include "problems.h"

#include <string.h>

struct judged {
        struct judging_subject subject;
        struct judgement judgement;
};

/* One list of words for each parameter of judging_keep. */
struct words_kept {
        const char **about, **verdicts, **regulation_versions, **annex2_versions, **not_judged;
        const char **of, **rules, **levels, **clauses, **titles[2], **details[2], **remedies[2];
        size_t judgements, findings;
};

static bool in_english(const struct request *request) {
        return request->language == LANGUAGE_EN;
}

static int read_and_judge(struct request *request, const struct judging *judging, struct judged *judged, size_t count) {
        int r = 0;

        for (size_t i = 0; i < count && r == 0; i++) {
                r = transaction_row(request->transaction, 0, i, &row_judging_subject, &judged[i].subject);
                if (r == 0)
                        r = judging->judge(request, i, &judged[i].judgement);
        }
        return r;
}

/* The findings of all, and what of any could not be judged, as the problem's members. */
static const char *problem_members(struct request *request, const struct judging *judging, const struct judged *judged,
                                   size_t count) {
        struct text members = {0};
        uint32_t not_judged = 0;
        const char *separator = "";

        text_append_string(&members, "{\"findings\":[");
        for (size_t i = 0; i < count; i++) {
                const struct judgement *judgement = &judged[i].judgement;
                not_judged |= judgement->not_judged;
                if (judgement->count == 0)
                        continue;
                text_append_string(&members, separator);
                judgement_append_findings(judgement, in_english(request),
                                          judging->of_devices ? judged[i].subject.about : NULL, &members);
                separator = ",";
        }
        text_append_string(&members, "],\"not_judged\":");
        rules_append(judged[0].judgement.set, not_judged, &members);
        text_append_char(&members, '}');
        return arena_take(request->arena, &members);
}

/* 0 when all of them may be written. */
static int decide(struct request *request, const struct judging *judging, const struct judged *judged, size_t count) {
        bool refused = false, unexplained = false;

        for (size_t i = 0; i < count; i++) {
                if (!judged[i].subject.binding)
                        continue;
                refused |= judged[i].judgement.verdict == VERDICT_REFUSED;
                unexplained |= judged[i].judgement.needs_reason && !judged[i].subject.explained;
        }
        if (refused)
                return problem_refuse(request, judged[0].judgement.set->refused, NULL, NULL,
                                      problem_members(request, judging, judged, count));
        if (unexplained)
                return problem_refuse(request, PROBLEM_EXCEPTION_REASON_REQUIRED, "/exception_reason", "required",
                                      problem_members(request, judging, judged, count));
        return 0;
}

/* Ids with a space between. */
static const char *joined(struct arena *arena, const char *const *words, size_t count) {
        struct text text = {0};

        for (size_t i = 0; i < count; i++) {
                if (i > 0)
                        text_append_char(&text, ' ');
                text_append_string(&text, words[i]);
        }
        return arena_take(arena, &text);
}

static const char *unjudged(struct arena *arena, const struct judgement *judgement) {
        const char *ids[JUDGEMENT_FINDINGS_MAX];
        size_t count = 0;

        for (size_t i = 0; i < judgement->set->count; i++)
                if (judgement->not_judged >> i & 1)
                        ids[count++] = judgement->set->rules[i].id;
        return joined(arena, ids, count);
}

static void keep_words(const char **of[2], size_t at, const struct words *words) {
        of[0][at] = words->ja;
        of[1][at] = words->en;
}

static void keep_finding(struct arena *arena, struct words_kept *kept, const struct finding *finding) {
        size_t at = kept->findings++;

        kept->of[at] = arena_printf(arena, "%zu", kept->judgements);
        kept->rules[at] = finding->rule->id;
        kept->levels[at] = rule_level_word(finding->level);
        kept->clauses[at] = joined(arena, finding->rule->clauses, finding_clauses(finding));
        keep_words(kept->titles, at, finding_title(finding));
        keep_words(kept->details, at, finding_detail(finding));
        keep_words(kept->remedies, at, finding_remedy(finding));
}

static void keep_judgement(struct arena *arena, struct words_kept *kept, const struct judged *judged) {
        const struct judgement *judgement = &judged->judgement;
        size_t at = kept->judgements++;

        kept->about[at] = judged->subject.about;
        kept->verdicts[at] = verdict_word(judgement->verdict);
        kept->regulation_versions[at] = judgement->regulation_version;
        kept->annex2_versions[at] = judgement->annex2_version[0] ? judgement->annex2_version : NULL;
        kept->not_judged[at] = unjudged(arena, judgement);
        for (size_t i = 0; i < judgement->count; i++)
                keep_finding(arena, kept, &judgement->findings[i]);
}

static struct words_kept room_for(struct arena *arena, const struct judged *judged, size_t count) {
        struct words_kept kept = {0};
        const char ***of_judgements[] = {&kept.about, &kept.verdicts, &kept.regulation_versions, &kept.annex2_versions,
                                         &kept.not_judged};
        const char ***of_findings[] = {&kept.of,         &kept.rules,      &kept.levels,      &kept.clauses,
                                       &kept.titles[0],  &kept.details[0], &kept.remedies[0], &kept.titles[1],
                                       &kept.details[1], &kept.remedies[1]};
        size_t findings = 0;

        for (size_t i = 0; i < count; i++)
                findings += judged[i].judgement.count;
        for (size_t i = 0; i < sizeof(of_judgements) / sizeof(of_judgements[0]); i++)
                *of_judgements[i] = arena_alloc(arena, (count + 1) * sizeof(char *));
        for (size_t i = 0; i < sizeof(of_findings) / sizeof(of_findings[0]); i++)
                *of_findings[i] = arena_alloc(arena, (findings + 1) * sizeof(char *));
        return kept;
}

static int keep(struct request *request, const struct judged *judged, size_t count) {
        struct arena *arena = request->arena;
        struct words_kept kept = room_for(arena, judged, count);

        for (size_t i = 0; i < count; i++)
                keep_judgement(arena, &kept, &judged[i]);
#define JUDGEMENTS(list) transaction_array(arena, kept.list, kept.judgements)
#define FINDINGS(list) transaction_array(arena, kept.list, kept.findings)
        int r = judging_keep(request->transaction, JUDGEMENTS(about), JUDGEMENTS(verdicts),
                             JUDGEMENTS(regulation_versions), JUDGEMENTS(annex2_versions), JUDGEMENTS(not_judged),
                             FINDINGS(of), FINDINGS(rules), FINDINGS(levels), FINDINGS(clauses), FINDINGS(titles[0]),
                             FINDINGS(details[0]), FINDINGS(remedies[0]), FINDINGS(titles[1]), FINDINGS(details[1]),
                             FINDINGS(remedies[1]));
#undef JUDGEMENTS
#undef FINDINGS
        transaction_ignore(request->transaction);
        return r;
}

int judging_pass(struct request *request, const struct judging *judging) {
        int r = transaction_flush(request->transaction);
        if (r != 0)
                return r;
        size_t count = transaction_rows(request->transaction, 0);
        struct judged *judged = arena_alloc(request->arena, (count + 1) * sizeof(*judged));
        r = read_and_judge(request, judging, judged, count);
        if (r == 0)
                r = decide(request, judging, judged, count);
        return r == 0 ? keep(request, judged, count) : r;
}

int judging_reply(struct request *request, const struct judgement *judgement, const char *further) {
        struct text body = {0};

        text_append_char(&body, '{');
        judgement_append(judgement, in_english(request), &body);
        if (further) {
                text_append_char(&body, ',');
                text_append_string(&body, further);
        }
        text_append_char(&body, '}');
        return reply_string(request, 200, "application/json", arena_take(request->arena, &body));
}
