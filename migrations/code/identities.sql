-- Whom a token names (art3.1.1). Roles follow the posts, and a post belongs to whom the token of its holder names: so
-- nobody changes his own identity or gives away the one he calls with, and of a holder it takes two persons.

SELECT api.track('kiki.identity_changes');
GRANT SELECT, INSERT (staff_id, subject, issuer), UPDATE (status, reason, acknowledged_by_id, acknowledged_by, acknowledged_at)
    ON kiki.identity_changes TO kiki_service;
CREATE POLICY readers ON kiki.identity_changes FOR SELECT TO kiki_service
    USING ((SELECT api.may('operator', 'general_manager', 'auditor', 'organisation:write')));
CREATE POLICY writers_insert ON kiki.identity_changes FOR INSERT TO kiki_service
    WITH CHECK ((SELECT api.may('operator', 'organisation:write')));
CREATE POLICY writers_update ON kiki.identity_changes FOR UPDATE TO kiki_service
    USING ((SELECT api.may('operator', 'general_manager')));

-- Whether he holds a post that gives a role, today or by a term to come. Neither leaving nor an abolition ends that here,
-- as both can be taken back.
CREATE OR REPLACE FUNCTION api.holds_office(staff uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM kiki.post_assignments assignment
                     JOIN kiki.post_terms post ON post.post_id = assignment.post_id AND post.ends_on >= api.today()
                         AND post.during && assignment.during
                     JOIN kiki.department_days place ON place.department_id = post.department_id AND place.ends_on >= api.today()
                         AND daterange(place.begins_on, place.ends_on, '[]') && post.during * assignment.during
                    WHERE assignment.staff_id = staff AND NOT isempty(assignment.during)
                      AND (assignment.ends_on IS NULL OR assignment.ends_on >= api.today())
                      AND (post.role IS NOT NULL OR post.is_head AND place.is_shozoku))
$$;

