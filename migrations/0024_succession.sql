-- Which department takes over what another had that is no more (art2.4): its equipment, what is out, and its open months.
CREATE TABLE kiki.department_successions (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    department_id uuid NOT NULL CONSTRAINT department_successions_once UNIQUE REFERENCES kiki.department_records,
    to_department_id uuid NOT NULL REFERENCES kiki.department_records,
    -- First day on which the one is no more and the other has what it had.
    succeeds_on date NOT NULL,
    order_number text NOT NULL,
    decided_by_id uuid NOT NULL DEFAULT api.caller(),
    decided_by jsonb NOT NULL DEFAULT api.actor(),
    taken_over_at timestamptz,
    -- When the equipment is to be moved; once that has failed, somewhat later.
    moves_at timestamptz NOT NULL,
    CONSTRAINT department_successions_another CHECK (department_id <> to_department_id)
);
CREATE INDEX department_successions_to ON kiki.department_successions (to_department_id);
CREATE INDEX department_successions_ahead ON kiki.department_successions (moves_at) WHERE taken_over_at IS NULL;

-- What was out for the one comes back to a place of the other: code/succession.sql says whose a place may be.
ALTER TABLE kiki.usage_returns DROP CONSTRAINT usage_returns_location_of_department,
    ADD CONSTRAINT usage_returns_location_exists FOREIGN KEY (storage_location_id) REFERENCES kiki.storage_locations;
ALTER TABLE kiki.usage_storage_confirmations DROP CONSTRAINT usage_storage_confirmations_location_of_department,
    ADD CONSTRAINT usage_storage_confirmations_location_exists FOREIGN KEY (storage_location_id) REFERENCES kiki.storage_locations;
