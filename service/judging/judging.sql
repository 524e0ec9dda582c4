-- What every set of rules asks of a statement of facts beside the facts: what it judges, whether that is written only if the
-- rules let it, and whether a reason for an exception is given.
-- row: judging_subject(about uuid, binding bool, explained bool)

-- What was judged of the rows that a statement of facts gave, for the statements that write behind it: api.judged() gives it
-- to them. One item for each: not_judged and clauses are words with a space between; `of` is the place, from 1 on, of what a
-- finding is about.
-- statement: judging_keep(about uuid[], verdicts text[], regulation_versions text[], rules_of text, annex2_versions text[],
--     not_judged text[], of int[], rules text[], levels text[], clauses text[], titles_ja text[], details_ja text[],
--     remedies_ja text[], titles_en text[], details_en text[], remedies_en text[])
WITH finding AS MATERIALIZED (
    SELECT said.of, json_agg(json_build_object('rule', said.rule, 'level', said.level,
                                               'clauses', string_to_array(said.clauses, ' '), 'title', title_ja, 'detail',
                                               detail_ja, 'remedy', remedy_ja) ORDER BY said.n) AS ja,
           json_agg(json_build_object('rule', said.rule, 'level', said.level, 'clauses', string_to_array(said.clauses, ' '),
                                      'title', title_en, 'detail', detail_en, 'remedy', remedy_en) ORDER BY said.n) AS en
      FROM unnest(:of, :rules, :levels, :clauses, :titles_ja, :details_ja, :remedies_ja, :titles_en, :details_en, :remedies_en)
           WITH ORDINALITY AS said (of, rule, level, clauses, title_ja, detail_ja, remedy_ja, title_en, detail_en, remedy_en, n)
     GROUP BY said.of
)
SELECT api.keep_judged(coalesce(json_agg(json_build_object(
           'about', judgement.about, 'verdict', judgement.verdict, 'regulation_version', judgement.regulation_version,
           'rules_of', :rules_of, 'annex2_version', judgement.annex2_version,
           'not_judged', string_to_array(judgement.not_judged, ' '),
           'findings', json_build_object('ja', coalesce(said.ja, '[]'), 'en', coalesce(said.en, '[]')))), '[]'))
  FROM unnest(:about, :verdicts, :regulation_versions, :annex2_versions, :not_judged)
       WITH ORDINALITY AS judgement (about, verdict, regulation_version, annex2_version, not_judged, n)
  LEFT JOIN finding said ON said.of = judgement.n
