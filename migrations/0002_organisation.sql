-- Departments, staff, posts and their holders (art2, art3.1.1), API clients, settings, versions of the regulation.

CREATE TABLE kiki.departments (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    code text NOT NULL CONSTRAINT departments_code_unique UNIQUE,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('bureau', 'division', 'section', 'unit', 'station')),
    parent_id uuid CONSTRAINT departments_parent_exists REFERENCES kiki.departments,
    is_shozoku boolean NOT NULL,
    -- First day on which it is no more.
    abolished_on date,
    -- The nearest department at or above this one that is a 所属; kept by departments_settle.
    shozoku_id uuid REFERENCES kiki.departments
);
CREATE INDEX departments_parent ON kiki.departments (parent_id);

CREATE TABLE kiki.staff (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    number text NOT NULL CONSTRAINT staff_number_unique UNIQUE,
    name text NOT NULL,
    kana text,
    title text,
    -- First day out of office.
    left_on date,
    -- Whom a token names: its sub, and its iss where the same sub could come from several issuers.
    subject text NOT NULL,
    issuer text,
    -- Within one statement two may change places.
    CONSTRAINT staff_subject_unique UNIQUE NULLS NOT DISTINCT (subject, issuer) DEFERRABLE
);

-- Where a member of staff belongs, from the first day to the last: transfers are loaded ahead of their date.
CREATE TABLE kiki.staff_transfers (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    staff_id uuid NOT NULL CONSTRAINT staff_transfers_staff_exists REFERENCES kiki.staff,
    department_id uuid NOT NULL CONSTRAINT staff_transfers_department_exists REFERENCES kiki.departments,
    begins_on date NOT NULL,
    ends_on date CHECK (ends_on >= begins_on),
    during daterange NOT NULL GENERATED ALWAYS AS (daterange(begins_on, ends_on, '[]')) STORED,
    order_number text,
    CONSTRAINT staff_transfers_one_at_a_time EXCLUDE USING gist (staff_id WITH =, during WITH &&)
        DEFERRABLE INITIALLY IMMEDIATE
);
CREATE INDEX staff_transfers_department ON kiki.staff_transfers (department_id);

CREATE TABLE kiki.posts (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    code text NOT NULL CONSTRAINT posts_code_unique UNIQUE,
    name text NOT NULL,
    department_id uuid NOT NULL CONSTRAINT posts_department_exists REFERENCES kiki.departments,
    -- The head of a 所属 is its usage manager (art2.4).
    is_head boolean NOT NULL DEFAULT false,
    role text CHECK (role IN ('general_manager', 'equipment_manager', 'digital_office', 'auditor', 'operator')),
    abolished_on date
);
CREATE UNIQUE INDEX posts_one_head ON kiki.posts (department_id) WHERE is_head AND abolished_on IS NULL;
-- art2.2 and art2.3 name one post each.
CREATE UNIQUE INDEX posts_one_manager ON kiki.posts (role)
    WHERE role IN ('general_manager', 'equipment_manager') AND abolished_on IS NULL;

-- Who holds a post, or stands in for its holder, from the first day to the last. One that is withdrawn before its first
-- day never held: its range is empty, so no rule sees it.
CREATE TABLE kiki.post_assignments (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    post_id uuid NOT NULL CONSTRAINT post_assignments_post_exists REFERENCES kiki.posts,
    staff_id uuid NOT NULL CONSTRAINT post_assignments_staff_exists REFERENCES kiki.staff,
    kind text NOT NULL CHECK (kind IN ('regular', 'acting')),
    begins_on date NOT NULL,
    ends_on date,
    withdrawn boolean NOT NULL DEFAULT false,
    during daterange NOT NULL GENERATED ALWAYS AS (
        CASE WHEN withdrawn OR ends_on < begins_on THEN 'empty' ELSE daterange(begins_on, ends_on, '[]') END) STORED,
    order_number text,
    reason text,
    named_by_id uuid DEFAULT api.staff_id() REFERENCES kiki.staff,
    CONSTRAINT post_assignments_last_after_first CHECK (ends_on >= begins_on),
    CONSTRAINT post_assignments_nobody_himself CHECK (named_by_id <> staff_id),
    CONSTRAINT post_assignments_order_number CHECK (order_number IS NOT NULL OR kind = 'acting'),
    CONSTRAINT post_assignments_acting_ends CHECK (kind = 'regular' OR ends_on IS NOT NULL),
    CONSTRAINT post_assignments_one_regular EXCLUDE USING gist (post_id WITH =, during WITH &&) WHERE (kind = 'regular')
        DEFERRABLE INITIALLY IMMEDIATE
);
CREATE INDEX post_assignments_staff ON kiki.post_assignments (staff_id);

