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

CREATE TABLE kiki.placement_request_comments (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    placement_request_id uuid NOT NULL REFERENCES kiki.placement_requests,
    department_id uuid NOT NULL,
    comment text NOT NULL,
    written_by_id uuid NOT NULL DEFAULT api.caller()
);
CREATE INDEX placement_request_comments_request ON kiki.placement_request_comments (placement_request_id, id);

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
