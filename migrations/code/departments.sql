-- Departments (art2.4): the tree, and what must hold of one while others are decided by it.

SELECT api.track('kiki.department_records');
SELECT api.admit('kiki.department_records', 'true', $$(SELECT api.may('operator', 'organisation:write'))$$);
SELECT api.track('kiki.department_terms');
SELECT api.admit('kiki.department_terms', 'true', $$(SELECT api.may('operator', 'organisation:write'))$$);
SELECT api.protect('kiki.department_days');
CREATE POLICY readers ON kiki.department_days FOR SELECT TO kiki_service USING (true);
GRANT SELECT ON kiki.department_days TO kiki_service;

-- The order of locks within the organisation: the tree of departments, posts, departments, staff; each kind by id. Months
-- of the ledger, devices and meetings come before all of them, places where things are kept after (tests/harness/locks.py
-- has the whole list). What only refers to a row, or is decided by its state, holds it FOR KEY SHARE; a change of what
-- decides holds it FOR UPDATE; any other change does not stop those who refer to it.

-- These departments and those that stand below them, on any day.
CREATE OR REPLACE FUNCTION api.below(departments uuid[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    WITH RECURSIVE below (id) AS (
        SELECT unnest(departments)
         UNION
        SELECT term.department_id FROM below JOIN department_terms term ON term.parent_id = below.id)
    SELECT ARRAY(SELECT id FROM below)
$$;

-- Before a change of departments: such changes are made one at a time, as two that make a ring only together must see each
-- other. With NULL for a new department.
CREATE OR REPLACE FUNCTION api.hold_tree(department uuid) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.hold('departments');
    PERFORM FROM department_records WHERE id = ANY (api.below(ARRAY[department])) ORDER BY id FOR UPDATE;
END $$;

-- Before a write that is decided by the state of these departments. The next statement sees what others have committed.
CREATE OR REPLACE FUNCTION api.hold_departments(ids uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM FROM department_records WHERE id = ANY (ids) ORDER BY id FOR KEY SHARE;
END $$;

-- Before a change of these posts or of who holds them, for `people` and those who hold them already, and for the departments
-- to which they come.
CREATE OR REPLACE FUNCTION api.hold_posts(ids uuid[], people uuid[], places uuid[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM FROM post_records WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
    PERFORM api.hold_departments(places || ARRAY(SELECT term.department_id FROM post_terms term WHERE term.post_id = ANY (ids)));
    PERFORM FROM staff_records
      WHERE id = ANY (people || ARRAY(SELECT assignment.staff_id FROM post_assignments assignment
                                       WHERE assignment.post_id = ANY (ids)))
      ORDER BY id FOR NO KEY UPDATE;
END $$;

-- A tree on every day: following the parents never comes back, and what is below something is there no longer than that.
CREATE OR REPLACE FUNCTION api.check_tree(changed uuid[], fault text) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    -- Waiting here, with the rows locked, could close a circle: who comes without api.hold_tree begins again.
    IF NOT pg_try_advisory_xact_lock(hashtextextended('departments', 0)) THEN
        RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = 'another change of the tree of departments';
    END IF;
    IF EXISTS (
        WITH RECURSIVE above (from_id, id, during) AS (
            SELECT term.department_id, term.parent_id, term.during FROM department_terms term
             WHERE term.department_id = ANY (changed) AND term.parent_id IS NOT NULL
             UNION
            SELECT above.from_id, term.parent_id, above.during * term.during
              FROM above JOIN department_terms term ON term.department_id = above.id AND term.during && above.during
             WHERE above.id <> above.from_id AND term.parent_id IS NOT NULL)
        SELECT FROM above WHERE above.id = above.from_id) THEN
        PERFORM api.refuse('value-not-accepted', '/parent_id', 'ring');
    ELSIF EXISTS (SELECT FROM department_terms term JOIN department_records parent ON parent.id = term.parent_id
                    JOIN department_records record ON record.id = term.department_id
                   WHERE (term.department_id = ANY (changed) OR term.parent_id = ANY (changed))
                     AND NOT term.during * record.there <@ parent.there) THEN
        IF fault = 'not_found' THEN
            PERFORM api.refuse('reference-not-found', '/parent_id', 'not_found');
        END IF;
        PERFORM api.refuse('not-in-this-state');
    END IF;
END $$;

-- A department that holds equipment has a usage manager (art2.4): it stays a 所属, and is there until the equipment has
-- gone. What was on days past is not asked. api.check_placed is the other side of it.
CREATE OR REPLACE FUNCTION api.check_holders(changed uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM FROM department_records WHERE id = ANY (changed) ORDER BY id FOR UPDATE;
    IF EXISTS (SELECT FROM placements placement JOIN department_terms term ON term.department_id = placement.department_id
                WHERE placement.department_id = ANY (changed) AND NOT term.is_shozoku AND term.ends_on >= api.today()
                  AND placement.during && tstzrange(greatest(api.clock(), api.day_begins(term.begins_on)),
                                                    api.day_begins(term.ends_on + 1))) THEN
        PERFORM api.refuse('not-in-this-state');
    END IF;
END $$;

-- The days of these departments and of those below, made anew of the terms: each term climbs to the nearest 所属 through the
-- terms of what is above it on its days. What has begun is never joined again, so that their number rises with each day on
-- which something turns. Returns those of which it is not the same 所属 on some day.
CREATE OR REPLACE FUNCTION api.settle_days(changed uuid[]) RETURNS uuid[] LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    affected uuid[] := api.below(changed);
    was department_days[] := ARRAY(SELECT place FROM department_days place WHERE place.department_id = ANY (affected));
    fresh department_days[];
BEGIN
    WITH RECURSIVE climb (term_id, at_id, parent_id, is_shozoku, during) AS (
        SELECT term.id, term.department_id, term.parent_id, term.is_shozoku, term.during FROM department_terms term
         WHERE term.department_id = ANY (affected)
         UNION
        SELECT climb.term_id, term.department_id, term.parent_id, term.is_shozoku, climb.during * term.during
          FROM climb JOIN department_terms term ON term.department_id = climb.parent_id AND term.during && climb.during
         WHERE NOT climb.is_shozoku
    ), nearest AS (
        SELECT term_id, CASE WHEN is_shozoku THEN at_id END AS shozoku_id, during FROM climb WHERE is_shozoku OR parent_id IS NULL
    )
    SELECT array_agg(ROW (term.department_id, lower(nearest.during),
                          CASE WHEN upper_inc(nearest.during) THEN upper(nearest.during) ELSE upper(nearest.during) - 1 END,
                          term.code, term.name, term.kind, term.parent_id, term.is_shozoku, nearest.shozoku_id,
                          term.sought)::department_days)
      INTO fresh FROM nearest JOIN department_terms term ON term.id = nearest.term_id;
    DELETE FROM department_days place WHERE place.department_id = ANY (affected) AND place <> ALL (fresh);
    INSERT INTO department_days SELECT element.* FROM unnest(fresh) element WHERE element <> ALL (was);
    RETURN ARRAY(
        WITH before AS (
            SELECT place.department_id, place.is_shozoku, place.shozoku_id,
                   range_agg(daterange(place.begins_on, place.ends_on, '[]'))
              FROM unnest(was) place GROUP BY 1, 2, 3
        ), later AS (
            SELECT place.department_id, place.is_shozoku, place.shozoku_id,
                   range_agg(daterange(place.begins_on, place.ends_on, '[]'))
              FROM unnest(fresh) place GROUP BY 1, 2, 3
        )
        SELECT department_id FROM (SELECT * FROM before EXCEPT SELECT * FROM later) gone
         UNION
        SELECT department_id FROM (SELECT * FROM later EXCEPT SELECT * FROM before) come);
END $$;

-- What follows from terms of departments, once they are all there. The version of a department rises with its terms, and with
-- its 所属.
CREATE OR REPLACE FUNCTION api.settle_departments() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    changed uuid[] := ARRAY(SELECT DISTINCT new_row.department_id FROM new_rows new_row);
    moved uuid[];
BEGIN
    IF changed = '{}' THEN
        RETURN NULL;
    END IF;
    PERFORM api.check_tree(changed, 'not_found');
    PERFORM api.check_holders(changed);
    moved := api.settle_days(changed);
    UPDATE department_records SET updated_at = api.now() WHERE id = ANY (changed || moved) AND created_at <> api.now();
    PERFORM api.settle_callers_of(moved, moved);
    RETURN NULL;
END $$;
CREATE TRIGGER department_terms_settle_insert AFTER INSERT ON kiki.department_terms REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_departments();
CREATE TRIGGER department_terms_settle_update AFTER UPDATE ON kiki.department_terms REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_departments();

-- Nothing of a department that is no more is left to nobody: what it has goes to the one that comes after it, or it has
-- nothing. Another day of its end than that of its succession takes the succession back, until it has been taken over.
CREATE OR REPLACE FUNCTION api.check_end(record kiki.department_records) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    found jsonb;
BEGIN
    IF EXISTS (SELECT FROM department_successions succession WHERE succession.department_id = record.id
                  AND (succession.succeeds_on = record.abolished_on OR succession.taken_over_at IS NOT NULL)) THEN
        IF EXISTS (SELECT FROM department_successions succession WHERE succession.department_id = record.id
                      AND succession.succeeds_on IS DISTINCT FROM record.abolished_on) THEN
            PERFORM api.refuse('not-in-this-state');
        END IF;
        RETURN;
    END IF;
    DELETE FROM department_successions WHERE department_id = record.id;
    IF api.serves_on(record.abolished_on, 'infinity') THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM department_successions succession
                WHERE succession.to_department_id = record.id AND succession.taken_over_at IS NULL) THEN
        PERFORM api.refuse('not-in-this-state');
    END IF;
    found := api.left_behind(record.id, record.abolished_on - 1);
    IF found IS NOT NULL THEN
        PERFORM api.refuse('department-in-use', NULL, NULL, found);
    END IF;
END $$;

-- From when and until when a department is there. Equipment that it held until a day that is past shows that it was there.
CREATE OR REPLACE FUNCTION api.settle_there() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM FROM department_records WHERE id = NEW.id FOR UPDATE;
    IF OLD.abolished_on IS DISTINCT FROM NEW.abolished_on THEN
        PERFORM api.check_end(NEW);
    END IF;
    PERFORM api.check_tree(ARRAY[NEW.id], 'not_in_this_state');
    UPDATE department_terms SET there = (SELECT record.there FROM department_records record WHERE record.id = NEW.id)
     WHERE department_id = NEW.id;
    PERFORM api.settle_callers_of('{}', ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE TRIGGER department_records_there AFTER UPDATE ON kiki.department_records FOR EACH ROW
    WHEN ((OLD.established_on, OLD.abolished_on) IS DISTINCT FROM (NEW.established_on, NEW.abolished_on))
    EXECUTE FUNCTION api.settle_there();

SELECT api.let_execute('kiki_service', 'hold_departments', 'hold_posts', 'hold_tree');
