-- A correction judges the use anew: what the rules say of it as it stands, beside what they said when it was recorded, and
-- with each correction that changed the judgement, what it was before and became.
ALTER TABLE kiki.usage_states
    ADD COLUMN verdict text,
    ADD COLUMN findings jsonb NOT NULL DEFAULT '{"ja": [], "en": []}',
    ADD COLUMN not_judged text[] NOT NULL DEFAULT '{}',
    ADD COLUMN regulation_version date,
    ADD COLUMN rules_of date,
    ADD COLUMN judged_at timestamptz NOT NULL DEFAULT api.now();
UPDATE kiki.usage_states state
   SET verdict = entry.verdict, findings = entry.findings, not_judged = entry.not_judged,
       regulation_version = entry.regulation_version, rules_of = entry.rules_of, judged_at = entry.created_at
  FROM kiki.usage_entries entry WHERE entry.id = state.id;

ALTER TABLE kiki.usage_corrections
    ADD COLUMN old_judgement jsonb,
    ADD COLUMN new_judgement jsonb,
    ADD CONSTRAINT usage_corrections_judged CHECK ((old_judgement IS NULL) = (new_judgement IS NULL));

DROP INDEX kiki.usage_entries_judged_against;
CREATE INDEX usage_states_judged_against ON kiki.usage_states (id) WHERE verdict <> 'permitted';
