-- The usage ledger (使用管理簿; art5.1.3, annex1). An entry and what is added to it are never changed or deleted. What
-- holds now (usage_states, device_occupations) follows from them.

-- A closed month takes no new entries, and only corrections that say so.
CREATE TABLE kiki.ledger_closures (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    closed_at timestamptz NOT NULL DEFAULT api.now(),
    department_id uuid NOT NULL REFERENCES kiki.departments,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    remarks text,
    closed_by_id uuid NOT NULL DEFAULT api.caller(),
    acting_for_id uuid DEFAULT api.context('acting_for')::uuid,
    CONSTRAINT ledger_closures_once UNIQUE (department_id, month)
);

CREATE TABLE kiki.usage_entries (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    -- Held the device at out_at. Departments are never deleted, and a foreign key would have every check-out of a
    -- station lock the one row of that station.
    department_id uuid NOT NULL,
    month date GENERATED ALWAYS AS (api.month_of(out_at)) STORED,
    device_id uuid NOT NULL CONSTRAINT usage_entries_device_exists REFERENCES kiki.devices,
    device_code text NOT NULL,
    device_name text NOT NULL,
    -- The user as of that day.
    user_staff_id uuid NOT NULL CONSTRAINT usage_entries_user_exists REFERENCES kiki.staff,
    user_name text NOT NULL,
    user_title text,
    user_department_id uuid NOT NULL,
    user_department_name text NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('web_meeting', 'training', 'document_work', 'approved_other', 'system_update', 'other')),
    purpose_note text,
    partner_organisation text,
    out_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    accessories text[] NOT NULL DEFAULT '{}',
    exception_reason text,
    late_reason text,
    source text NOT NULL DEFAULT 'checked_out' CHECK (source IN ('checked_out', 'late', 'handover', 'imported')),
    previous_entry_id uuid REFERENCES kiki.usage_entries,
    recorded_by_id uuid NOT NULL DEFAULT api.caller(),
    -- The meeting it is for (check_out.meeting), as it was called then.
    meeting_id uuid REFERENCES kiki.meetings,
    meeting_title text,
    meeting_confidentiality text,
    -- What the rules said, in each language; imported entries are not judged.
    verdict text CHECK (verdict IN ('permitted', 'permitted_with_exception')),
    findings jsonb NOT NULL DEFAULT '{"ja": [], "en": []}',
    regulation_version date,
    CONSTRAINT usage_entries_due_after_out CHECK (due_at > out_at),
    CONSTRAINT usage_entries_note CHECK (purpose <> 'other' OR purpose_note IS NOT NULL),
    CONSTRAINT usage_entries_meeting CHECK ((meeting_id IS NULL) = (meeting_title IS NULL)
                                            AND (meeting_id IS NULL) = (meeting_confidentiality IS NULL)),
    CONSTRAINT usage_entries_judged CHECK ((verdict IS NULL) = (source = 'imported')),
    CONSTRAINT usage_entries_handed_over CHECK ((previous_entry_id IS NULL) = (source <> 'handover'))
);
CREATE INDEX usage_entries_meeting_id ON kiki.usage_entries (meeting_id) WHERE meeting_id IS NOT NULL;

-- What holds of an entry now; one row for each. It has the present value of every member that a correction may change, and
-- all later steps go by it. The version is the entry's ETag.
CREATE TABLE kiki.usage_states (
    id uuid PRIMARY KEY,
    version bigint NOT NULL DEFAULT 1,
    department_id uuid NOT NULL,
    device_id uuid NOT NULL,
    month date NOT NULL,
    -- The user as of that day.
    user_staff_id uuid NOT NULL,
    user_name text NOT NULL,
    user_title text,
    user_department_id uuid NOT NULL,
    user_department_name text NOT NULL,
    purpose text NOT NULL,
    purpose_note text,
    partner_organisation text,
    out_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    accessories text[] NOT NULL,
    returned_at timestamptz,
    returned_by_id uuid,
    handed_over boolean,
    storage_location_id uuid,
    locked boolean,
    abnormality text,
    accessories_missing text[],
    remarks text,
    storage_confirmed_at timestamptz,
    storage_confirmed_by_id uuid,
    confirmed_at timestamptz,
    confirmed_by_id uuid,
    confirmed_for_id uuid,
    own_use_confirmed boolean,
    corrections int NOT NULL DEFAULT 0,
    -- The members that corrections have changed, with their present values, and as they were recorded.
    corrected jsonb NOT NULL DEFAULT '{}',
    recorded jsonb NOT NULL DEFAULT '{}',
    -- Brought back, not locked away, and not put right since (art5.1.2).
    unsecured boolean GENERATED ALWAYS AS (locked IS FALSE AND storage_confirmed_at IS NULL) STORED
);
-- Pages and ledgers are in the order of the present times.
CREATE INDEX usage_states_at ON kiki.usage_states (out_at, id);
CREATE INDEX usage_states_department ON kiki.usage_states (department_id, out_at, id);
CREATE INDEX usage_states_device ON kiki.usage_states (device_id, out_at, id);
CREATE INDEX usage_states_user ON kiki.usage_states (user_staff_id, out_at, id);
CREATE INDEX usage_states_user_department ON kiki.usage_states (user_department_id, out_at, id)
    WHERE user_department_id <> department_id;
