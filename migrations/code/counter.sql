-- At the counter: what a request names by code, number and name, one thing or a set of them, and what it leaves unsaid.

SELECT api.track('kiki.department_settings');
SELECT api.admit('kiki.department_settings', 'true',
    $$(SELECT api.may('equipment_manager')) OR department_id = ANY ((SELECT api.managed_departments())::uuid[])$$);
SELECT api.track('kiki.department_settings_changes');
GRANT SELECT, INSERT ON kiki.department_settings_changes TO kiki_service;
CREATE POLICY readers ON kiki.department_settings_changes FOR SELECT TO kiki_service USING (true);
CREATE POLICY writers ON kiki.department_settings_changes FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('equipment_manager')) OR department_id = ANY ((SELECT api.managed_departments())::uuid[]));

-- The time of day at which a department's shift ends.
CREATE OR REPLACE FUNCTION api.shift_ends_at(department uuid) RETURNS time LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    RETURN coalesce((SELECT setting.shift_ends_at FROM department_settings setting WHERE setting.department_id = department),
                    '08:30');
END $$;

SELECT api.let_execute('kiki_service', 'shift_ends_at');
