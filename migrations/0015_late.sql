-- What has happened is kept with what the rules say of it, also that it ought not to have been: a use that had ended when it
-- was recorded, and a hand-over. Beside the version of the regulation in force, the one whose text the rules held.
ALTER TABLE kiki.usage_entries DROP CONSTRAINT usage_entries_verdict_check,
    ADD CONSTRAINT usage_entries_verdict CHECK (verdict IN ('permitted', 'permitted_with_exception')
                                                OR verdict = 'refused' AND source IN ('late', 'handover')),
    ADD COLUMN rules_of date;
-- Nobody changes an entry, so that what is on record is filled by the table itself.
ALTER TABLE kiki.usage_entries ALTER COLUMN rules_of TYPE date USING CASE WHEN verdict IS NOT NULL THEN DATE '2025-10-16' END;
ALTER TABLE kiki.usage_entries ADD CONSTRAINT usage_entries_rules_of CHECK ((rules_of IS NULL) = (verdict IS NULL));
