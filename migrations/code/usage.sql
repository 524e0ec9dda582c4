-- The usage ledger (使用管理簿; art5.1.3, annex1): what is added to an entry settles into its state, and what holds of the
-- device follows. States and occupations are kept by the triggers here alone.

-- Members of the department lend, take back and confirm; a client does within the departments it is bound to.
CREATE OR REPLACE FUNCTION api.serves(department uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT department = ANY (api.departments()) OR api.sees_all() AND api.may('usage:write')
$$;

-- The department that held a device, also one whose placements the caller does not see; before its first placement the
-- present one.
CREATE OR REPLACE FUNCTION api.holder(device uuid, at timestamptz) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT coalesce((SELECT placement.department_id FROM placements placement
                      WHERE placement.device_id = device AND placement.during @> at),
                    (SELECT held_device.department_id FROM devices held_device WHERE held_device.id = device))
$$;

-- Who somebody is on a day, if he can use a device then: in office, and of a 所属.
CREATE OR REPLACE FUNCTION api.user_on(staff uuid, day date)
RETURNS TABLE (id uuid, name text, title text, department_id uuid, department_name text) LANGUAGE sql STABLE AS $$
    SELECT member.id, member.name, member.title, department.id, department.name
      FROM kiki.staff member
      JOIN kiki.staff_transfers transfer ON transfer.staff_id = member.id AND transfer.during @> day
      JOIN kiki.departments unit ON unit.id = transfer.department_id
      JOIN kiki.departments department ON department.id = unit.shozoku_id
     WHERE member.id = staff AND (member.left_on IS NULL OR member.left_on > day)
$$;

SELECT api.track('kiki.ledger_closures');
GRANT SELECT, INSERT ON kiki.ledger_closures TO kiki_service;
CREATE POLICY readers ON kiki.ledger_closures FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
CREATE POLICY writers ON kiki.ledger_closures FOR INSERT TO kiki_service
    WITH CHECK (department_id = ANY ((SELECT api.managed_departments())::uuid[]));

SELECT api.track('kiki.usage_entries');
GRANT SELECT, INSERT ON kiki.usage_entries TO kiki_service;

-- Who sees an entry: its department, the borrower, his usage manager, and those who see all.
CREATE POLICY readers ON kiki.usage_entries FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[])
           OR EXISTS (SELECT FROM kiki.usage_states state WHERE state.id = usage_entries.id));
-- The equipment manager imports.
CREATE POLICY writers ON kiki.usage_entries FOR INSERT TO kiki_service
    WITH CHECK (department_id = ANY ((SELECT api.departments())::uuid[])
                OR (SELECT api.may('equipment_manager') OR api.sees_all() AND api.may('usage:write')));

SELECT api.protect('kiki.usage_states');
CREATE POLICY readers ON kiki.usage_states FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[])
           OR user_staff_id = (SELECT api.staff_id())
           OR user_department_id = ANY ((SELECT api.managed_departments())::uuid[]));
GRANT SELECT ON kiki.usage_states TO kiki_service;

-- The words of an entry's life.
CREATE OR REPLACE FUNCTION api.usage_status(due_at timestamptz, returned_at timestamptz, confirmed_at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN confirmed_at IS NOT NULL THEN 'confirmed' WHEN returned_at IS NOT NULL THEN 'returned'
                WHEN due_at <= api.now() THEN 'overdue' ELSE 'out' END
$$;

SELECT api.protect('kiki.device_occupations');
-- Who sees a device sees when it is taken, also by the department that held it before.
CREATE POLICY readers ON kiki.device_occupations FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[])
           OR EXISTS (SELECT FROM kiki.devices device WHERE device.id = device_id));
GRANT SELECT ON kiki.device_occupations TO kiki_service;

DO $$
DECLARE
    added text;
