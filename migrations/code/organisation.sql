-- Staff, posts and their holders (art2, art3.1.1), API clients, settings, versions of the regulation.

SELECT api.track('kiki.staff_records');
SELECT api.admit('kiki.staff_records', 'true', $$(SELECT api.may('operator', 'organisation:write'))$$);
SELECT api.track('kiki.staff_names');
SELECT api.admit('kiki.staff_names', 'true', $$(SELECT api.may('operator', 'organisation:write'))$$);
SELECT api.track('kiki.staff_transfers');
SELECT api.admit('kiki.staff_transfers', 'true', $$(SELECT api.may('operator', 'organisation:write'))$$);
SELECT api.track('kiki.post_records');
SELECT api.admit('kiki.post_records', 'true', $$(SELECT api.may('operator', 'organisation:write'))$$);
SELECT api.track('kiki.post_terms');
SELECT api.admit('kiki.post_terms', 'true', $$(SELECT api.may('operator', 'organisation:write'))$$);
SELECT api.track('kiki.api_clients');
SELECT api.admit('kiki.api_clients', $$(SELECT api.sees_all() OR api.may('operator')) OR id = (SELECT api.caller())$$,
    $$(SELECT api.may('operator'))$$);

SELECT api.track('kiki.settings');
GRANT SELECT, UPDATE ON kiki.settings TO kiki_service;

SELECT api.track('kiki.settings_changes');
GRANT SELECT, INSERT ON kiki.settings_changes TO kiki_service;

SELECT api.track('kiki.regulation_versions');
GRANT SELECT, INSERT ON kiki.regulation_versions TO kiki_service;

CREATE OR REPLACE FUNCTION api.holds_post(staff uuid, post uuid, day date) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT EXISTS (SELECT FROM post_assignments assignment
                    WHERE assignment.post_id = post AND assignment.staff_id = staff AND assignment.kind = 'regular'
                      AND assignment.during @> day)
