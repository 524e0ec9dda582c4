-- Placement (art4.1.1) and its reports (art4.2).

SELECT api.track('kiki.placement_requests');
GRANT SELECT, INSERT, UPDATE ON kiki.placement_requests TO kiki_service;
CREATE POLICY readers ON kiki.placement_requests FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
CREATE POLICY writers_insert ON kiki.placement_requests FOR INSERT TO kiki_service
    WITH CHECK (department_id = ANY ((SELECT api.managed_departments())::uuid[]));
CREATE POLICY writers_update ON kiki.placement_requests FOR UPDATE TO kiki_service
    USING ((SELECT api.may('equipment_manager')));

SELECT api.track('kiki.placement_request_comments');
GRANT SELECT, INSERT ON kiki.placement_request_comments TO kiki_service;
CREATE POLICY readers ON kiki.placement_request_comments FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
CREATE POLICY writers ON kiki.placement_request_comments FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('equipment_manager')) OR department_id = ANY ((SELECT api.managed_departments())::uuid[]));

SELECT api.track('kiki.placements');
GRANT SELECT, INSERT, UPDATE ON kiki.placements TO kiki_service;
CREATE POLICY readers ON kiki.placements FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
CREATE POLICY writers_insert ON kiki.placements FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('equipment_manager', 'devices:write')));
-- The general manager ends one by disposing of the device.
CREATE POLICY writers_update ON kiki.placements FOR UPDATE TO kiki_service
    USING ((SELECT api.may('equipment_manager', 'general_manager', 'devices:write')));

SELECT api.track('kiki.placement_reports');
GRANT SELECT, INSERT, UPDATE ON kiki.placement_reports TO kiki_service;
CREATE POLICY readers ON kiki.placement_reports FOR SELECT TO kiki_service USING ((SELECT api.sees_all()));
CREATE POLICY writers_insert ON kiki.placement_reports FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('equipment_manager', 'general_manager', 'devices:write')));
CREATE POLICY writers_update ON kiki.placement_reports FOR UPDATE TO kiki_service
    USING ((SELECT api.may('general_manager')));

-- Keeps the devices' own rows in step: where they are now.
CREATE OR REPLACE FUNCTION api.follow_placement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    UPDATE devices device SET department_id = placement.department_id, storage_location_id = placement.storage_location_id
      FROM (SELECT DISTINCT new_row.device_id AS id FROM new_rows new_row) moved
      LEFT JOIN placements placement ON placement.device_id = moved.id AND upper_inf(placement.during)
     WHERE device.id = moved.id AND device.department_id IS DISTINCT FROM placement.department_id;
    RETURN NULL;
END $$;
CREATE TRIGGER placements_follow_insert AFTER INSERT ON kiki.placements REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.follow_placement();
CREATE TRIGGER placements_follow_update AFTER UPDATE ON kiki.placements REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.follow_placement();

-- Whether a department is there and a 所属 as long as that.
CREATE OR REPLACE FUNCTION api.may_hold(department uuid, during tstzrange) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT api.serves_on(record.abolished_on, api.last_day_of(during))
           AND api.serves_on(NULL, api.day_of(lower(during)), record.established_on)
           AND NOT EXISTS (SELECT FROM department_days place
                            WHERE place.department_id = record.id AND NOT place.is_shozoku
                              AND during && tstzrange(api.day_begins(place.begins_on), api.day_begins(place.ends_on + 1)))
      FROM department_records record WHERE record.id = department
$$;

-- A device is placed in a 所属 that is there as long as the placement lasts.
CREATE OR REPLACE FUNCTION api.check_placed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.hold_departments(ARRAY(SELECT DISTINCT new_row.department_id FROM new_rows new_row));
    IF EXISTS (SELECT FROM (SELECT DISTINCT new_row.department_id, new_row.during FROM new_rows new_row) new_row
                WHERE NOT api.may_hold(new_row.department_id, new_row.during)) THEN
        PERFORM api.refuse('reference-not-found', '/department_id', 'not_found');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER placements_check AFTER INSERT ON kiki.placements REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.check_placed();

SELECT api.let_execute('kiki_service', 'may_hold');
