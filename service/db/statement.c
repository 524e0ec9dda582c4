#include "db/statement.h"

#include "core/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int find_sort(const struct statement *statement, const char *name, uint8_t *ret_sort) {
        for (uint8_t i = 0; statement->sorts[i].name; i++)
                if (!name || strcmp(statement->sorts[i].name, name) == 0) {
                        *ret_sort = i;
                        return 0;
                }
        return -EINVAL;
}

int statement_choose(const struct statement *statement, const struct page *page, const char *const *values,
                     struct statement_variant *ret_variant) {
        struct statement_variant variant = {0};

        if (!statement->sorts != !page)
                return -EINVAL;
        for (unsigned i = 0; i < statement->parameters; i++)
                if (values[i])
                        variant.given |= UINT32_C(1) << i;
        variant.given &= statement->optional;
        if (page) {
                if (page->limit < 0 || page->limit > STATEMENT_LIMIT_MAX || !page->after_key != !page->after_tie)
                        return -EINVAL;
                int r = find_sort(statement, page->sort, &variant.sort);
                if (r < 0)
                        return r;
                variant.descending = page->descending;
                variant.after = page->after_key;
                variant.limited = page->limit > 0;
        }
        *ret_variant = variant;
        return 0;
}

bool statement_same(const struct statement_variant *a, const struct statement_variant *b) {
        return a->given == b->given && a->sort == b->sort && a->descending == b->descending && a->after == b->after &&
               a->limited == b->limited && a->count == b->count;
}

static void append_lines(struct text *text, const struct statement *statement, uint32_t given) {
        for (const struct statement_line *line = statement->lines; line->text; line++)
                if ((line->needs & ~given) == 0)
                        text_append_string(text, line->text);
}

/* The key travels as text: a timestamptz keeps its microseconds both ways. */
static void append_ordered(struct text *text, const struct statement *statement,
                           const struct statement_variant *variant) {
        const struct statement_sort *sort = &statement->sorts[variant->sort];
        const char *direction = variant->descending ? " DESC" : "";

        text_printf(text, "SELECT page.item, page.%s::text, page.tie FROM (", sort->name);
        append_lines(text, statement, variant->given);
        text_append_string(text, ") page");
        if (variant->after)
                text_printf(text, " WHERE (page.%s, page.tie) %c ($%u::%s, $%u::uuid)", sort->name,
                            variant->descending ? '<' : '>', statement->parameters + 1, sort->type,
                            statement->parameters + 2);
        text_printf(text, " ORDER BY page.%s%s, page.tie%s", sort->name, direction, direction);
}

/* One text serves every limit. A limit that PostgreSQL does not know is planned as a tenth of all rows, so it plans for the
   longest page, whose limit stands in the text; the outer limit, a parameter, ends it early. What is selected from a
   subquery keeps its order, as there is nothing else to do with it. */
static void append_page(struct text *text, const struct statement *statement, const struct statement_variant *variant) {
        if (variant->limited)
                text_append_string(text, "SELECT * FROM (");
        append_ordered(text, statement, variant);
        if (variant->limited)
                text_printf(text, " LIMIT %d) longest LIMIT $%u", STATEMENT_LIMIT_MAX + 1,
                            statement->parameters + (variant->after ? 3 : 1));
}

const char *statement_text(const struct statement *statement, const struct statement_variant *variant,
                           struct arena *arena) {
        struct text text = {0};

        if (variant->count) {
                text_append_string(&text, "SELECT count(*) FROM (");
                append_lines(&text, statement, variant->given);
                text_append_string(&text, ") page");
        } else if (statement->sorts) {
                append_page(&text, statement, variant);
        } else {
                append_lines(&text, statement, variant->given);
        }
        const char *kept = arena_strndup(arena, text.data, text.length);
        text_free(&text);
        return kept;
}

void statement_name(const struct statement *statement, const struct statement_variant *variant,
                    char ret_name[static STATEMENT_NAME_SIZE]) {
        snprintf(ret_name, STATEMENT_NAME_SIZE, "%s.%x.%x%c%c%c", statement->name, variant->given, variant->sort,
                 variant->descending ? 'd' : 'a',
                 variant->count   ? 'c'
                 : variant->after ? 'n'
                                  : 'f',
                 variant->limited ? 'l' : 'a');
}