BEGIN
    FOREACH added IN ARRAY ARRAY['usage_returns', 'usage_extensions', 'usage_storage_confirmations', 'usage_confirmations',
                                 'usage_corrections'] LOOP
        PERFORM api.track(('kiki.' || added)::regclass);
        EXECUTE format('GRANT SELECT, INSERT ON kiki.%I TO kiki_service', added);
        EXECUTE format('CREATE POLICY readers ON kiki.%I FOR SELECT TO kiki_service
                        USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[])
                               OR EXISTS (SELECT FROM kiki.usage_states state WHERE state.id = usage_entry_id))', added);
        EXECUTE format('CREATE POLICY writers ON kiki.%I FOR INSERT TO kiki_service
                        WITH CHECK (department_id = ANY ((SELECT api.%s())::uuid[])
                                    OR (SELECT api.may(''equipment_manager'', ''usage:write'')) AND api.sees(department_id))',
                       added, CASE added WHEN 'usage_confirmations' THEN 'managed_departments' ELSE 'departments' END);
    END LOOP;
END $$;

-- A department's month is locked for reading by every new entry and correction, and for writing by its closure.
CREATE OR REPLACE FUNCTION api.hold_ledger(department uuid, month date, closing boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM api.hold(concat_ws(' ', 'ledger', department, month), shared => NOT closing);
END $$;

-- What the rules ask of a device from one time to another: whether it is out (`no`, `out`, `overdue`), reserved, and
-- whether its last return before then was not locked away and not put right since. The truth, whatever the caller sees;
-- called once the caller has seen the device.
CREATE OR REPLACE FUNCTION api.device_use(device uuid, began timestamptz, due timestamptz, late boolean,
                               OUT occupied text, OUT reserved boolean, OUT unsecured boolean) RETURNS record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF late THEN
        occupied := CASE WHEN EXISTS (SELECT FROM device_occupations occupation
                                       WHERE occupation.device_id = device AND occupation.kind = 'check_out'
                                         AND (occupation.during && tstzrange(began, due) OR occupation.open
                                              AND lower(occupation.during) < due))
                         THEN 'out' ELSE 'no' END;
    ELSE
        occupied := coalesce((SELECT CASE WHEN upper(occupation.during) <= began THEN 'overdue' ELSE 'out' END
                                FROM device_occupations occupation
                               WHERE occupation.device_id = device AND occupation.kind = 'check_out' AND occupation.open), 'no');
    END IF;
    reserved := EXISTS (SELECT FROM device_occupations occupation
                         WHERE occupation.device_id = device AND occupation.kind = 'reservation'
                           AND occupation.during && tstzrange(began, due));
    unsecured := EXISTS (SELECT FROM usage_states state
                          WHERE state.device_id = device AND state.unsecured AND state.out_at < began
                            AND NOT EXISTS (SELECT FROM usage_states later
                                             WHERE later.device_id = device AND later.out_at > state.out_at
                                               AND later.out_at < began
                                               AND later.locked IS NOT NULL));
END $$;

-- Everything that happens to an entry happens under the lock of its month and of its device, in this order.
CREATE OR REPLACE FUNCTION api.hold_usage(entry uuid) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.hold_ledger(state.department_id, state.month) FROM usage_states state WHERE state.id = entry;
    PERFORM api.hold_devices(ARRAY[state.device_id]) FROM usage_states state WHERE state.id = entry;
END $$;

-- A late entry whose device someone else took afterwards no longer holds it, even before its return is recorded.
CREATE OR REPLACE FUNCTION api.begin_usage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.hold_ledger(new_row.department_id, new_row.month)
       FROM (SELECT DISTINCT department_id, month FROM new_rows ORDER BY department_id, month) new_row;
    -- A statement of its own sees what was committed while that one waited.
    IF EXISTS (SELECT FROM new_rows new_row WHERE (SELECT true FROM ledger_closures closure
                                                    WHERE closure.department_id = new_row.department_id
                                                      AND closure.month = new_row.month)) THEN
        PERFORM api.refuse('month-closed');
    END IF;
    INSERT INTO usage_states (id, department_id, device_id, month, user_staff_id, user_name, user_title, user_department_id,
                              user_department_name, purpose, purpose_note, partner_organisation, out_at, due_at, accessories)
    SELECT id, department_id, device_id, month, user_staff_id, user_name, user_title, user_department_id,
           user_department_name, purpose, purpose_note, partner_organisation, out_at, due_at, accessories
      FROM new_rows;
    INSERT INTO device_occupations (id, device_id, department_id, kind, open, during)
    SELECT new_row.id, new_row.device_id, new_row.department_id, 'check_out',
           new_row.source <> 'late' OR NOT EXISTS (SELECT FROM device_occupations occupation
                                                    WHERE occupation.device_id = new_row.device_id
                                                      AND occupation.kind = 'check_out'
                                                      AND lower(occupation.during) >= new_row.due_at),
           tstzrange(new_row.out_at, new_row.due_at)
      FROM new_rows new_row WHERE new_row.source <> 'imported';
    RETURN NULL;
END $$;

-- What is added settles into the state, which so has the present value of everything: what a correction changes, all
-- later steps go by. A user put right is named as of the day of use, and decides whether an own use was confirmed.
CREATE OR REPLACE FUNCTION api.settle_usage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    settled bigint;
BEGIN
    IF TG_TABLE_NAME = 'usage_returns' THEN
        UPDATE usage_states state
           SET version = state.version + 1, returned_at = new_row.returned_at, returned_by_id = new_row.recorded_by_id,
               handed_over = new_row.handed_over, storage_location_id = new_row.storage_location_id, locked = new_row.locked,
               abnormality = new_row.abnormality, accessories_missing = new_row.accessories_missing, remarks = new_row.remarks
          FROM new_rows new_row WHERE state.id = new_row.usage_entry_id AND state.department_id = new_row.department_id;
    ELSIF TG_TABLE_NAME = 'usage_extensions' THEN
        UPDATE usage_states state SET version = state.version + 1, due_at = new_row.due_at
          FROM new_rows new_row WHERE state.id = new_row.usage_entry_id AND state.department_id = new_row.department_id;
    ELSIF TG_TABLE_NAME = 'usage_storage_confirmations' THEN
        UPDATE usage_states state
           SET version = state.version + 1, storage_confirmed_at = new_row.confirmed_at,
               storage_confirmed_by_id = new_row.recorded_by_id
          FROM new_rows new_row WHERE state.id = new_row.usage_entry_id AND state.department_id = new_row.department_id;
    ELSIF TG_TABLE_NAME = 'usage_confirmations' THEN
        UPDATE usage_states state
           SET version = state.version + 1, confirmed_at = new_row.confirmed_at, confirmed_by_id = new_row.confirmed_by_id,
               confirmed_for_id = new_row.acting_for_id, own_use_confirmed = new_row.own_use
          FROM new_rows new_row WHERE state.id = new_row.usage_entry_id AND state.department_id = new_row.department_id;
    ELSE
        UPDATE usage_states state
           SET version = state.version + 1, corrections = state.corrections + 1,
               corrected = state.corrected || jsonb_build_object(new_row.field, new_row.new_value),
               recorded = jsonb_build_object(new_row.field, new_row.old_value) || state.recorded,
               (out_at, returned_at, user_staff_id, purpose, purpose_note, partner_organisation, accessories,
                storage_location_id, locked, abnormality, remarks) = (
                   SELECT given.out_at, given.returned_at, given.user_staff_id, given.purpose, given.purpose_note,
                          given.partner_organisation, given.accessories, given.storage_location_id, given.locked,
                          given.abnormality, given.remarks
                     FROM jsonb_populate_record(state, jsonb_build_object(new_row.field, new_row.new_value)) given)
          FROM new_rows new_row WHERE state.id = new_row.usage_entry_id AND state.department_id = new_row.department_id;
    END IF;
    GET DIAGNOSTICS settled = ROW_COUNT;
    IF TG_TABLE_NAME = 'usage_corrections' THEN
        UPDATE usage_states state
           SET recorded = jsonb_build_object('user_name', state.user_name, 'user_title', state.user_title,
                                             'user_department_id', state.user_department_id,
                                             'user_department_name', state.user_department_name) || state.recorded,
               own_use_confirmed = CASE WHEN state.confirmed_at IS NOT NULL THEN state.user_staff_id = state.confirmed_by_id END,
               (user_name, user_title, user_department_id, user_department_name) = (
                   SELECT borrower.name, borrower.title, borrower.department_id, borrower.department_name
                     FROM api.user_on(state.user_staff_id, api.day_of(state.out_at)) borrower)
          FROM new_rows new_row WHERE state.id = new_row.usage_entry_id AND new_row.field = 'user_staff_id';
    END IF;
    IF settled <> (SELECT count(*) FROM new_rows) THEN
        RAISE EXCEPTION 'a row of % belongs to another department than its entry', TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

-- A use holds its device from when it was taken out until it came back or is due. After an overdue return that reaches to
-- the reservation that came next, and never into another's use, which the constraint sees to. Imported entries hold it
-- once they are returned.
CREATE OR REPLACE FUNCTION api.occupy_device() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    INSERT INTO device_occupations AS occupation (id, device_id, department_id, kind, open, during)
    SELECT state.id, state.device_id, state.department_id, 'check_out', state.returned_at IS NULL,
           tstzrange(state.out_at, CASE WHEN state.returned_at IS NULL
                     THEN state.due_at ELSE greatest(state.out_at, least(state.returned_at,
               (SELECT min(lower(taken.during)) FROM device_occupations taken
                 WHERE taken.device_id = state.device_id AND taken.kind = 'reservation'
                   AND lower(taken.during) >= state.due_at))) END)
      FROM new_rows new_row JOIN usage_states state ON state.id = new_row.usage_entry_id
        ON CONFLICT (id) DO UPDATE SET open = occupation.open AND excluded.open, during = excluded.during;
    RETURN NULL;
END $$;

-- A correction says whether its month is closed, and must be right.
CREATE OR REPLACE FUNCTION api.check_correction() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.hold_ledger(state.department_id, state.month)
       FROM new_rows new_row JOIN usage_states state ON state.id = new_row.usage_entry_id;
    PERFORM CASE WHEN new_row.in_closed_month THEN api.refuse('value-not-accepted', '/in_closed_month', 'month_open')
                 ELSE api.refuse('month-closed') END
       FROM new_rows new_row JOIN usage_states state ON state.id = new_row.usage_entry_id
      WHERE new_row.in_closed_month <> EXISTS (SELECT FROM ledger_closures closure
                                                WHERE closure.department_id = state.department_id
                                                  AND closure.month = state.month);
    RETURN NULL;
END $$;

-- Triggers of one event fire in the order of their names: the state settles before what follows from it.
CREATE TRIGGER usage_entries_begin AFTER INSERT ON kiki.usage_entries
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION api.begin_usage();
CREATE TRIGGER usage_returns_settle AFTER INSERT ON kiki.usage_returns
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION api.settle_usage();
CREATE TRIGGER usage_extensions_settle AFTER INSERT ON kiki.usage_extensions
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION api.settle_usage();
CREATE TRIGGER usage_storage_confirmations_settle AFTER INSERT ON kiki.usage_storage_confirmations
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION api.settle_usage();
CREATE TRIGGER usage_confirmations_settle AFTER INSERT ON kiki.usage_confirmations
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION api.settle_usage();
CREATE TRIGGER usage_corrections_settle AFTER INSERT ON kiki.usage_corrections
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION api.settle_usage();
CREATE TRIGGER usage_corrections_check AFTER INSERT ON kiki.usage_corrections
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION api.check_correction();
CREATE TRIGGER usage_returns_then_occupy AFTER INSERT ON kiki.usage_returns
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION api.occupy_device();
CREATE TRIGGER usage_extensions_then_occupy AFTER INSERT ON kiki.usage_extensions
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION api.occupy_device();
CREATE TRIGGER usage_corrections_then_occupy AFTER INSERT ON kiki.usage_corrections
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION api.occupy_device();

SELECT api.let_execute('kiki_service', 'device_use', 'hold_ledger', 'hold_usage', 'holder', 'serves', 'usage_status',
    'user_on');
