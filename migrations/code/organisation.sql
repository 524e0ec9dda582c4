-- Staff, posts and their holders (art2, art3.1.1), API clients, settings, versions of the regulation.

SELECT api.track('kiki.staff');
SELECT api.admit('kiki.staff', 'true', $$(SELECT api.may('operator', 'organisation:write'))$$);
SELECT api.track('kiki.staff_transfers');
SELECT api.admit('kiki.staff_transfers', 'true', $$(SELECT api.may('operator', 'organisation:write'))$$);
SELECT api.track('kiki.posts');
SELECT api.admit('kiki.posts', 'true', $$(SELECT api.may('operator', 'organisation:write'))$$);
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
CREATE OR REPLACE FUNCTION api.right_to_assign(post kiki.posts, kind text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN kind = 'acting' AND (api.holds_post(api.staff_id(), post.id, api.today())
                                  OR api.may('general_manager') AND post.role IS DISTINCT FROM 'general_manager')
        THEN 'naming'
        WHEN (kind = 'regular' OR post.role = 'general_manager') AND api.may('operator', 'organisation:write')
        THEN 'order'
    END
$$;
SELECT api.track('kiki.post_assignments');
SELECT api.admit('kiki.post_assignments', 'true',
    $$(SELECT api.right_to_assign(post, kind) FROM kiki.posts post WHERE post.id = post_id) IS NOT NULL$$);

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
        ELSE EXISTS (SELECT FROM kiki.post_assignments assignment JOIN kiki.posts post ON post.id = assignment.post_id
                      WHERE assignment.staff_id = staff AND post.role = 'operator' AND lower(assignment.during) <= api.today())
    END
$$;

-- What must hold of an assignment besides the constraints. Refuses, or is true.
CREATE OR REPLACE FUNCTION api.check_assignment(post kiki.posts, staff_id uuid, kind text, begins_on date, ends_on date,
                                                order_number text)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    by_right text := api.right_to_assign(post, kind);
BEGIN
    IF by_right IS NULL THEN
        PERFORM api.refuse('forbidden');
    ELSIF NOT api.serves_on(post.abolished_on, begins_on) THEN
        PERFORM api.refuse('not-in-this-state');
    ELSIF api.by_own_hand(staff_id) THEN
        PERFORM api.refuse('value-not-accepted', '/staff_id', 'oneself');
    ELSIF NOT EXISTS (SELECT FROM kiki.staff member
                       WHERE member.id = check_assignment.staff_id
                         AND (member.left_on IS NULL OR member.left_on > check_assignment.begins_on)) THEN
        PERFORM api.missing('/staff_id');
    ELSIF by_right = 'order' AND order_number IS NULL THEN
        PERFORM api.refuse('value-not-accepted', '/order_number', 'required');
    ELSIF by_right = 'naming' AND begins_on < api.today() THEN
        PERFORM api.refuse('value-not-accepted', '/from', 'past');
    ELSIF by_right = 'naming' AND NOT api.may('general_manager')
          AND NOT api.within_own_term(post.id, begins_on, ends_on) THEN
        PERFORM api.refuse('value-not-accepted', '/to', 'beyond_own_term');
    END IF;
    RETURN true;
END $$;

-- What a post gives belongs to nobody by his own hand (art3.1.1): its holder, present or named, changes neither the post,
-- nor whether the department whose head it is is a 所属, nor takes back that either is there no more.
CREATE OR REPLACE FUNCTION api.guard_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM kiki.posts post JOIN kiki.post_assignments assignment ON assignment.post_id = post.id
                WHERE CASE TG_TABLE_NAME WHEN 'posts' THEN post.id = NEW.id ELSE post.department_id = NEW.id AND post.is_head END
                  AND NOT isempty(assignment.during) AND (assignment.ends_on IS NULL OR assignment.ends_on >= api.today())
                  AND api.by_own_hand(assignment.staff_id)) THEN
        PERFORM api.refuse('forbidden');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER posts_guard BEFORE UPDATE ON kiki.posts FOR EACH ROW
    WHEN ((OLD.role, OLD.is_head, OLD.department_id) IS DISTINCT FROM (NEW.role, NEW.is_head, NEW.department_id)
          OR OLD.abolished_on < coalesce(NEW.abolished_on, 'infinity'))
    EXECUTE FUNCTION api.guard_post();
CREATE TRIGGER departments_guard_head BEFORE UPDATE ON kiki.departments FOR EACH ROW
    WHEN (NEW.is_shozoku AND NOT OLD.is_shozoku OR OLD.abolished_on < coalesce(NEW.abolished_on, 'infinity'))
    EXECUTE FUNCTION api.guard_post();

CREATE POLICY readers ON kiki.settings FOR SELECT TO kiki_service USING (true);
CREATE POLICY writers ON kiki.settings FOR UPDATE TO kiki_service USING ((SELECT api.may('general_manager')));
CREATE POLICY readers ON kiki.settings_changes FOR SELECT TO kiki_service USING (true);
CREATE POLICY writers ON kiki.settings_changes FOR INSERT TO kiki_service WITH CHECK ((SELECT api.may('general_manager')));
CREATE POLICY readers ON kiki.regulation_versions FOR SELECT TO kiki_service USING (true);
CREATE POLICY writers ON kiki.regulation_versions FOR INSERT TO kiki_service WITH CHECK ((SELECT api.may('general_manager')));

SELECT api.let_execute('kiki_service', 'by_own_hand', 'check_assignment', 'holds_post', 'right_to_assign', 'within_own_term');
