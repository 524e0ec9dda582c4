-- Departments (art2.4): the tree, and what must hold of one while others are decided by it.

SELECT api.track('kiki.departments');
SELECT api.admit('kiki.departments', 'true', $$(SELECT api.may('operator', 'organisation:write'))$$);

-- The order of locks within the organisation: the tree of departments, posts, departments, staff; each kind by id. Months
-- of the ledger, devices and meetings come before all of them, places where things are kept after (tests/harness/locks.py
-- has the whole list). What only refers to a row, or is decided by its state, holds it FOR KEY SHARE; a change of what
-- decides holds it FOR UPDATE; any other change does not stop those who refer to it.

-- Before a change of where a department stands, whether it is a 所属 or until when it is there: such changes are made one
-- at a time, as two that make a ring only together must see each other. With NULL for a new department.
CREATE OR REPLACE FUNCTION api.hold_tree(department uuid) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.hold('departments');
    PERFORM FROM departments WHERE id = ANY (ARRAY(
        WITH RECURSIVE below (id) AS (
            SELECT department
             UNION
            SELECT unit.id FROM below JOIN departments unit ON unit.parent_id = below.id)
        SELECT id FROM below)) ORDER BY id FOR UPDATE;
END $$;

-- Before a write that is decided by the state of these departments. The next statement sees what others have committed.
CREATE OR REPLACE FUNCTION api.hold_departments(ids uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM FROM departments WHERE id = ANY (ids) ORDER BY id FOR KEY SHARE;
END $$;

-- Before a change of who holds these posts, for `people` and those who hold them already.
CREATE OR REPLACE FUNCTION api.hold_posts(ids uuid[], people uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM FROM posts WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
    PERFORM api.hold_departments(ARRAY(SELECT post.department_id FROM posts post WHERE post.id = ANY (ids)));
    PERFORM FROM staff
      WHERE id = ANY (people || ARRAY(SELECT assignment.staff_id FROM post_assignments assignment
                                       WHERE assignment.post_id = ANY (ids)))
      ORDER BY id FOR NO KEY UPDATE;
END $$;

-- A tree: following the parents never comes back, and what is below something is not there longer. The nearest 所属 is
-- settled before the row is written.
CREATE OR REPLACE FUNCTION api.settle_department() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    -- Waiting here, with the row locked, could close a circle: who comes without api.hold_tree begins again.
    IF NOT pg_try_advisory_xact_lock(hashtextextended('departments', 0)) THEN
        RAISE EXCEPTION USING ERRCODE = 'serialization_failure', MESSAGE = 'another change of the tree of departments';
    END IF;
    PERFORM FROM departments WHERE id = NEW.id FOR UPDATE;
    IF EXISTS (
        WITH RECURSIVE above (id, parent_id) AS (
            SELECT id, parent_id FROM departments WHERE id = NEW.parent_id
            UNION ALL
            SELECT department.id, department.parent_id FROM above JOIN departments department ON department.id = above.parent_id
             WHERE above.id <> NEW.id
        )
        SELECT FROM above WHERE id = NEW.id
    ) THEN
        PERFORM api.refuse('value-not-accepted', '/parent_id', 'ring');
    ELSIF EXISTS (SELECT FROM departments parent WHERE parent.id = NEW.parent_id
                  AND NOT api.serves_on(parent.abolished_on, coalesce(NEW.abolished_on, 'infinity') - 1)) THEN
        IF TG_OP = 'UPDATE' AND NEW.parent_id = OLD.parent_id THEN
            PERFORM api.refuse('not-in-this-state');
        END IF;
        PERFORM api.refuse('reference-not-found', '/parent_id', 'not_found');
    ELSIF EXISTS (SELECT FROM departments department WHERE department.parent_id = NEW.id
                  AND NOT api.serves_on(NEW.abolished_on, coalesce(department.abolished_on, 'infinity') - 1)) THEN
        PERFORM api.refuse('not-in-this-state');
    END IF;
    NEW.shozoku_id := CASE WHEN NEW.is_shozoku THEN NEW.id
                           ELSE (SELECT department.shozoku_id FROM departments department
                                  WHERE department.id = NEW.parent_id) END;
    RETURN NEW;
END $$;
CREATE TRIGGER departments_settle_insert BEFORE INSERT ON kiki.departments
    FOR EACH ROW EXECUTE FUNCTION api.settle_department();
CREATE TRIGGER departments_settle_update BEFORE UPDATE ON kiki.departments FOR EACH ROW
    WHEN ((OLD.parent_id, OLD.is_shozoku, OLD.abolished_on) IS DISTINCT FROM (NEW.parent_id, NEW.is_shozoku, NEW.abolished_on))
    EXECUTE FUNCTION api.settle_department();

-- A department that holds equipment has a usage manager (art2.4): it stays a 所属, and is there until the equipment has
-- gone. api.check_placed is the other side of it.
CREATE OR REPLACE FUNCTION api.guard_department() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM FROM departments WHERE id = NEW.id FOR UPDATE;
    IF EXISTS (SELECT FROM placements placement WHERE placement.department_id = NEW.id
                  AND placement.during && tstzrange(CASE WHEN NEW.abolished_on < api.today() THEN api.day_begins(NEW.abolished_on)
                                                         ELSE api.clock() END, NULL)) THEN
        PERFORM api.refuse('not-in-this-state');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER departments_guard BEFORE UPDATE ON kiki.departments FOR EACH ROW
    WHEN (OLD.is_shozoku AND NOT NEW.is_shozoku
          OR NEW.abolished_on IS NOT NULL AND OLD.abolished_on IS DISTINCT FROM NEW.abolished_on)
    EXECUTE FUNCTION api.guard_department();

SELECT api.let_execute('kiki_service', 'hold_departments', 'hold_posts', 'hold_tree');
