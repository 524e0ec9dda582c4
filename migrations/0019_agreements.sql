-- Standing agreements of usage managers, and what cites one.
CREATE TABLE kiki.standing_agreements (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    number text NOT NULL,
    department_id uuid NOT NULL CONSTRAINT standing_agreements_department_exists REFERENCES kiki.departments,
    kind text NOT NULL CHECK (kind IN ('loan', 'meeting')),
    description text NOT NULL,
    valid_from date NOT NULL,
    valid_until date NOT NULL,
    -- Of loans: to whom, and of which kinds; all where none is said.
    to_department_id uuid CONSTRAINT standing_agreements_to_department_exists REFERENCES kiki.departments,
    device_kinds text[],
    -- Of meetings: to what the rules of these ids find; for which classes and services, all where none is said.
    rules text[],
    confidentialities text[],
    services text[],
    agreed_by_id uuid NOT NULL DEFAULT api.caller(),
    agreed_by jsonb NOT NULL,
    revoked_at timestamptz,
    revoked_by_id uuid,
    revoked_by jsonb,
    revocation_reason text,
    CONSTRAINT standing_agreements_days CHECK (valid_until >= valid_from),
    -- 31 March is the last day of a fiscal year.
    CONSTRAINT standing_agreements_fiscal_year CHECK (valid_until <= make_date(
        extract(year FROM valid_from)::int + CASE WHEN extract(month FROM valid_from) < 4 THEN 0 ELSE 1 END, 3, 31)),
    CONSTRAINT standing_agreements_another CHECK (to_department_id <> department_id),
    CONSTRAINT standing_agreements_of_kind CHECK (
        CASE kind WHEN 'loan' THEN to_department_id IS NOT NULL AND num_nonnulls(rules, confidentialities, services) = 0
                  ELSE rules IS NOT NULL AND num_nonnulls(to_department_id, device_kinds) = 0 END),
    CONSTRAINT standing_agreements_revoked CHECK (num_nonnulls(revoked_at, revoked_by_id, revoked_by, revocation_reason) IN (0, 4))
);
CREATE UNIQUE INDEX standing_agreements_number ON kiki.standing_agreements (department_id, api.folded(number));
CREATE INDEX standing_agreements_to_department ON kiki.standing_agreements (to_department_id, id);

-- With the number and who agreed, as these were.
ALTER TABLE kiki.usage_entries ADD COLUMN standing_agreement_id uuid REFERENCES kiki.standing_agreements,
    ADD COLUMN standing_agreement jsonb;
ALTER TABLE kiki.meetings ADD COLUMN standing_agreement_id uuid REFERENCES kiki.standing_agreements,
    ADD COLUMN standing_agreement jsonb;

-- More indexes by which findings are found.
CREATE INDEX usage_states_own_correction ON kiki.usage_states (id) WHERE own_correction_confirmed;
CREATE INDEX usage_corrections_own ON kiki.usage_corrections (id) WHERE in_closed_month AND own_correction;
CREATE INDEX meetings_own_confirmed ON kiki.meetings (id) WHERE own_meeting_confirmed;
-- What was added after a moment, of tables that only grow.
CREATE INDEX usage_entries_created ON kiki.usage_entries USING brin (created_at);
CREATE INDEX usage_returns_created ON kiki.usage_returns USING brin (created_at);
CREATE INDEX usage_extensions_created ON kiki.usage_extensions USING brin (created_at);
CREATE INDEX usage_storage_confirmations_created ON kiki.usage_storage_confirmations USING brin (created_at);
CREATE INDEX usage_confirmations_created ON kiki.usage_confirmations USING brin (created_at);
CREATE INDEX usage_corrections_created ON kiki.usage_corrections USING brin (created_at);
CREATE INDEX meetings_against_rules ON kiki.meetings (id) WHERE held_at IS NOT NULL AND actual_verdict = 'refused';
