-- What managers are told of and note (art3.1.1, art3.1.2): the general manager of posts, their holders and API clients, the
-- equipment manager of disposals. A notice follows from a change that is in the audit, whichever operation made it.

SELECT api.protect('kiki.notices');
GRANT SELECT, UPDATE (acknowledged_by_id, acknowledged_by, acknowledged_at) ON kiki.notices TO kiki_service;
CREATE POLICY readers ON kiki.notices FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR staff_id = (SELECT api.caller()));
CREATE POLICY writers_update ON kiki.notices FOR UPDATE TO kiki_service
    USING (api.may(role) OR staff_id = (SELECT api.caller()));
CREATE TRIGGER notices_audit_update AFTER UPDATE ON kiki.notices REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.record_change();
CREATE TRIGGER notices_touch BEFORE UPDATE ON kiki.notices FOR EACH ROW EXECUTE FUNCTION api.touch();

-- Tells whoever holds a role. Nobody is told by himself: the regular holder of the post knows what he did.
CREATE OR REPLACE FUNCTION api.tell_role(role text, kind text, clause text, subject text, ja text, en text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF NOT api.holds_role(tell_role.role) THEN
        INSERT INTO notices (kind, clause, subject, ja, en, role) VALUES (kind, clause, subject, ja, en, tell_role.role);
    END IF;
END $$;

-- Tells members of staff who are there, but for the caller.
CREATE OR REPLACE FUNCTION api.tell_staff(staff uuid[], kind text, clause text, subject text, ja text, en text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    INSERT INTO notices (kind, clause, subject, ja, en, staff_id)
    SELECT tell_staff.kind, tell_staff.clause, tell_staff.subject, tell_staff.ja, tell_staff.en, member.id FROM staff member
     WHERE member.id = ANY (staff) AND api.serves_on(member.left_on, api.today()) AND member.id IS DISTINCT FROM api.staff_id()
     ORDER BY member.id;
END $$;

-- A term in words.
CREATE OR REPLACE FUNCTION api.term_ja(assignment kiki.post_assignments) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT post.name || '　' || called.name || CASE assignment.kind WHEN 'acting' THEN '（代理）' ELSE '（本務）' END
           || api.wareki_day(assignment.begins_on) || 'から' || coalesce(api.wareki_day(assignment.ends_on) || 'まで', '')
           || coalesce('　' || assignment.order_number, '')
           || CASE WHEN api.day_of(assignment.created_at) > assignment.begins_on
                   THEN '（' || api.wareki_day(api.day_of(assignment.created_at)) || '登録）' ELSE '' END
      FROM kiki.posts post CROSS JOIN api.known_as(assignment.staff_id, api.today()) called WHERE post.id = assignment.post_id
$$;
CREATE OR REPLACE FUNCTION api.term_en(assignment kiki.post_assignments) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT post.name || ', ' || called.name || CASE assignment.kind WHEN 'acting' THEN ' (acting)' ELSE ' (regular)' END
           || ' from ' || api.english_day(assignment.begins_on) || coalesce(' to ' || api.english_day(assignment.ends_on), '')
           || coalesce(', ' || assignment.order_number, '')
           || CASE WHEN api.day_of(assignment.created_at) > assignment.begins_on
                   THEN ' (entered on ' || api.english_day(api.day_of(assignment.created_at)) || ')' ELSE '' END
      FROM kiki.posts post CROSS JOIN api.known_as(assignment.staff_id, api.today()) called WHERE post.id = assignment.post_id
$$;

-- Who holds a post or acts: told to the general manager, and of his own post to him and to those whose terms are, or come to
-- be, beside that one. What a new holder cuts short, or a withdrawn one gives back, is told with his own.
CREATE OR REPLACE FUNCTION api.tell_assignment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    subject text := 'posts/' || NEW.post_id || '/assignments/' || NEW.id;
    ja text := CASE WHEN TG_OP = 'INSERT' THEN '職への発令・指定：' WHEN NEW.withdrawn THEN '発令・指定の取消し：'
                   ELSE '発令・指定の変更：' END || api.term_ja(NEW);
    en text := CASE WHEN TG_OP = 'INSERT' THEN 'Assigned: ' WHEN NEW.withdrawn THEN 'Assignment withdrawn: '
                   ELSE 'Assignment changed: ' END || api.term_en(NEW);
BEGIN
    IF (SELECT post.role FROM posts post WHERE post.id = NEW.post_id) IS DISTINCT FROM 'general_manager' THEN
        PERFORM api.tell_role('general_manager', 'assignment', 'art3.1.1', subject, ja, en);
    ELSE
        PERFORM api.tell_staff(NEW.staff_id || ARRAY(
            SELECT beside.staff_id FROM post_assignments beside
             WHERE beside.post_id = NEW.post_id AND beside.kind = 'regular'
               AND beside.during && daterange(NEW.begins_on - 1, NEW.ends_on + 1, '[]')),
            'assignment', 'art3.1.1', subject, ja, en);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER post_assignments_tell_insert AFTER INSERT ON kiki.post_assignments FOR EACH ROW
    EXECUTE FUNCTION api.tell_assignment();
CREATE TRIGGER post_assignments_tell_update AFTER UPDATE ON kiki.post_assignments FOR EACH ROW
    WHEN ((OLD.order_number, OLD.reason, OLD.withdrawn) IS DISTINCT FROM (NEW.order_number, NEW.reason, NEW.withdrawn)
          OR OLD.ends_on IS DISTINCT FROM NEW.ends_on AND NOT NEW.cut_short AND NOT (OLD.cut_short AND NEW.ends_on IS NULL))
    EXECUTE FUNCTION api.tell_assignment();

CREATE OR REPLACE FUNCTION api.role_words(role text, OUT ja text, OUT en text) LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(known.ja, 'なし'), coalesce(known.en, 'none')
      FROM (SELECT role) asked
      LEFT JOIN (VALUES ('general_manager', '総括管理者', 'General manager'), ('equipment_manager', '管理責任者', 'Equipment manager'),
                        ('digital_office', 'デジタル化施策推進室', 'Digital promotion office'), ('auditor', '監査', 'Auditor'),
                        ('operator', 'システム運用担当', 'Operator')) known (role, ja, en) ON known.role = asked.role
$$;

-- What a post is from a day on, and its end. Who holds that of the general manager may not be general manager any more.
CREATE OR REPLACE FUNCTION api.tell_post_words(post uuid, general boolean, ja text, en text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF general THEN
        PERFORM api.tell_staff(ARRAY(SELECT term.staff_id FROM post_assignments term
                                      WHERE term.post_id = post AND term.kind = 'regular' AND term.during @> api.today()),
                               'post', 'art3.1.1', 'posts/' || post, ja, en);
    END IF;
    PERFORM api.tell_role('general_manager', 'post', 'art3.1.1', 'posts/' || post, ja, en);
END $$;

CREATE OR REPLACE FUNCTION api.tell_post() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    was post_terms;
    ja text;
    en text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        was := OLD;
    ELSE
        SELECT term.* INTO was FROM post_terms term WHERE term.post_id = NEW.post_id AND term.ends_on = NEW.begins_on - 1;
    END IF;
    IF was.id IS NULL AND NEW.role IS NULL
       OR (was.name, was.role, was.is_head, was.department_id) IS NOT DISTINCT FROM (NEW.name, NEW.role, NEW.is_head,
                                                                                     NEW.department_id) THEN
        RETURN NULL;
    ELSIF was.id IS NULL THEN
        SELECT '職の新設：' || NEW.name || '（役割：' || given.ja || '）', 'New post: ' || NEW.name || ' (role: ' || given.en || ')'
          INTO ja, en FROM api.role_words(NEW.role) given;
    ELSE
        SELECT '職の変更：' || concat_ws('、', NEW.name,
                   CASE WHEN was.name <> NEW.name THEN '旧名称：' || was.name END,
                   CASE WHEN was.role IS DISTINCT FROM NEW.role THEN '役割：' || before.ja || '→' || given.ja END,
                   CASE WHEN was.is_head <> NEW.is_head THEN CASE WHEN NEW.is_head THEN '所属の長とする' ELSE '所属の長としない' END END,
                   CASE WHEN was.department_id <> NEW.department_id THEN '所属：' || place.name END)
                   || coalesce('（' || api.wareki_day(nullif(NEW.begins_on, '-infinity')) || 'から）', ''),
               'Post changed: ' || concat_ws(', ', NEW.name,
                   CASE WHEN was.name <> NEW.name THEN 'formerly ' || was.name END,
                   CASE WHEN was.role IS DISTINCT FROM NEW.role THEN 'role: ' || before.en || ' → ' || given.en END,
                   CASE WHEN was.is_head <> NEW.is_head THEN CASE WHEN NEW.is_head THEN 'head of its department'
                                                                 ELSE 'not head of its department' END END,
                   CASE WHEN was.department_id <> NEW.department_id THEN 'department: ' || place.name END)
                   || coalesce(', from ' || api.english_day(nullif(NEW.begins_on, '-infinity')), '')
          INTO ja, en
          FROM api.role_words(was.role) before CROSS JOIN api.role_words(NEW.role) given
          LEFT JOIN departments place ON place.id = NEW.department_id;
    END IF;
    PERFORM api.tell_post_words(NEW.post_id, was.role = 'general_manager', ja, en);
    RETURN NULL;
END $$;
CREATE TRIGGER post_terms_tell_insert AFTER INSERT ON kiki.post_terms FOR EACH ROW EXECUTE FUNCTION api.tell_post();
CREATE TRIGGER post_terms_tell_update AFTER UPDATE ON kiki.post_terms FOR EACH ROW EXECUTE FUNCTION api.tell_post();

CREATE OR REPLACE FUNCTION api.tell_post_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.tell_post_words(
                NEW.id, post.role = 'general_manager',
                '職の変更：' || post.name || '、廃止日：' || coalesce(api.wareki_day(NEW.abolished_on), 'なし'),
                'Post changed: ' || post.name || ', abolished on: ' || coalesce(api.english_day(NEW.abolished_on), 'none'))
       FROM posts post WHERE post.id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER post_records_tell AFTER UPDATE ON kiki.post_records FOR EACH ROW
    WHEN (OLD.abolished_on IS DISTINCT FROM NEW.abolished_on) EXECUTE FUNCTION api.tell_post_end();

-- An operator enrols other systems alone: of each that is new, or may do more than before.
CREATE OR REPLACE FUNCTION api.tell_client() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    bound text := (SELECT string_agg(department.name, '、' ORDER BY department.code) FROM departments department
                    WHERE department.id = ANY (NEW.department_ids));
    named text := NEW.name || '（' || coalesce(NEW.client_id, NEW.subject) || '）';
BEGIN
    PERFORM api.tell_role('general_manager', 'api_client', 'art3.1.5', 'api-clients/' || NEW.id,
        CASE TG_OP WHEN 'INSERT' THEN '連携システムの登録：' ELSE '連携システムの権限拡大：' END || named
            || '　権限：' || array_to_string(NEW.scopes, '、') || '　範囲：' || coalesce(bound, '全所属'),
        CASE TG_OP WHEN 'INSERT' THEN 'API client registered: ' ELSE 'API client may do more: ' END || named
            || ', scopes: ' || array_to_string(NEW.scopes, ', ') || ', bound to: ' || coalesce(bound, 'all departments'));
    RETURN NULL;
END $$;
CREATE TRIGGER api_clients_tell_insert AFTER INSERT ON kiki.api_clients FOR EACH ROW EXECUTE FUNCTION api.tell_client();
CREATE TRIGGER api_clients_tell_update AFTER UPDATE ON kiki.api_clients FOR EACH ROW
    WHEN (NEW.active AND (NOT OLD.active OR NOT NEW.scopes <@ OLD.scopes OR OLD.issuer IS DISTINCT FROM NEW.issuer
                          OR OLD.department_ids IS NOT NULL
                             AND (NEW.department_ids IS NULL OR NOT NEW.department_ids <@ OLD.department_ids)))
    EXECUTE FUNCTION api.tell_client();

CREATE OR REPLACE FUNCTION api.tell_disposal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.tell_role('equipment_manager', 'disposal', 'art3.1.2', 'devices/' || device.id,
                          '機器の廃棄：' || device.code || '　' || device.name || '（' || api.wareki_day(NEW.occurred_on) || '廃棄）　理由：'
                              || NEW.reason,
                          'Device disposed of: ' || device.code || ' ' || device.name || ' on '
                              || api.english_day(NEW.occurred_on) || ', reason: ' || NEW.reason)
       FROM devices device WHERE device.id = NEW.device_id;
    RETURN NULL;
END $$;
CREATE TRIGGER device_records_tell AFTER INSERT ON kiki.device_records FOR EACH ROW WHEN (NEW.kind = 'disposal')
    EXECUTE FUNCTION api.tell_disposal();

-- The general manager is told of a use for a purpose that article 6 does not list (art7.1.1): when it begins, and not again
-- when it is handed on; or when a correction says so. Of imported uses he has the file.
CREATE OR REPLACE FUNCTION api.tell_other_purpose() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.tell_role('general_manager', 'other_purpose', 'art7.1.1', 'usage-entries/' || NEW.id,
                          '第6条各号以外の用途による使用：' || words.who || '（' || NEW.purpose_note || '）',
                          'Used for a purpose that article 6 does not list: ' || words.who || ' (' || NEW.purpose_note || ')')
       FROM usage_entries entry
      CROSS JOIN LATERAL api.department_as(NEW.department_id, api.day_of(NEW.out_at)) department
      CROSS JOIN LATERAL concat_ws('　', department.name, entry.device_name, NEW.user_name) words (who)
      WHERE entry.id = NEW.id AND (TG_OP = 'UPDATE' OR entry.source <> 'imported')
        AND NOT EXISTS (SELECT FROM usage_states previous
                         WHERE previous.id = entry.previous_entry_id AND previous.purpose = 'other');
    RETURN NULL;
END $$;
CREATE TRIGGER usage_states_tell_insert AFTER INSERT ON kiki.usage_states FOR EACH ROW
    WHEN (NEW.purpose = 'other') EXECUTE FUNCTION api.tell_other_purpose();
CREATE TRIGGER usage_states_tell_update AFTER UPDATE ON kiki.usage_states FOR EACH ROW
    WHEN (NEW.purpose = 'other' AND OLD.purpose <> 'other') EXECUTE FUNCTION api.tell_other_purpose();
