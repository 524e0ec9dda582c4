-- What becomes of a department's things when it is no more (art2.4): another one has them from its day on.

SELECT api.track('kiki.department_successions');
SELECT api.admit('kiki.department_successions', 'true', $$(SELECT api.may('operator', 'organisation:write'))$$);

-- Moves what the department holds to the one that comes after it, and the places where it is kept. What is out stays so.
CREATE OR REPLACE FUNCTION api.move_equipment(due kiki.department_successions) RETURNS void LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
DECLARE
    line uuid[] := api.line_of(due.to_department_id, due.succeeds_on);
    successor uuid := line[cardinality(line)];
    why text := '所属の承継（' || due.order_number || '）';
    told bigint;
BEGIN
    PERFORM FROM devices WHERE department_id = due.department_id ORDER BY id FOR NO KEY UPDATE;
    PERFORM FROM department_records WHERE id IN (due.department_id, successor) ORDER BY id FOR KEY SHARE;
    INSERT INTO storage_locations (department_id, name, lockable, remarks)
    SELECT successor, place.name, place.lockable, place.remarks FROM storage_locations place
     WHERE place.department_id = due.department_id AND api.serves_on(place.abolished_on, due.succeeds_on)
       AND NOT EXISTS (SELECT FROM storage_locations own
                        WHERE own.department_id = successor AND api.folded(own.name) = api.folded(place.name));
    WITH ended AS (
        UPDATE placements SET during = tstzrange(lower(during), greatest(api.day_begins(due.succeeds_on),
                                                                         lower(during) + interval '1 microsecond'))
         WHERE department_id = due.department_id AND upper_inf(during)
        RETURNING *
    ), moved AS (
        INSERT INTO placements (device_id, department_id, during, storage_location_id, reason, decided_by_id, decided_by)
        SELECT ended.device_id, successor, tstzrange(upper(ended.during), NULL),
               (SELECT own.id FROM devices device JOIN storage_locations place ON place.id = device.storage_location_id
                  JOIN storage_locations own ON own.department_id = successor AND api.folded(own.name) = api.folded(place.name)
                      AND api.serves_on(own.abolished_on, api.today())
                 WHERE device.id = ended.device_id),
               why, due.decided_by_id, due.decided_by
          FROM ended
        RETURNING *
    ), reported AS (
        INSERT INTO placement_reports (device_id, placement_id, kind, from_department_id, to_department_id, reason,
                                       reported_by_id, reported_by)
        SELECT moved.device_id, moved.id, 'change', due.department_id, successor, why, due.decided_by_id, due.decided_by
          FROM moved
    )
    SELECT count(api.emit('device.placed', 'placements/' || moved.id, successor,
                          json_build_object('id', moved.id, 'device_id', moved.device_id, 'department_id', successor,
                                            'reason', why)))
      INTO told FROM moved;
    UPDATE storage_locations SET abolished_on = due.succeeds_on
     WHERE department_id = due.department_id AND api.serves_on(abolished_on, due.succeeds_on);
    UPDATE department_successions SET taken_over_at = api.now() WHERE id = due.id;
END $$;

-- The first request of the day has the successions of that day done before its own work. Whoever comes at the same time waits
-- for it. One that cannot be done keeps nobody from his work: it is tried again, and the operator is told by a task.
CREATE OR REPLACE FUNCTION api.take_over() RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    due department_successions;
BEGIN
    PERFORM set_config('kiki.operation', 'succeed_department', true), set_config('kiki.caller_kind', 'system', true),
            set_config('kiki.caller', '', true);
    FOR due IN SELECT * FROM department_successions WHERE taken_over_at IS NULL AND moves_at <= api.now()
                ORDER BY succeeds_on, id FOR UPDATE LOOP
        BEGIN
            PERFORM api.move_equipment(due);
        EXCEPTION
            WHEN lock_not_available OR deadlock_detected OR serialization_failure OR query_canceled THEN
                RAISE;
            WHEN OTHERS THEN
                RAISE WARNING 'succession % is not done: % %', due.id, SQLSTATE, SQLERRM;
                UPDATE department_successions SET moves_at = api.now() + interval '1 minute' WHERE id = due.id;
        END;
    END LOOP;
END $$;

-- Who serves and who manages turns with it.
CREATE OR REPLACE FUNCTION api.settle_succession() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    line uuid[] := ARRAY(SELECT unnest(api.line_of(OLD.to_department_id, 'infinity'))
                          UNION SELECT unnest(api.line_of(NEW.to_department_id, 'infinity')));
BEGIN
    PERFORM api.settle_callers_of(ARRAY(SELECT DISTINCT place.department_id FROM department_days place
                                         WHERE place.shozoku_id = ANY (line)), line);
    RETURN NULL;
END $$;
CREATE TRIGGER department_successions_settle_insert AFTER INSERT ON kiki.department_successions
    FOR EACH ROW EXECUTE FUNCTION api.settle_succession();
CREATE TRIGGER department_successions_settle_update AFTER UPDATE ON kiki.department_successions FOR EACH ROW
    WHEN ((OLD.to_department_id, OLD.succeeds_on) IS DISTINCT FROM (NEW.to_department_id, NEW.succeeds_on))
    EXECUTE FUNCTION api.settle_succession();
CREATE TRIGGER department_successions_settle_delete AFTER DELETE ON kiki.department_successions
    FOR EACH ROW EXECUTE FUNCTION api.settle_succession();

-- What a department still has that somebody must answer for when it is no more: {devices, open_uses, open_months, meetings}.
-- NULL when there is nothing.
CREATE OR REPLACE FUNCTION api.left_behind(department uuid, last_on date) RETURNS jsonb LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
    SELECT nullif(jsonb_strip_nulls(jsonb_build_object(
        'devices', (SELECT nullif(count(DISTINCT placement.device_id), 0) FROM placements placement
                     WHERE placement.department_id = department
                       AND placement.during && tstzrange(CASE WHEN last_on < api.today() - 1 THEN api.day_begins(last_on + 1)
                                                              ELSE api.clock() END, NULL)),
        'open_uses', (SELECT nullif(count(*), 0) FROM usage_states state
                       WHERE state.department_id = department
                         AND (state.returned_at IS NULL OR state.unsecured OR state.confirmed_at IS NULL)),
        'open_months', (SELECT nullif(count(*), 0)
                          FROM api.open_months(department, (api.month_of(api.now()) + interval '1 month')::date)),
        'meetings', (SELECT nullif(count(*), 0) FROM meetings meeting
                      WHERE meeting.department_id = department AND meeting.status IN ('planned', 'held')))), '{}')
$$;

-- What is added to an entry after a succession names a place of the one or the other.
CREATE OR REPLACE FUNCTION api.check_place() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows new_row JOIN storage_locations place ON place.id = new_row.storage_location_id
                WHERE place.department_id <> new_row.department_id
                  AND place.department_id <> ALL (api.line_of(new_row.department_id, api.today()))) THEN
        RAISE EXCEPTION 'a place of another department';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER usage_returns_check_place AFTER INSERT ON kiki.usage_returns REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.check_place();
CREATE TRIGGER usage_storage_confirmations_check_place AFTER INSERT ON kiki.usage_storage_confirmations
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION api.check_place();


