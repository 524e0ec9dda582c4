-- What the counter of a department goes by: when its shift ends.
CREATE TABLE kiki.department_settings (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    -- One that has no row goes by the defaults.
    department_id uuid NOT NULL UNIQUE REFERENCES kiki.departments,
    -- In Japan. Each end of a shift is the beginning of the next.
    shift_ends_at time NOT NULL
);
CREATE TABLE kiki.department_settings_changes (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    department_id uuid NOT NULL REFERENCES kiki.departments,
    -- {"shift_ends_at": ["08:30", "09:00"]}
    changes jsonb NOT NULL,
    reason text,
    changed_by_id uuid NOT NULL DEFAULT api.caller(),
    changed_by jsonb NOT NULL DEFAULT api.actor()
);
CREATE INDEX department_settings_changes_department ON kiki.department_settings_changes (department_id, created_at, id);