-- What keeps the caller from letting tokens of this subject and issuer name this member of staff (NULL: a new one).
-- One without an issuer and one with it overlap: of a holder that is as good as taking it.
CREATE OR REPLACE FUNCTION api.identity_fault(staff uuid, subject text, issuer text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN staff = api.staff_id() THEN 'own_identity'
        WHEN EXISTS (SELECT FROM kiki.staff_records member
                      WHERE member.id = api.staff_id() AND member.subject = identity_fault.subject
                        AND (member.issuer IS NULL OR identity_fault.issuer IS NULL OR member.issuer = identity_fault.issuer))
        THEN 'own_identity'
        WHEN EXISTS (SELECT FROM kiki.staff_records member
                      WHERE member.subject = identity_fault.subject AND member.id IS DISTINCT FROM staff
                        AND (member.issuer IS NULL) <> (identity_fault.issuer IS NULL)
                        AND (api.holds_office(member.id) OR api.holds_office(staff)))
        THEN 'taken'
    END
$$;
CREATE OR REPLACE FUNCTION api.refuse_identity(fault text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN api.refuse(CASE fault WHEN 'taken' THEN 'conflict' ELSE 'value-not-accepted' END, '/subject', fault);
END $$;

-- A request of the caller. One that waits already gives way to it.
CREATE OR REPLACE FUNCTION api.request_identity_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    fault text := api.identity_fault(NEW.staff_id, NEW.subject, NEW.issuer);
BEGIN
    IF fault IS NULL AND EXISTS (SELECT FROM staff_records member WHERE member.id <> NEW.staff_id AND member.subject = NEW.subject
                                    AND member.issuer IS NOT DISTINCT FROM NEW.issuer) THEN
        fault := 'taken';
    END IF;
    IF fault IS NOT NULL THEN
        PERFORM api.refuse_identity(fault);
    END IF;
    SELECT member.subject, member.issuer INTO NEW.former_subject, NEW.former_issuer FROM staff_records member
     WHERE member.id = NEW.staff_id;
    UPDATE identity_changes SET status = 'replaced' WHERE staff_id = NEW.staff_id AND status = 'requested';
    PERFORM api.emit('identity_change.requested', 'identity-changes/' || NEW.id, NULL,
                     json_build_object('id', NEW.id, 'staff_id', NEW.staff_id));
    RETURN NEW;
END $$;
CREATE TRIGGER identity_changes_request BEFORE INSERT ON kiki.identity_changes
    FOR EACH ROW EXECUTE FUNCTION api.request_identity_change();

-- The decision is the caller's. He who asked does not confirm; and what a system asked for, its operator could have had it
-- ask, so the general manager confirms it.
CREATE OR REPLACE FUNCTION api.decide_identity_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF OLD.status <> 'requested' THEN
        PERFORM api.refuse('not-in-this-state');
    END IF;
    -- What an API client asked for is the general manager's alone to confirm.
    IF OLD.requested_by_kind = 'client' AND NEW.status = 'confirmed' THEN
        PERFORM api.acts_by('{general_manager}');
    END IF;
    NEW.decided_by_id := api.staff_id();
    NEW.decided_by := api.actor();
    NEW.decided_at := api.now();
    IF NEW.status = 'confirmed' THEN
        IF NEW.decided_by_id IS NULL OR NEW.decided_by_id = OLD.requested_by_id
           OR OLD.requested_by_kind = 'client' AND NOT api.may('general_manager') THEN
            PERFORM api.refuse('second-person-required');
        END IF;
        -- He knows what he did himself; of what somebody did who acts for him he is told.
        IF api.holds_role('general_manager') THEN
            NEW.acknowledged_by_id := NEW.decided_by_id;
            NEW.acknowledged_by := NEW.decided_by;
            NEW.acknowledged_at := NEW.decided_at;
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER identity_changes_decide BEFORE UPDATE ON kiki.identity_changes FOR EACH ROW
    WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION api.decide_identity_change();

-- Before a decision: the member of staff comes first, as he does for those who ask.
CREATE OR REPLACE FUNCTION api.hold_identity(change uuid) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM FROM staff_records WHERE id = (SELECT wish.staff_id FROM identity_changes wish WHERE wish.id = change)
        FOR NO KEY UPDATE;
END $$;

-- What was confirmed is done, unless something else happened to him in between.
CREATE OR REPLACE FUNCTION api.make_identity_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    UPDATE staff_records SET subject = NEW.subject, issuer = NEW.issuer
     WHERE id = NEW.staff_id AND subject = NEW.former_subject AND issuer IS NOT DISTINCT FROM NEW.former_issuer;
    IF NOT FOUND THEN
        PERFORM api.refuse('not-in-this-state');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER identity_changes_make AFTER UPDATE ON kiki.identity_changes FOR EACH ROW
    WHEN (OLD.status = 'requested' AND NEW.status = 'confirmed') EXECUTE FUNCTION api.make_identity_change();

-- Tokens may name somebody by his number as well. Another number of a holder of a post would give the post away, and is not
-- asked for: it changes while he holds none.
CREATE OR REPLACE FUNCTION api.guard_numbers(changed uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF api.staff_id() = ANY (changed) THEN
        PERFORM api.refuse('value-not-accepted', '/number', 'own_identity');
    ELSIF EXISTS (SELECT FROM unnest(changed) element (id) WHERE api.holds_office(element.id)) THEN
        PERFORM api.refuse('value-not-accepted', '/number', 'number_of_holder');
    END IF;
END $$;

-- Whatever writes staff, and whatever it forgets.
CREATE OR REPLACE FUNCTION api.guard_identities() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    changed uuid[];
    fault text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT min(api.identity_fault(NULL, new_row.subject, new_row.issuer)) INTO fault FROM new_rows new_row;
    ELSE
        -- A change that was confirmed in this transaction has been looked at.
        changed := ARRAY(SELECT new_row.id FROM new_rows new_row JOIN old_rows old_row USING (id)
                          WHERE (new_row.subject, new_row.issuer) IS DISTINCT FROM (old_row.subject, old_row.issuer)
                            AND NOT EXISTS (SELECT FROM identity_changes change
                                             WHERE change.staff_id = new_row.id AND change.status = 'confirmed'
                                               AND change.decided_at = api.now()
                                               AND (change.subject, change.issuer) IS NOT DISTINCT FROM (new_row.subject,
                                                   new_row.issuer)));
        SELECT min(api.identity_fault(member.id, member.subject, member.issuer)) INTO fault FROM staff_records member
         WHERE member.id = ANY (changed);
        IF fault IS NULL AND EXISTS (SELECT FROM unnest(changed) member (id) WHERE api.holds_office(member.id)) THEN
            PERFORM api.refuse('second-person-required');
        END IF;
        PERFORM api.guard_numbers(ARRAY(SELECT new_row.id FROM new_rows new_row JOIN old_rows old_row USING (id)
                                         WHERE new_row.number <> old_row.number));
    END IF;
    IF fault IS NOT NULL THEN
        PERFORM api.refuse_identity(fault);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER staff_identities_insert AFTER INSERT ON kiki.staff_records REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.guard_identities();
CREATE TRIGGER staff_identities_update AFTER UPDATE ON kiki.staff_records REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.guard_identities();

SELECT api.let_execute('kiki_service', 'hold_identity', 'holds_office', 'identity_fault');
