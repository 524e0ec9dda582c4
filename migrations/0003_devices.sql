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
SELECT api.track('kiki.storage_locations');
GRANT SELECT, INSERT, UPDATE ON kiki.storage_locations TO kiki_service;
CREATE POLICY readers ON kiki.storage_locations FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
CREATE POLICY writers_insert ON kiki.storage_locations FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('equipment_manager', 'devices:write')) OR department_id = ANY ((SELECT api.managed_departments())::uuid[]));
CREATE POLICY writers_update ON kiki.storage_locations FOR UPDATE TO kiki_service
    USING ((SELECT api.may('equipment_manager', 'devices:write')) OR department_id = ANY ((SELECT api.managed_departments())::uuid[]));

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
    CONSTRAINT devices_serial_number_unique UNIQUE (manufacturer, serial_number),
    CONSTRAINT devices_storage_location_of_department FOREIGN KEY (storage_location_id, department_id)
        REFERENCES kiki.storage_locations (id, department_id),
    CONSTRAINT devices_stored_where_placed CHECK (storage_location_id IS NULL OR department_id IS NOT NULL),
    CONSTRAINT devices_disposed_is_not_placed CHECK (condition <> 'disposed' OR department_id IS NULL)
);
CREATE INDEX devices_department ON kiki.devices (department_id, code);
SELECT api.track('kiki.devices');
GRANT SELECT, INSERT, UPDATE ON kiki.devices TO kiki_service;

-- The word of the life cycle (art3.1.2): a usable device is placed or in stock.
CREATE FUNCTION api.device_status(condition text, department_id uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN condition <> 'usable' THEN condition WHEN department_id IS NULL THEN 'in_stock' ELSE 'placed' END
$$;

-- What a device is belongs to the general manager; where it is kept and remarks also to the other two (art4.1.2,
-- art5.1.1). A disposed device never returns.
CREATE FUNCTION api.guard_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.condition = 'disposed' THEN
        PERFORM api.refuse('device-disposed');
    END IF;
    IF current_user = 'kiki_service' AND NOT api.may('general_manager', 'devices:write') AND
       (NEW.code, NEW.name, NEW.kind, NEW.manufacturer, NEW.model, NEW.serial_number, NEW.accessories, NEW.introduced_on, NEW.condition)
       IS DISTINCT FROM
       (OLD.code, OLD.name, OLD.kind, OLD.manufacturer, OLD.model, OLD.serial_number, OLD.accessories, OLD.introduced_on, OLD.condition)
    THEN
        PERFORM api.refuse('forbidden');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER devices_guard BEFORE UPDATE ON kiki.devices FOR EACH ROW EXECUTE FUNCTION api.guard_device();

CREATE POLICY readers ON kiki.devices FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
CREATE POLICY writers_insert ON kiki.devices FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('general_manager', 'devices:write')));
-- Every member of the holding department takes the row's lock to lend it; api.guard_device and the contract say who
-- may change what.
CREATE POLICY writers_update ON kiki.devices FOR UPDATE TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));

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
SELECT api.track('kiki.device_records');
GRANT SELECT, INSERT ON kiki.device_records TO kiki_service;
CREATE POLICY readers ON kiki.device_records FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR EXISTS (SELECT FROM kiki.devices d WHERE d.id = device_id));
CREATE POLICY writers ON kiki.device_records FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('general_manager', 'devices:write')));
