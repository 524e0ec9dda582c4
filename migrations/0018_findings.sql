-- What those who must have noted of findings that nothing else puts right, and indexes by which findings are found.
CREATE TABLE kiki.finding_notes (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    -- Made of kind and subject (api.finding_id): another state of the same thing is another finding.
    finding_id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    department_id uuid REFERENCES kiki.departments,
    role text NOT NULL,
    note text,
    noted_by_id uuid NOT NULL DEFAULT api.caller(),
    noted_by jsonb NOT NULL DEFAULT api.actor(),
    CONSTRAINT finding_notes_once UNIQUE (finding_id, role)
);

CREATE INDEX usage_entries_judged_against ON kiki.usage_entries (id) WHERE verdict <> 'permitted';
CREATE INDEX usage_states_own_use ON kiki.usage_states (id) WHERE own_use_confirmed;
CREATE INDEX usage_corrections_of_closed ON kiki.usage_corrections (id) WHERE in_closed_month;
CREATE INDEX meetings_judged_against ON kiki.meetings (id) WHERE verdict <> 'permitted';
CREATE INDEX meetings_unplanned ON kiki.meetings (id) WHERE planned_at IS NULL AND status IN ('held', 'closed');
CREATE INDEX meetings_to_clear ON kiki.meetings (ends_at) WHERE role = 'hosting' AND status IN ('planned', 'held');
