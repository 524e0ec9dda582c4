-- Devices with their records (art3.1.2) and storage locations (art5.1.2).

SELECT api.track('kiki.storage_locations');
SELECT api.admit('kiki.storage_locations',
    $$(SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[])$$,
    $$(SELECT api.may('equipment_manager', 'devices:write'))
        OR department_id = ANY ((SELECT api.managed_departments())::uuid[])$$);

SELECT api.track('kiki.devices');
GRANT SELECT, INSERT, UPDATE ON kiki.devices TO kiki_service;

-- The word of the life cycle (art3.1.2): a usable device is placed or in stock.
CREATE OR REPLACE FUNCTION api.device_status(condition text, department_id uuid) RETURNS text LANGUAGE sql
IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN condition <> 'usable' THEN condition WHEN department_id IS NULL THEN 'in_stock' ELSE 'placed' END
$$;

-- Whether the caller changes where a device of the department is kept, and remarks (art4.1.2, art5.1.1).
CREATE OR REPLACE FUNCTION api.manages_device(department uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT api.may('general_manager', 'equipment_manager', 'devices:write')
           OR coalesce(department = ANY (api.managed_departments()), false)
$$;

-- What a device is belongs to the general manager; where it is kept and remarks also to the other two (art4.1.2,
-- art5.1.1). A disposed device never returns.
CREATE OR REPLACE FUNCTION api.guard_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.condition = 'disposed' THEN
        PERFORM api.refuse('device-disposed');
    END IF;
    IF current_user = 'kiki_service' AND NOT api.may('general_manager', 'devices:write') AND
       (NEW.code, NEW.name, NEW.kind, NEW.manufacturer, NEW.model, NEW.serial_number, NEW.accessories, NEW.introduced_on,
        NEW.condition)
       IS DISTINCT FROM
       (OLD.code, OLD.name, OLD.kind, OLD.manufacturer, OLD.model, OLD.serial_number, OLD.accessories, OLD.introduced_on,
        OLD.condition)
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

-- A place goes out of use only when it is empty (art5.1.2), also when that is said ahead; until then it takes what comes.
CREATE OR REPLACE FUNCTION api.guard_storage_location() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM FROM storage_locations WHERE id = NEW.id FOR UPDATE;
    IF EXISTS (SELECT FROM devices device WHERE device.department_id = NEW.department_id AND device.storage_location_id = NEW.id)
        THEN
        PERFORM api.refuse('not-in-this-state');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER storage_locations_guard BEFORE UPDATE ON kiki.storage_locations FOR EACH ROW
    WHEN (NEW.abolished_on IS NOT NULL AND OLD.abolished_on IS DISTINCT FROM NEW.abolished_on)
    EXECUTE FUNCTION api.guard_storage_location();
-- Whoever waits for the row then judges it as it has become.
CREATE OR REPLACE FUNCTION api.check_stored() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM FROM storage_locations WHERE id = NEW.storage_location_id AND api.serves_on(abolished_on, api.today())
        FOR KEY SHARE;
    IF NOT FOUND THEN
        PERFORM api.refuse('reference-not-found', '/storage_location_id', 'not_found');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER devices_stored BEFORE UPDATE ON kiki.devices FOR EACH ROW
    WHEN (NEW.storage_location_id IS NOT NULL AND OLD.storage_location_id IS DISTINCT FROM NEW.storage_location_id)
    EXECUTE FUNCTION api.check_stored();

SELECT api.track('kiki.device_records');
GRANT SELECT, INSERT ON kiki.device_records TO kiki_service;
CREATE POLICY readers ON kiki.device_records FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR EXISTS (SELECT FROM kiki.devices device WHERE device.id = device_id));
CREATE POLICY writers ON kiki.device_records FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('general_manager', 'devices:write')) OR kind = 'change' AND api.manages_device(department_id));

-- The rows of the devices that the caller sees are the anchors of all that decides about them; the next statement sees what
-- others committed. In the order of their ids.
CREATE OR REPLACE FUNCTION api.hold_devices(ids uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    held uuid[];
BEGIN
    IF api.waits() THEN
        PERFORM FROM kiki.devices device WHERE device.id = ANY (ids) ORDER BY device.id FOR NO KEY UPDATE;
    ELSE
        held := ARRAY(SELECT device.id FROM kiki.devices device
                       WHERE device.id = ANY (ids) ORDER BY device.id FOR NO KEY UPDATE SKIP LOCKED);
        PERFORM api.busy(device.id::text) FROM kiki.devices device
            WHERE device.id = ANY (ids) AND device.id <> ALL (held) ORDER BY device.id LIMIT 1;
    END IF;
END $$;

SELECT api.let_execute('kiki_service', 'device_status', 'hold_devices', 'manages_device');
