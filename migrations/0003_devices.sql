-- Devices with their records of introduction, change and disposal (art3.1.2), and storage locations (art5.1.2).

CREATE TABLE kiki.storage_locations (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    department_id uuid NOT NULL CONSTRAINT storage_locations_department_exists REFERENCES kiki.departments,
    name text NOT NULL,
    lockable boolean NOT NULL,
    remarks text,
    abolished_on date,
    CONSTRAINT storage_locations_name_unique UNIQUE (department_id, name),
    UNIQUE (id, department_id)
);

CREATE TABLE kiki.devices (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    code text NOT NULL CONSTRAINT devices_code_unique UNIQUE,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('terminal', 'mobile_router', 'camera', 'speakerphone', 'display', 'other')),
    manufacturer text,
    model text,
    serial_number text,
    accessories text[] NOT NULL DEFAULT '{}',
    introduced_on date NOT NULL,
    condition text NOT NULL DEFAULT 'usable' CHECK (condition IN ('usable', 'in_repair', 'lost', 'disposed')),
    -- The department that holds it now, and where: kept by placements.
    department_id uuid REFERENCES kiki.departments,
    storage_location_id uuid,
    remarks text,
    -- Within one statement two may change places.
    CONSTRAINT devices_serial_number_unique UNIQUE (manufacturer, serial_number) DEFERRABLE,
    CONSTRAINT devices_storage_location_of_department FOREIGN KEY (storage_location_id, department_id)
        REFERENCES kiki.storage_locations (id, department_id),
    CONSTRAINT devices_stored_where_placed CHECK (storage_location_id IS NULL OR department_id IS NOT NULL),
    CONSTRAINT devices_disposed_is_not_placed CHECK (condition <> 'disposed' OR department_id IS NULL)
);
CREATE INDEX devices_department ON kiki.devices (department_id, code);

CREATE TABLE kiki.device_records (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    created_at timestamptz NOT NULL DEFAULT api.now(),
    device_id uuid NOT NULL REFERENCES kiki.devices,
    department_id uuid REFERENCES kiki.departments,
    kind text NOT NULL CHECK (kind IN ('introduction', 'change', 'disposal')),
    occurred_on date NOT NULL,
    reason text NOT NULL,
    changes jsonb,
    erasure_method text,
    erased_on date,
    recorded_by_id uuid NOT NULL DEFAULT api.caller(),
    CONSTRAINT device_records_erasure CHECK (kind <> 'disposal' OR (erasure_method IS NOT NULL AND erased_on IS NOT NULL))
);
CREATE INDEX device_records_device ON kiki.device_records (device_id, id);
