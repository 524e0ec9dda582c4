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

/* The parameters of judging_keep: of judgements, and of their findings. */
enum { ABOUT, VERDICT, REGULATION_VERSION, ANNEX2_VERSION, NOT_JUDGED, JUDGEMENT_COLUMNS };
enum { OF, RULE, LEVEL, CLAUSES, TITLE_JA, DETAIL_JA, REMEDY_JA, TITLE_EN, DETAIL_EN, REMEDY_EN, FINDING_COLUMNS };

struct table {
        const char **columns[FINDING_COLUMNS];
        size_t width, rows;
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
static const char *problem_members(struct request *request, const struct judged *judged, size_t count) {
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
                judgement_append_findings(judgement, in_english(request), &members);
                separator = ",";
        }
        text_append_string(&members, "],\"not_judged\":");
        rules_append(judged[0].judgement.set, not_judged, &members);
        text_append_char(&members, '}');
        return arena_take(request->arena, &members);
}

/* 0 when all of them may be written. */
static int decide(struct request *request, const struct judged *judged, size_t count) {
        bool refused = false, unexplained = false;

        for (size_t i = 0; i < count; i++) {
                if (!judged[i].subject.binding)
                        continue;
                refused |= judged[i].judgement.verdict == VERDICT_REFUSED;
                unexplained |= judged[i].judgement.needs_reason && !judged[i].subject.explained;
        }
        if (refused)
                return problem_refuse(request, judged[0].judgement.set->refused, NULL, NULL,
                                      problem_members(request, judged, count));
        if (unexplained)
                return problem_refuse(request, PROBLEM_EXCEPTION_REASON_REQUIRED, "/exception_reason", "required",
                                      problem_members(request, judged, count));
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

static struct table table_new(struct arena *arena, size_t width, size_t rows) {
        struct table table = {.width = width};

        for (size_t i = 0; i < width; i++)
                table.columns[i] = arena_alloc(arena, (rows + 1) * sizeof(char *));
        return table;
}

static size_t count_findings(const struct judged *judged, size_t count) {
        size_t findings = 0;

        for (size_t i = 0; i < count; i++)
                findings += judged[i].judgement.count;
        return findings;
}

static void table_add(struct table *table, const char *const *cells) {
        for (size_t i = 0; i < table->width; i++)
                table->columns[i][table->rows] = cells[i];
        table->rows++;
}

static void add_finding(struct arena *arena, struct table *findings, size_t of, const struct finding *finding) {
        const struct words *title = finding_title(finding), *detail = finding_detail(finding),
                           *remedy = finding_remedy(finding);
        const char *clauses[RULE_CLAUSES_MAX], *said = finding->said ? finding->said : "";
        size_t count = finding_clauses(finding, clauses);
        const char *const cells[FINDING_COLUMNS] = {
                [OF] = arena_printf(arena, "%zu", of),
                [RULE] = finding->rule->id,
                [LEVEL] = rule_level_word(finding->level),
                [CLAUSES] = joined(arena, clauses, count),
                [TITLE_JA] = title->ja,
                [DETAIL_JA] = arena_printf(arena, "%s%s", detail->ja, said),
                [REMEDY_JA] = remedy->ja,
                [TITLE_EN] = title->en,
                [DETAIL_EN] = arena_printf(arena, "%s%s", detail->en, said),
                [REMEDY_EN] = remedy->en,
        };

        table_add(findings, cells);
}

static void add_judgement(struct arena *arena, struct table *judgements, const struct judged *judged) {
        const struct judgement *judgement = &judged->judgement;
        const char *const cells[JUDGEMENT_COLUMNS] = {
                [ABOUT] = judged->subject.about,
                [VERDICT] = verdict_word(judgement->verdict),
                [REGULATION_VERSION] = judgement->regulation_version,
                [ANNEX2_VERSION] = judgement->annex2_version[0] ? judgement->annex2_version : NULL,
                [NOT_JUDGED] = unjudged(arena, judgement),
        };

        table_add(judgements, cells);
}

static int keep(struct request *request, const struct judged *judged, size_t count) {
        struct arena *arena = request->arena;
        struct table judgements = table_new(arena, JUDGEMENT_COLUMNS, count);
        struct table findings = table_new(arena, FINDING_COLUMNS, count_findings(judged, count));
        const char *j[JUDGEMENT_COLUMNS], *f[FINDING_COLUMNS];

        for (size_t i = 0; i < count; i++) {
                add_judgement(arena, &judgements, &judged[i]);
                for (size_t k = 0; k < judged[i].judgement.count; k++)
                        add_finding(arena, &findings, i + 1, &judged[i].judgement.findings[k]);
        }
        for (size_t i = 0; i < JUDGEMENT_COLUMNS; i++)
                j[i] = transaction_array(arena, judgements.columns[i], judgements.rows);
        for (size_t i = 0; i < FINDING_COLUMNS; i++)
                f[i] = transaction_array(arena, findings.columns[i], findings.rows);
        int r = judging_keep(request->transaction, j[ABOUT], j[VERDICT], j[REGULATION_VERSION], RULES_OF,
                             j[ANNEX2_VERSION], j[NOT_JUDGED], f[OF], f[RULE], f[LEVEL], f[CLAUSES], f[TITLE_JA],
                             f[DETAIL_JA], f[REMEDY_JA], f[TITLE_EN], f[DETAIL_EN], f[REMEDY_EN]);
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
                r = decide(request, judged, count);
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
