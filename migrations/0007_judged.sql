-- The rules that could not be judged, as what they ask was not known.
ALTER TABLE kiki.usage_entries ADD COLUMN not_judged text[] NOT NULL DEFAULT '{}';
ALTER TABLE kiki.meetings ADD COLUMN not_judged text[] NOT NULL DEFAULT '{}';