CREATE INDEX usage_states_unsettled ON kiki.usage_states (department_id, month) WHERE confirmed_at IS NULL;
CREATE INDEX usage_states_out ON kiki.usage_states (due_at) WHERE returned_at IS NULL;
CREATE INDEX usage_states_unsecured ON kiki.usage_states (device_id) WHERE unsecured;

-- When a device is taken, by a check-out or a reservation. The constraint decides. What is overdue holds the device
-- although its range has ended, so one open check-out is a rule of its own.
CREATE TABLE kiki.device_occupations (
    id uuid PRIMARY KEY, -- of the usage entry or the reservation
    device_id uuid NOT NULL,
    department_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('check_out', 'reservation')),
    open boolean NOT NULL,
    during tstzrange NOT NULL,
    CONSTRAINT device_occupations_overlap EXCLUDE USING gist (device_id WITH =, during WITH &&)
);
CREATE UNIQUE INDEX device_occupations_one_out ON kiki.device_occupations (device_id) WHERE kind = 'check_out' AND open;
CREATE INDEX device_occupations_reserved ON kiki.device_occupations (device_id) WHERE kind = 'reservation';

-- What is added to an entry. department_id is the entry's, which code/usage.sql insists on.
CREATE TABLE kiki.usage_returns (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    usage_entry_id uuid NOT NULL CONSTRAINT usage_returns_once UNIQUE REFERENCES kiki.usage_entries,
    department_id uuid NOT NULL,
    returned_at timestamptz NOT NULL,
    handed_over boolean NOT NULL DEFAULT false,
    storage_location_id uuid,
    locked boolean,
    abnormality text,
    accessories_missing text[] NOT NULL DEFAULT '{}',
    remarks text,
    recorded_by_id uuid NOT NULL DEFAULT api.caller(),
    CONSTRAINT usage_returns_location_of_department FOREIGN KEY (storage_location_id, department_id)
        REFERENCES kiki.storage_locations (id, department_id),
    CONSTRAINT usage_returns_stored CHECK (handed_over <> (locked IS NOT NULL))
);
CREATE TABLE kiki.usage_extensions (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    usage_entry_id uuid NOT NULL REFERENCES kiki.usage_entries,
    department_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    reason text NOT NULL,
    recorded_by_id uuid NOT NULL DEFAULT api.caller()
);
CREATE INDEX usage_extensions_entry ON kiki.usage_extensions (usage_entry_id);
CREATE TABLE kiki.usage_storage_confirmations (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    usage_entry_id uuid NOT NULL CONSTRAINT usage_storage_confirmations_once UNIQUE REFERENCES kiki.usage_entries,
    department_id uuid NOT NULL,
    confirmed_at timestamptz NOT NULL DEFAULT api.now(),
    storage_location_id uuid NOT NULL,
    remarks text,
    recorded_by_id uuid NOT NULL DEFAULT api.caller(),
    CONSTRAINT usage_storage_confirmations_location_of_department FOREIGN KEY (storage_location_id, department_id)
        REFERENCES kiki.storage_locations (id, department_id)
);
CREATE TABLE kiki.usage_confirmations (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    usage_entry_id uuid NOT NULL CONSTRAINT usage_confirmations_once UNIQUE REFERENCES kiki.usage_entries,
    department_id uuid NOT NULL,
    confirmed_at timestamptz NOT NULL DEFAULT api.now(),
    own_use boolean NOT NULL,
    remarks text,
    confirmed_by_id uuid NOT NULL DEFAULT api.caller(),
    acting_for_id uuid DEFAULT api.context('acting_for')::uuid
);
CREATE TABLE kiki.usage_corrections (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    usage_entry_id uuid NOT NULL REFERENCES kiki.usage_entries,
    department_id uuid NOT NULL,
    field text NOT NULL,
    old_value jsonb NOT NULL,
    new_value jsonb NOT NULL,
    reason text NOT NULL,
    in_closed_month boolean NOT NULL,
    corrected_by_id uuid NOT NULL DEFAULT api.caller(),
    acting_for_id uuid DEFAULT api.context('acting_for')::uuid,
    CONSTRAINT usage_corrections_changes CHECK (old_value <> new_value)
);
CREATE INDEX usage_corrections_entry ON kiki.usage_corrections (usage_entry_id, created_at, id);
