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
SELECT api.track('kiki.departments');
GRANT SELECT, INSERT, UPDATE ON kiki.departments TO kiki_service;

-- A tree: following the parents never comes back. The nearest 所属 is settled before the row is written, and handed down.
CREATE FUNCTION api.settle_department() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    -- One at a time: two moves that make a ring only together must see each other.
    PERFORM pg_advisory_xact_lock(hashtext('kiki.departments'));
    IF EXISTS (
        WITH RECURSIVE up (id, parent_id) AS (
            SELECT id, parent_id FROM departments WHERE id = NEW.parent_id
            UNION ALL
            SELECT d.id, d.parent_id FROM up JOIN departments d ON d.id = up.parent_id WHERE up.id <> NEW.id
        )
        SELECT FROM up WHERE id = NEW.id
    ) THEN
        PERFORM api.refuse('value-not-accepted', '/parent_id', 'ring');
    END IF;
    NEW.shozoku_id := CASE WHEN NEW.is_shozoku THEN NEW.id
                           ELSE (SELECT d.shozoku_id FROM departments d WHERE d.id = NEW.parent_id) END;
    RETURN NEW;
END $$;
CREATE TRIGGER departments_settle BEFORE INSERT OR UPDATE ON kiki.departments
    FOR EACH ROW EXECUTE FUNCTION api.settle_department();

CREATE FUNCTION api.settle_departments_below() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    UPDATE departments SET shozoku_id = NEW.shozoku_id WHERE parent_id = NEW.id AND NOT is_shozoku;
    RETURN NULL;
END $$;
CREATE TRIGGER departments_settle_below AFTER UPDATE ON kiki.departments
    FOR EACH ROW WHEN (OLD.shozoku_id IS DISTINCT FROM NEW.shozoku_id) EXECUTE FUNCTION api.settle_departments_below();

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
    CONSTRAINT staff_subject_unique UNIQUE NULLS NOT DISTINCT (subject, issuer)
);
SELECT api.track('kiki.staff');
GRANT SELECT, INSERT, UPDATE ON kiki.staff TO kiki_service;

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
SELECT api.track('kiki.staff_transfers');
GRANT SELECT, INSERT, UPDATE ON kiki.staff_transfers TO kiki_service;

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
SELECT api.track('kiki.posts');
GRANT SELECT, INSERT, UPDATE ON kiki.posts TO kiki_service;

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
SELECT api.track('kiki.post_assignments');
GRANT SELECT, INSERT, UPDATE ON kiki.post_assignments TO kiki_service;

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
SELECT api.track('kiki.api_clients');
GRANT SELECT, INSERT, UPDATE ON kiki.api_clients TO kiki_service;

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
SELECT api.track('kiki.settings');
GRANT SELECT, UPDATE ON kiki.settings TO kiki_service;

CREATE TABLE kiki.settings_changes (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    -- {"data_warning_percent": [80, 90]}
    changes jsonb NOT NULL,
    reason text,
    changed_by_id uuid NOT NULL DEFAULT api.caller()
);
SELECT api.track('kiki.settings_changes');
GRANT SELECT, INSERT ON kiki.settings_changes TO kiki_service;

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
SELECT api.track('kiki.regulation_versions');
GRANT SELECT, INSERT ON kiki.regulation_versions TO kiki_service;

-- Who may write which row, beside the contract's roles: the second lock.
DO $$
DECLARE
    organisation text;
