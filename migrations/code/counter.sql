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

-- When the shift ends that is on duty at a time; of what is handed over, the next one, which takes it over in the hours
-- before.
CREATE OR REPLACE FUNCTION api.shift_end(department uuid, at timestamptz, handed boolean DEFAULT false) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    since timestamptz := CASE WHEN handed THEN at + interval '12 hours' ELSE at END;
    ends timestamptz := api.day_begins(api.day_of(since)) + api.shift_ends_at(department)::interval;
BEGIN
    RETURN CASE WHEN ends > since THEN ends ELSE ends + interval '24 hours' END;
END $$;

-- What a body asks for, a row for each item. One thing: the body itself. A set: each of `items`, for which the members beside
-- it stand as well, or each of `device_ids` or `device_codes`. `at` leads to the members of an item in the body, `named` to
-- what names its device or entry. `entries`: the entries of the items, where the path or an earlier statement has them.
CREATE OR REPLACE FUNCTION api.items(body jsonb, entries uuid[] DEFAULT NULL)
RETURNS TABLE (n bigint, of_set boolean, at text, named text, given jsonb) LANGUAGE sql IMMUTABLE AS $$
    SELECT item.n, body ?| '{items,device_ids,device_codes}' IS TRUE, item.at,
           coalesce(item.named, item.at || CASE WHEN item.given ? 'device_code' THEN '/device_code'
                                                WHEN item.given ? 'usage_entry_id' THEN '/usage_entry_id' ELSE '/device_id' END),
           CASE WHEN entries IS NULL THEN item.given
                ELSE item.given || jsonb_build_object('usage_entry_id', entries[item.n]) END
      FROM (SELECT 1, '', NULL, coalesce(body, '{}') WHERE body ?| '{items,device_ids,device_codes}' IS NOT TRUE
             UNION ALL
            SELECT element.n, '/items/' || element.n - 1, NULL, body - 'items' || element.value
              FROM jsonb_array_elements(body -> 'items') WITH ORDINALITY element (value, n)
             UNION ALL
            SELECT element.n, '', '/device_ids/' || element.n - 1,
                   body - 'device_ids' || jsonb_build_object('device_id', element.value)
              FROM jsonb_array_elements(body -> 'device_ids') WITH ORDINALITY element (value, n)
             UNION ALL
            SELECT element.n, '', '/device_codes/' || element.n - 1,
                   body - 'device_codes' || jsonb_build_object('device_code', element.value)
              FROM jsonb_array_elements(body -> 'device_codes') WITH ORDINALITY element (value, n)) item (n, at, named, given)
$$;

-- What the caller names by its id or by what people call it. NULL when there is none that the caller sees.
CREATE OR REPLACE FUNCTION api.device_named(device uuid, called text) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE WHEN called IS NULL THEN (SELECT known.id FROM kiki.devices known WHERE known.id = device)
                ELSE (SELECT known.id FROM kiki.devices known WHERE known.folded_code = api.folded(called)) END;
END $$;
CREATE OR REPLACE FUNCTION api.staff_named(staff uuid, called text) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE WHEN called IS NULL THEN (SELECT known.id FROM kiki.staff known WHERE known.id = staff)
                ELSE (SELECT known.id FROM kiki.staff known WHERE known.folded_number = api.folded(called)) END;
END $$;

-- A device by its code, also one that the caller does not see, as it has come to another department.
CREATE OR REPLACE FUNCTION api.device_coded(called text) RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    RETURN (SELECT known.id FROM devices known WHERE known.folded_code = api.folded(called));
END $$;
-- The use that a device is out for, which the caller sees.
CREATE OR REPLACE FUNCTION api.open_use(device uuid, called text) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT state.id FROM kiki.usage_states state
             WHERE state.device_id = coalesce(device, api.device_coded(called)) AND state.returned_at IS NULL
             ORDER BY state.out_at DESC LIMIT 1);
END $$;

-- The use of a device that waits for the caller's confirmation; NULL when there is none, or more than one.
CREATE OR REPLACE FUNCTION api.unconfirmed_use(device uuid, called text) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
    waiting uuid[] := ARRAY(SELECT state.id FROM kiki.usage_states state
                             WHERE state.device_id = coalesce(device, api.device_coded(called)) AND state.returned_at IS NOT NULL
                               AND state.confirmed_at IS NULL AND state.department_id = ANY (api.managed_departments()) LIMIT 2);
BEGIN
    RETURN CASE WHEN cardinality(waiting) = 1 THEN waiting[1] END;
END $$;

-- Where a device of a department is put: at the place that is named, else where it was last put, if that is told and there is
-- such a place still, else at its own. NULL when the department has no such place on that day. For whoever serves the
-- department, though it may not be his any more.
CREATE OR REPLACE FUNCTION api.place_named(department uuid, place uuid, called text, device uuid, day date,
                                          last_put uuid DEFAULT NULL)
RETURNS TABLE (id uuid, lockable boolean) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT location.id, location.lockable FROM storage_locations location
     WHERE location.department_id = ANY (api.line_of(department, day)) AND api.serves_on(location.abolished_on, day)
       AND CASE WHEN called IS NOT NULL THEN api.folded(location.name) = api.folded(called)
                ELSE location.id = coalesce(place,
                                            (SELECT known.id FROM storage_locations known
                                              WHERE known.id = last_put AND api.serves_on(known.abolished_on, day)),
                                            (SELECT held.storage_location_id FROM devices held WHERE held.id = device)) END;
END $$;

-- The entries of the items, once they are locked, for the statements behind it.
CREATE OR REPLACE FUNCTION api.choose(entries uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('kiki.chosen', entries::text, true);
END $$;
CREATE OR REPLACE FUNCTION api.chosen() RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT api.context('chosen')::uuid[]
$$;

-- Who is transferred on a day hands over what he has out for the department that he comes from until its shift ends: for this
-- transaction he is one of its members, of whom nobody else's uses are handed over (api.stays_only_for).
CREATE OR REPLACE FUNCTION api.stay_for(entries uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    stays_with uuid[] := ARRAY(
        SELECT DISTINCT unnest(api.line_of(state.department_id, api.today())) FROM usage_states state
          JOIN api.user_on(api.staff_id(), api.today() - 1) yesterday ON yesterday.department_id = state.department_id
         WHERE state.id = ANY (entries) AND state.user_staff_id = api.staff_id()
           AND state.department_id <> ALL (api.departments())
           AND api.now() < api.day_begins(api.today()) + api.shift_ends_at(state.department_id)::interval);
BEGIN
    IF stays_with <> '{}' THEN
        PERFORM set_config('kiki.stays_with', stays_with::text, true),
                set_config('kiki.departments', (api.departments() || stays_with)::text, true);
    END IF;
END $$;
CREATE OR REPLACE FUNCTION api.stays_only_for(department uuid, staff uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT department <> ALL (coalesce(api.context('stays_with'), '{}')::uuid[]) OR staff = api.staff_id()
$$;

SELECT api.let_execute('kiki_service', 'choose', 'chosen', 'device_coded', 'device_named', 'items', 'open_use', 'place_named',
    'shift_end', 'shift_ends_at', 'staff_named', 'stay_for', 'stays_only_for', 'unconfirmed_use');