$$;
-- By what right the caller fills a post (art2): `naming` an acting holder of the own post or, as general manager, of any
-- other; by `order`, as operator, a regular holder, and one who acts for the general manager. NULL: by none.
CREATE OR REPLACE FUNCTION api.right_to_assign(post uuid, kind text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN kind = 'acting' AND (api.holds_post(api.staff_id(), office.id, api.today())
                                  OR api.may('general_manager') AND office.role IS DISTINCT FROM 'general_manager')
        THEN 'naming'
        WHEN (kind = 'regular' OR office.role = 'general_manager') AND api.may('operator', 'organisation:write')
        THEN 'order'
    END
      FROM kiki.posts office WHERE office.id = post
$$;
SELECT api.track('kiki.post_assignments');
SELECT api.admit('kiki.post_assignments', 'true',
    $$api.right_to_assign(post_id, kind) IS NOT NULL$$);

-- Who names an acting holder of the own post does so for days on which he holds it.
CREATE OR REPLACE FUNCTION api.within_own_term(post uuid, first date, last date) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT EXISTS (SELECT FROM post_assignments assignment
                    WHERE assignment.post_id = post AND assignment.staff_id = api.staff_id() AND assignment.kind = 'regular'
                      AND assignment.during @> first AND assignment.during @> last)
$$;

-- Whether what the caller gives this member of staff he would give himself: he is the caller, or has been an operator and
-- the caller is a system. An operator enrols those, so he could have had it ask.
CREATE OR REPLACE FUNCTION api.by_own_hand(staff uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE api.context('caller_kind')
        WHEN 'staff' THEN staff = api.caller()
        ELSE EXISTS (SELECT FROM kiki.post_assignments assignment JOIN kiki.post_terms term ON term.post_id = assignment.post_id
                      WHERE assignment.staff_id = staff AND term.role = 'operator' AND term.during && assignment.during
                        AND greatest(lower(assignment.during), term.begins_on) <= api.today())
    END
$$;

-- What must hold of an assignment besides the constraints. Refuses, or is true.
CREATE OR REPLACE FUNCTION api.check_assignment(post uuid, staff_id uuid, kind text, begins_on date, ends_on date,
                                                order_number text)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    by_right text := api.right_to_assign(post, kind);
BEGIN
    IF by_right IS NULL THEN
        PERFORM api.refuse('forbidden');
    ELSIF NOT EXISTS (SELECT FROM kiki.post_records office
                       WHERE office.id = post AND api.serves_on(office.abolished_on, check_assignment.begins_on,
                                                                office.established_on)) THEN
        PERFORM api.refuse('not-in-this-state');
    ELSIF api.by_own_hand(staff_id) THEN
        PERFORM api.refuse('value-not-accepted', '/staff_id', 'oneself');
    ELSIF NOT EXISTS (SELECT FROM kiki.staff_records member
                       WHERE member.id = check_assignment.staff_id
                         AND (member.left_on IS NULL OR member.left_on > check_assignment.begins_on)) THEN
        PERFORM api.missing('/staff_id');
    ELSIF by_right = 'order' AND order_number IS NULL THEN
        PERFORM api.refuse('value-not-accepted', '/order_number', 'required');
    ELSIF by_right = 'naming' AND begins_on < api.today() THEN
        PERFORM api.refuse('value-not-accepted', '/from', 'past');
    ELSIF by_right = 'naming' AND NOT api.may('general_manager')
          AND NOT api.within_own_term(post, begins_on, ends_on) THEN
        PERFORM api.refuse('value-not-accepted', '/to', 'beyond_own_term');
    END IF;
    RETURN true;
END $$;

-- What a post gives belongs to nobody by his own hand (art3.1.1): its holder, present or named, changes neither the post,
-- nor whether the department whose head it is is a 所属, nor takes back that either is there no more.
CREATE OR REPLACE FUNCTION api.guard_offices(posts uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF EXISTS (SELECT FROM kiki.post_assignments assignment
                WHERE assignment.post_id = ANY (posts) AND NOT isempty(assignment.during)
                  AND (assignment.ends_on IS NULL OR assignment.ends_on >= api.today())
                  AND api.by_own_hand(assignment.staff_id)) THEN
        PERFORM api.refuse('forbidden');
    END IF;
END $$;
CREATE OR REPLACE FUNCTION api.guard_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM api.guard_offices(ARRAY[NEW.id]);
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION api.guard_department() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM api.guard_offices(ARRAY(SELECT term.post_id FROM kiki.post_terms term
                                     WHERE term.department_id = NEW.id AND term.is_head));
    RETURN NEW;
END $$;
-- A term is looked at beside the one that it changes, or that went on until it begins; the first gives nobody anything.
CREATE OR REPLACE FUNCTION api.guard_post_term() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before kiki.post_terms;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := OLD;
    ELSE
        SELECT term.* INTO before FROM kiki.post_terms term WHERE term.post_id = NEW.post_id AND term.begins_on < NEW.begins_on
         ORDER BY term.begins_on DESC LIMIT 1;
    END IF;
    IF before.id IS NOT NULL AND (before.role, before.is_head, before.department_id)
                                 IS DISTINCT FROM (NEW.role, NEW.is_head, NEW.department_id) THEN
        PERFORM api.guard_offices(ARRAY[NEW.post_id]);
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION api.guard_department_term() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before kiki.department_terms;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := OLD;
    ELSE
        SELECT term.* INTO before FROM kiki.department_terms term
         WHERE term.department_id = NEW.department_id AND term.begins_on < NEW.begins_on ORDER BY term.begins_on DESC LIMIT 1;
    END IF;
    IF before.id IS NOT NULL AND NEW.is_shozoku AND NOT before.is_shozoku THEN
        PERFORM api.guard_offices(ARRAY(SELECT term.post_id FROM kiki.post_terms term
                                         WHERE term.department_id = NEW.department_id AND term.is_head));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER post_records_guard BEFORE UPDATE ON kiki.post_records FOR EACH ROW
    WHEN (OLD.abolished_on < coalesce(NEW.abolished_on, 'infinity')) EXECUTE FUNCTION api.guard_post();
CREATE TRIGGER department_records_guard BEFORE UPDATE ON kiki.department_records FOR EACH ROW
    WHEN (OLD.abolished_on < coalesce(NEW.abolished_on, 'infinity')) EXECUTE FUNCTION api.guard_department();
CREATE TRIGGER post_terms_guard BEFORE INSERT OR UPDATE ON kiki.post_terms
    FOR EACH ROW EXECUTE FUNCTION api.guard_post_term();
CREATE TRIGGER department_terms_guard BEFORE INSERT OR UPDATE ON kiki.department_terms
    FOR EACH ROW EXECUTE FUNCTION api.guard_department_term();

-- A post has the version of its terms, which rises with each of their changes; and they follow from when and until when it
-- is there.
CREATE OR REPLACE FUNCTION api.touch_posts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    UPDATE post_records SET updated_at = api.now()
     WHERE id IN (SELECT new_row.post_id FROM new_rows new_row) AND created_at <> api.now();
    RETURN NULL;
END $$;
CREATE TRIGGER post_terms_touch_post_insert AFTER INSERT ON kiki.post_terms REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.touch_posts();
CREATE TRIGGER post_terms_touch_post_update AFTER UPDATE ON kiki.post_terms REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.touch_posts();
CREATE OR REPLACE FUNCTION api.settle_post_there() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    UPDATE post_terms SET there = (SELECT record.there FROM post_records record WHERE record.id = NEW.id) WHERE post_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER post_records_there AFTER UPDATE ON kiki.post_records FOR EACH ROW
    WHEN ((OLD.established_on, OLD.abolished_on) IS DISTINCT FROM (NEW.established_on, NEW.abolished_on))
    EXECUTE FUNCTION api.settle_post_there();

CREATE POLICY readers ON kiki.settings FOR SELECT TO kiki_service USING (true);
CREATE POLICY writers ON kiki.settings FOR UPDATE TO kiki_service USING ((SELECT api.may('general_manager')));
CREATE POLICY readers ON kiki.settings_changes FOR SELECT TO kiki_service USING (true);
CREATE POLICY writers ON kiki.settings_changes FOR INSERT TO kiki_service WITH CHECK ((SELECT api.may('general_manager')));
CREATE POLICY readers ON kiki.regulation_versions FOR SELECT TO kiki_service USING (true);
CREATE POLICY writers ON kiki.regulation_versions FOR INSERT TO kiki_service WITH CHECK ((SELECT api.may('general_manager')));

SELECT api.let_execute('kiki_service', 'by_own_hand', 'check_assignment', 'guard_offices', 'holds_post',
    'right_to_assign', 'within_own_term');
