-- The usage ledger (使用管理簿; art5.1.3, annex1): what is added to an entry settles into its state, and what holds of the
-- device follows. States and occupations are kept by the triggers here alone.

-- Members of the department lend, take back and confirm; a client does within the departments it is bound to.
CREATE OR REPLACE FUNCTION api.serves(department uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT department = ANY (api.departments()) OR api.sees_all() AND api.may('usage:write')
$$;

-- The department that held a device at a time, also one whose placements the caller does not see.
CREATE OR REPLACE FUNCTION api.holder(device uuid, at timestamptz) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT placement.department_id FROM placements placement WHERE placement.device_id = device AND placement.during @> at
$$;

-- Who somebody is on a day, if he can use a device then: anybody in office. The department is the 所属 to which he belongs, or
-- the one in which he stands outside of any (`in_shozoku` is false), as the bureau's head does.
CREATE OR REPLACE FUNCTION api.user_on(staff uuid, day date)
RETURNS TABLE (id uuid, name text, title text, department_id uuid, department_name text, in_shozoku boolean)
LANGUAGE sql STABLE AS $$
    SELECT member.id, called.name, transfer.title, own.department_id, own.name, place.shozoku_id IS NOT NULL
      FROM kiki.staff_records member
      JOIN kiki.staff_names called ON called.staff_id = member.id AND called.begins_on <= day AND called.ends_on >= day
      JOIN kiki.staff_transfers transfer ON transfer.staff_id = member.id AND transfer.during @> day
      JOIN kiki.department_days place ON place.department_id = transfer.department_id AND place.begins_on <= day
          AND place.ends_on >= day
      JOIN kiki.department_days own ON own.department_id = coalesce(place.shozoku_id, place.department_id)
          AND own.begins_on <= day AND own.ends_on >= day
     WHERE member.id = staff AND (member.left_on IS NULL OR member.left_on > day)
$$;

-- A place of a department by its id, as on a day that it is used: also for who brings a device back to another department.
CREATE OR REPLACE FUNCTION api.place_of(place uuid, department uuid, day date, OUT known boolean, OUT name text,
                             OUT lockable boolean) RETURNS record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    SELECT true, location.name, location.lockable INTO known, place_of.name, place_of.lockable
      FROM storage_locations location
     WHERE location.id = place AND location.department_id = department
       AND (day IS NULL OR api.serves_on(location.abolished_on, day));
    known := coalesce(known, false);
END $$;

SELECT api.track('kiki.ledger_closures');
GRANT SELECT, INSERT ON kiki.ledger_closures TO kiki_service;
CREATE POLICY readers ON kiki.ledger_closures FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
CREATE POLICY writers ON kiki.ledger_closures FOR INSERT TO kiki_service
    WITH CHECK (department_id = ANY ((SELECT api.managed_departments())::uuid[]));

SELECT api.track('kiki.usage_entries');
GRANT SELECT, INSERT ON kiki.usage_entries TO kiki_service;

-- Who sees an entry: its department, the borrower, his usage manager, who brought the device back, and those who see all.
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
           OR user_staff_id = (SELECT api.staff_id()) OR returned_by_id = (SELECT api.staff_id())
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
                                    OR (SELECT api.may(''equipment_manager'', ''usage:write'')) AND api.sees(department_id)%s)',
                       added, CASE added WHEN 'usage_confirmations' THEN 'managed_departments' ELSE 'departments' END,
                       -- The borrower brings a device back, and who brought it back puts its storage right.
                       CASE WHEN added IN ('usage_returns', 'usage_storage_confirmations') THEN
                           format(' OR EXISTS (SELECT FROM kiki.usage_states state WHERE state.id = usage_entry_id
                                                  AND state.%s = (SELECT api.staff_id()))',
                                  CASE added WHEN 'usage_returns' THEN 'user_staff_id' ELSE 'returned_by_id' END) END);
    END LOOP;
END $$;

