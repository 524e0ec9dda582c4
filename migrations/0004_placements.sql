-- Placement (art4.1.1): requests, what was decided, and the report to the general manager (art4.2).

CREATE TABLE kiki.placement_requests (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    department_id uuid NOT NULL CONSTRAINT placement_requests_department_exists REFERENCES kiki.departments,
    device_kind text NOT NULL CHECK (device_kind IN ('terminal', 'mobile_router', 'camera', 'speakerphone', 'display', 'other')),
    quantity int NOT NULL CHECK (quantity BETWEEN 1 AND 100),
    reason text NOT NULL,
    wished_on date,
    requested_by_id uuid NOT NULL DEFAULT api.caller(),
    decision text CHECK (decision IN ('approved', 'partly_approved', 'refused')),
    decision_note text,
    decided_by_id uuid,
    decided_at timestamptz,
    CONSTRAINT placement_requests_decided CHECK ((decision IS NULL) = (decided_at IS NULL))
);
CREATE INDEX placement_requests_department ON kiki.placement_requests (department_id, id);
SELECT api.track('kiki.placement_requests');
GRANT SELECT, INSERT, UPDATE ON kiki.placement_requests TO kiki_service;
CREATE POLICY readers ON kiki.placement_requests FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
CREATE POLICY writers_insert ON kiki.placement_requests FOR INSERT TO kiki_service
    WITH CHECK (department_id = ANY ((SELECT api.managed_departments())::uuid[]));
CREATE POLICY writers_update ON kiki.placement_requests FOR UPDATE TO kiki_service
    USING ((SELECT api.may('equipment_manager')));

CREATE TABLE kiki.placement_request_comments (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    placement_request_id uuid NOT NULL REFERENCES kiki.placement_requests,
    department_id uuid NOT NULL,
    comment text NOT NULL,
    written_by_id uuid NOT NULL DEFAULT api.caller()
);
CREATE INDEX placement_request_comments_request ON kiki.placement_request_comments (placement_request_id, id);
SELECT api.track('kiki.placement_request_comments');
GRANT SELECT, INSERT ON kiki.placement_request_comments TO kiki_service;
CREATE POLICY readers ON kiki.placement_request_comments FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
CREATE POLICY writers ON kiki.placement_request_comments FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('equipment_manager')) OR department_id = ANY ((SELECT api.managed_departments())::uuid[]));

-- A device has at most one placement at a time. A placement begins when it is decided, or earlier when imported.
CREATE TABLE kiki.placements (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    device_id uuid NOT NULL CONSTRAINT placements_device_exists REFERENCES kiki.devices,
    department_id uuid NOT NULL CONSTRAINT placements_department_exists REFERENCES kiki.departments,
    during tstzrange NOT NULL CHECK (NOT isempty(during) AND lower_inc(during) AND NOT lower_inf(during)),
    storage_location_id uuid,
    reason text NOT NULL,
    placement_request_id uuid CONSTRAINT placements_request_exists REFERENCES kiki.placement_requests,
    decided_by_id uuid NOT NULL DEFAULT api.caller(),
    CONSTRAINT placements_storage_location_of_department FOREIGN KEY (storage_location_id, department_id)
        REFERENCES kiki.storage_locations (id, department_id),
    CONSTRAINT placements_one_at_a_time EXCLUDE USING gist (device_id WITH =, during WITH &&) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX placements_department ON kiki.placements (department_id, id);
CREATE UNIQUE INDEX placements_one_open ON kiki.placements (device_id) WHERE upper_inf(during);
SELECT api.track('kiki.placements');
GRANT SELECT, INSERT, UPDATE ON kiki.placements TO kiki_service;
CREATE POLICY readers ON kiki.placements FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
CREATE POLICY writers_insert ON kiki.placements FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('equipment_manager', 'devices:write')));
-- The general manager ends one by disposing of the device.
CREATE POLICY writers_update ON kiki.placements FOR UPDATE TO kiki_service
    USING ((SELECT api.may('equipment_manager', 'general_manager', 'devices:write')));

-- Every decision or change reports itself in the same transaction (art4.2).
CREATE TABLE kiki.placement_reports (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    device_id uuid NOT NULL REFERENCES kiki.devices,
    placement_id uuid REFERENCES kiki.placements,
    kind text NOT NULL CHECK (kind IN ('decision', 'change', 'end')),
    from_department_id uuid REFERENCES kiki.departments,
    to_department_id uuid REFERENCES kiki.departments,
    reason text NOT NULL,
    reported_by_id uuid NOT NULL DEFAULT api.caller(),
    acknowledged_by_id uuid,
    acknowledged_at timestamptz,
    CONSTRAINT placement_reports_acknowledged CHECK ((acknowledged_by_id IS NULL) = (acknowledged_at IS NULL))
);
CREATE INDEX placement_reports_open ON kiki.placement_reports (id) WHERE acknowledged_at IS NULL;
SELECT api.track('kiki.placement_reports');
GRANT SELECT, INSERT, UPDATE ON kiki.placement_reports TO kiki_service;
CREATE POLICY readers ON kiki.placement_reports FOR SELECT TO kiki_service USING ((SELECT api.sees_all()));
CREATE POLICY writers_insert ON kiki.placement_reports FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('equipment_manager', 'general_manager', 'devices:write')));
CREATE POLICY writers_update ON kiki.placement_reports FOR UPDATE TO kiki_service
    USING ((SELECT api.may('general_manager')));

-- Keeps the device's own row in step: where it is now.
CREATE FUNCTION api.follow_placement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    UPDATE devices d SET department_id = p.department_id, storage_location_id = p.storage_location_id
      FROM (VALUES (NEW.device_id)) moved (id) LEFT JOIN placements p ON p.device_id = moved.id AND upper_inf(p.during)
     WHERE d.id = moved.id AND d.department_id IS DISTINCT FROM p.department_id;
    RETURN NULL;
END $$;
CREATE TRIGGER placements_follow AFTER INSERT OR UPDATE ON kiki.placements
    FOR EACH ROW EXECUTE FUNCTION api.follow_placement();