-- Whom a token shall name instead, of somebody who holds a post: it is so once a second person has confirmed it.
CREATE TABLE kiki.identity_changes (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    staff_id uuid NOT NULL REFERENCES kiki.staff,
    subject text NOT NULL,
    issuer text,
    former_subject text NOT NULL,
    former_issuer text,
    status text NOT NULL DEFAULT 'requested' CHECK (status IN ('requested', 'confirmed', 'refused', 'replaced')),
    requested_by_id uuid NOT NULL DEFAULT api.caller(),
    requested_by_kind text NOT NULL DEFAULT api.context('caller_kind') CHECK (requested_by_kind IN ('staff', 'client')),
    decided_by_id uuid,
    decided_at timestamptz,
    reason text,
    -- By the general manager, who is told of each that was confirmed.
    acknowledged_by_id uuid,
    acknowledged_at timestamptz,
    CONSTRAINT identity_changes_decided CHECK ((status = 'requested') = (decided_at IS NULL)),
    CONSTRAINT identity_changes_two_persons CHECK (status <> 'confirmed' OR decided_by_id <> requested_by_id),
    CONSTRAINT identity_changes_acknowledged CHECK ((acknowledged_by_id IS NULL) = (acknowledged_at IS NULL)
                                                    AND (acknowledged_at IS NULL OR status = 'confirmed')),
    CONSTRAINT identity_changes_changes CHECK ((subject, issuer) IS DISTINCT FROM (former_subject, former_issuer))
);
CREATE INDEX identity_changes_staff ON kiki.identity_changes (staff_id, id);
CREATE UNIQUE INDEX identity_changes_one_open ON kiki.identity_changes (staff_id) WHERE status = 'requested';

-- Other systems. One without departments sees those of all.
CREATE TABLE kiki.api_clients (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    client_id text NOT NULL CONSTRAINT api_clients_client_id_unique UNIQUE,
    name text NOT NULL,
    scopes text[] NOT NULL,
    department_ids uuid[],
    active boolean NOT NULL DEFAULT true,
    CONSTRAINT api_clients_scopes_known CHECK (scopes <@ '{
        organisation:read,organisation:write,devices:read,devices:write,usage:read,usage:write,lines:read,lines:write,
        security:read,security:write,meetings:read,meetings:write,incidents:read,incidents:write,
        compliance:read,compliance:write,audit:read,events:read}'),
    CONSTRAINT api_clients_departments_some CHECK (department_ids <> '{}')
);

-- Every "set days" of the rules: one row, changed by the general manager (art3.1.5).
CREATE TABLE kiki.settings (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    only_one boolean NOT NULL DEFAULT true UNIQUE CHECK (only_one),
    report_acknowledgement_days int NOT NULL DEFAULT 7 CHECK (report_acknowledgement_days BETWEEN 1 AND 365),
    security_confirmed_days int NOT NULL DEFAULT 30 CHECK (security_confirmed_days BETWEEN 1 AND 365),
    antivirus_definition_days int NOT NULL DEFAULT 14 CHECK (antivirus_definition_days BETWEEN 1 AND 365),
    outdated_device_days int NOT NULL DEFAULT 14 CHECK (outdated_device_days BETWEEN 1 AND 365),
    meeting_clean_up_days int NOT NULL DEFAULT 7 CHECK (meeting_clean_up_days BETWEEN 1 AND 365),
    reservation_lapse_minutes int NOT NULL DEFAULT 60 CHECK (reservation_lapse_minutes BETWEEN 1 AND 1440),
    data_warning_percent int NOT NULL DEFAULT 80 CHECK (data_warning_percent BETWEEN 1 AND 99),
    monthly_data_cap_bytes bigint NOT NULL DEFAULT 50000000000 CHECK (monthly_data_cap_bytes > 0),
    longest_loan_days int NOT NULL DEFAULT 31 CHECK (longest_loan_days BETWEEN 1 AND 366)
);

CREATE TABLE kiki.settings_changes (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    -- {"data_warning_percent": [80, 90]}
    changes jsonb NOT NULL,
    reason text,
    changed_by_id uuid NOT NULL DEFAULT api.caller()
);

CREATE TABLE kiki.regulation_versions (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    document text NOT NULL CHECK (document IN ('regulation', 'annex2')),
    effective_on date NOT NULL,
    title text NOT NULL,
    document_number text,
    note text,
    CONSTRAINT regulation_versions_day_unique UNIQUE (document, effective_on)
);

-- Who a member of staff is (api.settle_callers), for each stretch of days on which it does not change: looking it up costs
-- a third of working it out. Kept by the triggers of code/callers.sql and by nothing else; a stretch that begins tomorrow
-- takes effect at midnight without a job. Without a key or reference, which a move of a thousand people would pay for.
CREATE TABLE kiki.callers (
    staff_id uuid NOT NULL,
    subject text NOT NULL,
    issuer text,
    during daterange NOT NULL,
    roles text[] NOT NULL,
    departments uuid[] NOT NULL,
    managed uuid[] NOT NULL,
    sees_all boolean NOT NULL,
    acting jsonb
);
CREATE INDEX callers_staff ON kiki.callers (staff_id);
-- The issuer gives api.enter its order without a sort.
CREATE INDEX callers_subject ON kiki.callers (subject, issuer);

INSERT INTO kiki.settings DEFAULT VALUES;
INSERT INTO kiki.regulation_versions (document, effective_on, title, document_number) VALUES
    ('regulation', '2021-03-11', '消防局WEB会議用等情報機器運用要綱', NULL),
    ('regulation', '2025-10-16', '消防局WEB会議用等情報機器運用要綱', NULL),
    ('annex2', '2024-06-24', 'Web会議サービス利用手順', '6川総デ第912号');