-- A department's month is locked for reading by every new entry and correction, and for writing by its closure.
CREATE OR REPLACE FUNCTION api.hold_ledger(department uuid, month date, closing boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM api.hold(concat_ws(' ', 'ledger', department, month), shared => NOT closing);
END $$;

-- In which condition a device was, by the records of its changes. A day whose hour is not on record counts as one on which
-- it could be used. Before the first change it was what that changed; without one it is as it always was.
CREATE OR REPLACE FUNCTION api.condition_of(device uuid, at timestamptz) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    WITH change AS (
        SELECT record.id, record.occurred_on, told.was, told.became,
               CASE WHEN record.occurred_on = day_of(record.created_at) THEN record.created_at
                    WHEN told.became = 'usable' THEN day_begins(record.occurred_on)
                    ELSE day_begins(record.occurred_on + 1) END AS since
          FROM device_records record
         CROSS JOIN LATERAL (SELECT CASE record.kind WHEN 'disposal' THEN 'disposed' ELSE record.changes #>> '{condition,1}' END,
                                    coalesce(record.changes #>> '{condition,0}', 'usable')) told (became, was)
         WHERE record.device_id = device AND told.became IS NOT NULL
    )
    SELECT coalesce((SELECT change.became FROM change WHERE change.since <= at
                      ORDER BY change.occurred_on DESC, change.id DESC LIMIT 1),
                    (SELECT change.was FROM change ORDER BY change.occurred_on, change.id LIMIT 1),
                    (SELECT held_device.condition FROM devices held_device WHERE held_device.id = device))
$$;

-- What the rules ask of a device for a use that begins at one time and lasts until another: its condition, whether it is out
-- (`no`, `out`, `overdue`), reserved, and whether its last return before was not locked away nor put right by then. `late`: of
-- a use that is written down afterwards, as things stood then. `entry`: the use's own, when it is on record already; it stands in
-- no way of itself. The truth, whatever the caller sees; called once the caller has seen the device or the entry.
CREATE OR REPLACE FUNCTION api.device_at(device uuid, began timestamptz, until timestamptz, late boolean, entry uuid DEFAULT NULL,
                              OUT kind text, OUT condition text, OUT occupied text, OUT reserved boolean, OUT unsecured boolean)
RETURNS record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    kind := (SELECT held_device.kind FROM devices held_device WHERE held_device.id = device);
    IF late THEN
        condition := condition_of(device, began);
        -- A use that ended as it began may lie beside another, and not in one.
        occupied := CASE WHEN EXISTS (SELECT FROM device_occupations occupation
                                       WHERE occupation.device_id = device AND occupation.kind = 'check_out'
                                         AND (occupation.during && tstzrange(began, until)
                                              OR occupation.during @> began AND lower(occupation.during) < began
                                              OR occupation.open AND lower(occupation.during) < until))
                           OR EXISTS (SELECT FROM usage_states state
                                       WHERE state.device_id = device AND state.out_at > began AND state.out_at < until)
                         THEN 'out' ELSE 'no' END;
    ELSE
        condition := (SELECT held_device.condition FROM devices held_device WHERE held_device.id = device);
        occupied := coalesce((SELECT CASE WHEN upper(occupation.during) <= began THEN 'overdue' ELSE 'out' END
                                FROM device_occupations occupation
                               WHERE occupation.device_id = device AND occupation.kind = 'check_out' AND occupation.open), 'no');
    END IF;
    reserved := EXISTS (SELECT FROM device_occupations occupation
                         WHERE occupation.device_id = device AND occupation.kind = 'reservation'
                           AND occupation.during && tstzrange(began, until));
    unsecured := coalesce((SELECT NOT state.locked AND coalesce(state.storage_confirmed_at > began, true)
                             FROM usage_states state
                            WHERE state.device_id = device AND state.out_at <= began AND state.returned_at <= began
                              AND state.locked IS NOT NULL AND state.id IS DISTINCT FROM entry
                            ORDER BY state.out_at DESC, state.returned_at DESC LIMIT 1), false);
END $$;

-- Everything that happens to entries happens under the locks of their months and of their devices, in this order.
CREATE OR REPLACE FUNCTION api.hold_uses(entries uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.hold_ledger(held.department_id, held.month)
       FROM (SELECT DISTINCT state.department_id, state.month FROM usage_states state WHERE state.id = ANY (entries)
              ORDER BY state.department_id, state.month) held;
    PERFORM api.hold_devices(ARRAY(SELECT state.device_id FROM usage_states state WHERE state.id = ANY (entries)));
END $$;

-- What a use holds of its device, by the present values of all uses alone: from when it was taken out until it came back or
-- is due, and after an overdue return until the reservation that came next. It is open while it is not returned and nobody
-- has taken the device out since: a late entry gives way to the use that began after it, even before its return is recorded.
CREATE OR REPLACE FUNCTION api.occupation(use kiki.usage_states) RETURNS TABLE (open boolean, during tstzrange)
LANGUAGE sql STABLE AS $$
    SELECT use.returned_at IS NULL AND NOT EXISTS (SELECT FROM kiki.usage_states later
                                                    WHERE later.device_id = use.device_id AND later.out_at > use.out_at),
           tstzrange(use.out_at, CASE WHEN use.returned_at IS NULL THEN use.due_at ELSE greatest(use.out_at, least(
               use.returned_at, (SELECT min(lower(taken.during)) FROM kiki.device_occupations taken
                                  WHERE taken.device_id = use.device_id AND taken.kind = 'reservation'
                                    AND lower(taken.during) >= use.due_at))) END)
$$;

-- After anything that happened to these entries: what they hold, and which use of their devices is open. The open one comes
-- last, as a device has one at the most.
CREATE OR REPLACE FUNCTION api.occupy(entries uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    INSERT INTO device_occupations AS occupation (id, device_id, department_id, kind, open, during)
    SELECT state.id, state.device_id, state.department_id, 'check_out', held.open, held.during
      FROM (SELECT unnest(entries)
             UNION
            SELECT other.id FROM usage_states touched
              JOIN usage_states other ON other.device_id = touched.device_id AND other.returned_at IS NULL
             WHERE touched.id = ANY (entries)) concerned (id)
      JOIN usage_states state USING (id) CROSS JOIN LATERAL api.occupation(state) held
     ORDER BY held.open
        ON CONFLICT (id) DO UPDATE SET open = excluded.open, during = excluded.during
           WHERE (occupation.open, occupation.during) IS DISTINCT FROM (excluded.open, excluded.during);
    -- A use that ended as it began holds nothing that the constraint could see, and yet lies in no other.
    PERFORM api.refuse('device-occupied')
       FROM unnest(entries) entry (id) JOIN device_occupations mine USING (id) JOIN usage_states state USING (id)
      WHERE (EXISTS (SELECT FROM usage_states inside
                      WHERE inside.device_id = state.device_id AND inside.out_at > state.out_at
                        AND inside.out_at < upper(mine.during))
             OR isempty(mine.during)
                AND EXISTS (SELECT FROM device_occupations around
                             WHERE around.device_id = state.device_id AND around.kind = 'check_out'
                               AND around.during @> state.out_at AND lower(around.during) < state.out_at));
END $$;

-- A month that was closed takes what says that it comes after (addendum_reason), and no month that is open takes that.
CREATE OR REPLACE FUNCTION api.begin_usage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.hold_ledger(new_row.department_id, new_row.month)
       FROM (SELECT DISTINCT department_id, month FROM new_rows ORDER BY department_id, month) new_row;
    -- A statement of its own sees what was committed while that one waited.
    IF EXISTS (SELECT FROM new_rows new_row WHERE new_row.addendum_reason IS NULL
                                              AND (SELECT true FROM ledger_closures closure
                                                    WHERE closure.department_id = new_row.department_id
                                                      AND closure.month = new_row.month)) THEN
        PERFORM api.refuse('month-closed');
    ELSIF EXISTS (SELECT FROM new_rows new_row WHERE new_row.addendum_reason IS NOT NULL
                                                 AND NOT api.month_closed(new_row.department_id, new_row.month)) THEN
        RAISE EXCEPTION 'an addendum to a month that is open';
    END IF;
    INSERT INTO usage_states (id, department_id, device_id, month, user_staff_id, user_name, user_title, user_department_id,
                              user_department_name, purpose, purpose_note, partner_organisation, out_at, due_at, accessories,
                              verdict, findings, not_judged, regulation_version, rules_of, judged_at)
    SELECT id, department_id, device_id, month, user_staff_id, user_name, user_title, user_department_id,
           user_department_name, purpose, purpose_note, partner_organisation, out_at, due_at, accessories,
           verdict, findings, not_judged, regulation_version, rules_of, created_at
      FROM new_rows;
    -- What was written down together with its return holds the device once that has settled.
    PERFORM api.occupy(ARRAY(SELECT new_row.id FROM new_rows new_row
                              WHERE NOT EXISTS (SELECT FROM usage_returns back WHERE back.usage_entry_id = new_row.id)));
    RETURN NULL;
END $$;

-- What is added settles into the state, which so has the present value of everything: what a correction changes, all
-- later steps go by, and by what the rules say of the use as corrected. A user put right is named as of the day of use, and
-- so is one whose day was put right. A confirmation is of the entry as it stood: the next correction takes it back.
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
        UPDATE usage_states state SET version = state.version + 1, due_at = new_row.due_at,
               extensions = state.extensions || jsonb_build_array(jsonb_build_object(
                   'due_at', new_row.due_at, 'reason', new_row.reason, 'extended_at', new_row.created_at,
                   'extended_by', new_row.recorded_by))
          FROM new_rows new_row WHERE state.id = new_row.usage_entry_id AND state.department_id = new_row.department_id;
    ELSIF TG_TABLE_NAME = 'usage_storage_confirmations' THEN
        UPDATE usage_states state
           SET version = state.version + 1, storage_confirmed_at = new_row.confirmed_at,
               storage_confirmed_by_id = new_row.recorded_by_id, storage_confirmed_by = new_row.recorded_by,
               storage_confirmed_location_id = new_row.storage_location_id, storage_confirmation_remarks = new_row.remarks
          FROM new_rows new_row WHERE state.id = new_row.usage_entry_id AND state.department_id = new_row.department_id;
    ELSIF TG_TABLE_NAME = 'usage_confirmations' THEN
        UPDATE usage_states state
           SET version = state.version + 1, confirmed_at = new_row.confirmed_at, confirmed_by_id = new_row.confirmed_by_id,
               confirmed_for_id = new_row.acting_for_id, own_use_confirmed = new_row.own_use,
               own_correction_confirmed = new_row.own_correction, confirmed_by = new_row.confirmed_by,
               confirmation_remarks = new_row.remarks
          FROM new_rows new_row
         WHERE state.id = new_row.usage_entry_id AND state.department_id = new_row.department_id
           AND state.corrections = new_row.corrections;
    ELSE
        UPDATE usage_states state
           SET version = state.version + 1, corrections = state.corrections + 1,
               own_correction = state.own_correction OR new_row.own_correction,
               confirmed_at = NULL, confirmed_by_id = NULL, confirmed_for_id = NULL, own_use_confirmed = NULL,
               own_correction_confirmed = NULL, confirmed_by = NULL, confirmation_remarks = NULL,
               corrected = state.corrected || jsonb_build_object(new_row.field, new_row.new_value),
               recorded = jsonb_build_object(new_row.field, new_row.old_value) || state.recorded,
               (out_at, returned_at, user_staff_id, purpose, purpose_note, partner_organisation, accessories,
                storage_location_id, locked, abnormality, remarks, verdict, findings, not_judged, regulation_version, rules_of,
                judged_at) = (
                   SELECT given.out_at, given.returned_at, given.user_staff_id, given.purpose, given.purpose_note,
                          given.partner_organisation, given.accessories, given.storage_location_id, given.locked,
                          given.abnormality, given.remarks, given.verdict, given.findings, given.not_judged,
                          given.regulation_version, given.rules_of, given.judged_at
                     FROM jsonb_populate_record(state, jsonb_build_object(new_row.field, new_row.new_value)
                                                           || coalesce(new_row.new_judgement, '{}')) given)
          FROM new_rows new_row WHERE state.id = new_row.usage_entry_id AND state.department_id = new_row.department_id;
    END IF;
    GET DIAGNOSTICS settled = ROW_COUNT;
    IF TG_TABLE_NAME = 'usage_corrections' THEN
        UPDATE usage_states state
           SET recorded = jsonb_build_object('user_name', state.user_name, 'user_title', state.user_title,
                                             'user_department_id', state.user_department_id,
                                             'user_department_name', state.user_department_name) || state.recorded,
               (user_name, user_title, user_department_id, user_department_name) = (
                   SELECT borrower.name, borrower.title, borrower.department_id, borrower.department_name
                     FROM api.user_on(state.user_staff_id, api.day_of(state.out_at)) borrower)
          FROM new_rows new_row
         WHERE state.id = new_row.usage_entry_id
           AND (new_row.field = 'user_staff_id' OR new_row.field = 'out_at'
                AND api.day_of((new_row.old_value #>> '{}')::timestamptz) <> api.day_of(state.out_at));
    END IF;
    IF settled <> (SELECT count(*) FROM new_rows) THEN
        RAISE EXCEPTION 'a row of % is not of its entry as that stands', TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION api.occupy_device() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.occupy(ARRAY(SELECT new_row.usage_entry_id FROM new_rows new_row));
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

SELECT api.let_execute('kiki_service', 'device_at', 'hold_ledger', 'hold_uses', 'holder', 'serves', 'usage_status',
    'user_on', 'place_of');