BEGIN
    FOREACH organisation IN ARRAY ARRAY['departments', 'staff', 'staff_transfers', 'posts'] LOOP
        EXECUTE format('CREATE POLICY readers ON kiki.%I FOR SELECT TO kiki_service, kiki_worker USING (true)', organisation);
        EXECUTE format('CREATE POLICY writers_insert ON kiki.%I FOR INSERT TO kiki_service
                        WITH CHECK ((SELECT api.may(''operator'', ''organisation:write'')))', organisation);
        EXECUTE format('CREATE POLICY writers_update ON kiki.%I FOR UPDATE TO kiki_service
                        USING ((SELECT api.may(''operator'', ''organisation:write'')))', organisation);
    END LOOP;
END $$;

CREATE FUNCTION api.holds_post(staff uuid, post uuid, day date) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT EXISTS (SELECT FROM post_assignments a
                    WHERE a.post_id = post AND a.staff_id = staff AND a.kind = 'regular' AND a.during @> day)
$$;
-- By what right the caller fills a post (art2): `naming` an acting holder of the own post or, as general manager, of any
-- other; by `order`, as operator, a regular holder, and one who acts for the general manager. NULL: by none.
CREATE FUNCTION api.right_to_assign(post kiki.posts, kind text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN kind = 'acting' AND (api.holds_post(api.staff_id(), post.id, api.today())
                                  OR api.may('general_manager') AND post.role IS DISTINCT FROM 'general_manager')
        THEN 'naming'
        WHEN (kind = 'regular' OR post.role = 'general_manager') AND api.may('operator', 'organisation:write')
        THEN 'order'
    END
$$;
CREATE POLICY readers ON kiki.post_assignments FOR SELECT TO kiki_service, kiki_worker USING (true);
CREATE POLICY writers_insert ON kiki.post_assignments FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.right_to_assign(p, kind) FROM kiki.posts p WHERE p.id = post_id) IS NOT NULL);
CREATE POLICY writers_update ON kiki.post_assignments FOR UPDATE TO kiki_service
    USING ((SELECT api.right_to_assign(p, kind) FROM kiki.posts p WHERE p.id = post_id) IS NOT NULL);

-- Who names an acting holder of the own post does so for days on which he holds it.
CREATE FUNCTION api.within_own_term(post uuid, first date, last date) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT EXISTS (SELECT FROM post_assignments a
                    WHERE a.post_id = post AND a.staff_id = api.staff_id() AND a.kind = 'regular'
                      AND a.during @> first AND a.during @> last)
$$;

-- What must hold of an assignment besides the constraints. Refuses, or is true.
CREATE FUNCTION api.check_assignment(post kiki.posts, staff_id uuid, kind text, begins_on date, ends_on date, order_number text)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    by_right text := api.right_to_assign(post, kind);
BEGIN
    IF by_right IS NULL THEN
        PERFORM api.refuse('forbidden');
    ELSIF post.abolished_on <= begins_on THEN
        PERFORM api.refuse('not-in-this-state');
    ELSIF staff_id = api.staff_id() THEN
        PERFORM api.refuse('value-not-accepted', '/staff_id', 'oneself');
    ELSIF NOT EXISTS (SELECT FROM kiki.staff s
                       WHERE s.id = check_assignment.staff_id AND (s.left_on IS NULL OR s.left_on > check_assignment.begins_on)) THEN
        PERFORM api.missing('/staff_id');
    ELSIF by_right = 'order' AND order_number IS NULL THEN
        PERFORM api.refuse('value-not-accepted', '/order_number', 'required');
    ELSIF by_right = 'naming' AND begins_on < api.today() THEN
        PERFORM api.refuse('value-not-accepted', '/from', 'past');
    ELSIF by_right = 'naming' AND NOT api.may('general_manager')
          AND NOT api.within_own_term(post.id, begins_on, ends_on) THEN
        PERFORM api.refuse('value-not-accepted', '/to', 'beyond_own_term');
    END IF;
    RETURN true;
END $$;

-- What a post gives belongs to nobody by his own hand (art3.1.1): its holder, present or named, does not change it.
CREATE FUNCTION api.guard_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM kiki.post_assignments a WHERE a.post_id = NEW.id AND a.staff_id = api.staff_id()
                  AND NOT isempty(a.during) AND (a.ends_on IS NULL OR a.ends_on >= api.today())) THEN
        PERFORM api.refuse('forbidden');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER posts_guard BEFORE UPDATE ON kiki.posts FOR EACH ROW
    WHEN ((OLD.role, OLD.is_head, OLD.department_id) IS DISTINCT FROM (NEW.role, NEW.is_head, NEW.department_id))
    EXECUTE FUNCTION api.guard_post();

CREATE POLICY readers ON kiki.api_clients FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all() OR api.may('operator')) OR id = (SELECT api.caller()));
CREATE POLICY writers_insert ON kiki.api_clients FOR INSERT TO kiki_service WITH CHECK ((SELECT api.may('operator')));
CREATE POLICY writers_update ON kiki.api_clients FOR UPDATE TO kiki_service USING ((SELECT api.may('operator')));
CREATE POLICY readers ON kiki.settings FOR SELECT TO kiki_service, kiki_worker USING (true);
CREATE POLICY writers ON kiki.settings FOR UPDATE TO kiki_service USING ((SELECT api.may('general_manager')));
CREATE POLICY readers ON kiki.settings_changes FOR SELECT TO kiki_service USING (true);
CREATE POLICY writers ON kiki.settings_changes FOR INSERT TO kiki_service WITH CHECK ((SELECT api.may('general_manager')));
CREATE POLICY readers ON kiki.regulation_versions FOR SELECT TO kiki_service, kiki_worker USING (true);
CREATE POLICY writers ON kiki.regulation_versions FOR INSERT TO kiki_service WITH CHECK ((SELECT api.may('general_manager')));

SELECT set_config('kiki.operation', 'migrate', true);
INSERT INTO kiki.settings DEFAULT VALUES;
INSERT INTO kiki.regulation_versions (document, effective_on, title, document_number) VALUES
    ('regulation', '2021-03-11', '消防局WEB会議用等情報機器運用要綱', NULL),
    ('regulation', '2025-10-16', '消防局WEB会議用等情報機器運用要綱', NULL),
    ('annex2', '2024-06-24', 'Web会議サービス利用手順', '6川総デ第912号');
