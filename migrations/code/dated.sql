-- What the organisation is called and how it stands, by day. `kiki.departments`, `kiki.posts` and `kiki.staff` show this day,
-- and are what statements read that show or judge what is. What asks for a day asks the functions here. What has not begun
-- to be there shows what it will be, and what is abolished what it was. The table behind each has the records, which are what
-- is locked and referred to.

CREATE OR REPLACE VIEW kiki.departments WITH (security_invoker = true) AS
SELECT record.id, record.version, record.created_at, record.updated_at, record.established_on, record.abolished_on, place.code,
       place.name, place.kind, place.parent_id, place.is_shozoku, place.shozoku_id
  FROM kiki.department_records record
  JOIN kiki.department_days place ON place.department_id = record.id AND place.begins_on <= (SELECT api.today())
                                 AND place.ends_on >= (SELECT api.today());

CREATE OR REPLACE VIEW kiki.posts WITH (security_invoker = true) AS
SELECT record.id, record.version, record.created_at, record.updated_at, record.established_on, record.abolished_on, record.code,
       term.name, term.department_id, term.is_head, term.role
  FROM kiki.post_records record
  JOIN kiki.post_terms term ON term.post_id = record.id AND term.begins_on <= (SELECT api.today())
                           AND term.ends_on >= (SELECT api.today());

CREATE OR REPLACE VIEW kiki.staff WITH (security_invoker = true) AS
SELECT record.id, record.version, record.created_at, record.updated_at, record.number, record.folded_number, called.name,
       called.kana,
       (SELECT transfer.title FROM kiki.staff_transfers transfer
         WHERE transfer.staff_id = record.id AND transfer.during @> (SELECT api.today())) AS title,
       record.left_on, record.subject, record.issuer
  FROM kiki.staff_records record
  JOIN kiki.staff_names called ON called.staff_id = record.id AND called.begins_on <= (SELECT api.today())
                              AND called.ends_on >= (SELECT api.today());

GRANT SELECT ON kiki.departments, kiki.posts, kiki.staff TO kiki_service;

-- What somebody was called on a day, and his title then.
CREATE OR REPLACE FUNCTION api.known_as(staff uuid, day date) RETURNS TABLE (name text, title text) LANGUAGE sql STABLE AS $$
    SELECT called.name, transfer.title
      FROM kiki.staff_names called
      LEFT JOIN kiki.staff_transfers transfer ON transfer.staff_id = called.staff_id AND transfer.during @> day
     WHERE called.staff_id = staff AND called.begins_on <= day AND called.ends_on >= day
$$;

-- What a department was on a day.
CREATE OR REPLACE FUNCTION api.department_as(department uuid, day date)
RETURNS TABLE (code text, name text, kind text, parent_id uuid, is_shozoku boolean, shozoku_id uuid) LANGUAGE sql STABLE AS $$
    SELECT place.code, place.name, place.kind, place.parent_id, place.is_shozoku, place.shozoku_id
      FROM kiki.department_days place
     WHERE place.department_id = department AND place.begins_on <= day AND place.ends_on >= day
$$;

-- The posts that were there on a day, as they were then.
CREATE OR REPLACE FUNCTION api.posts_on(day date)
RETURNS TABLE (id uuid, code text, name text, department_id uuid, is_head boolean, role text, established_on date,
               created_at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT record.id, record.code, term.name, term.department_id, term.is_head, term.role, record.established_on,
           record.created_at
      FROM kiki.post_terms term JOIN kiki.post_records record ON record.id = term.post_id
     WHERE term.begins_on <= day AND term.ends_on >= day AND api.serves_on(record.abolished_on, day, record.established_on)
$$;

-- Lets these members of a thing hold from a day on. The term of that day is changed, or ends the day before and another
-- begins; and terms that begin later follow as far as they only went on with what is changed. What is given the values of the
-- day before so takes back what was to begin. False when nothing is different.
CREATE OR REPLACE FUNCTION api.change_terms(terms regclass, thing uuid, day date, members jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    short text := (SELECT relname FROM pg_class WHERE oid = terms);
    refers text := split_part(short, '_', 1) || '_id';
    columns text := (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                      WHERE attrelid = terms AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
                        AND attname <> ALL ('{id,version,created_at,updated_at,begins_on}'));
    carried jsonb := members;
    was jsonb;
    planned jsonb := '[]';
    ended uuid;
    term record;
BEGIN
    FOR term IN EXECUTE format('SELECT it.id, it.begins_on, to_jsonb(it) AS said FROM %s it WHERE it.%I = $1 AND it.ends_on >= $2
                                ORDER BY it.begins_on', terms, refers) USING thing, day LOOP
        SELECT coalesce(jsonb_object_agg(element.key, element.value), '{}') INTO carried FROM jsonb_each(carried) element
         WHERE CASE WHEN was IS NULL THEN term.said -> element.key IS DISTINCT FROM element.value
                    ELSE term.said -> element.key IS NOT DISTINCT FROM was -> element.key END;
        EXIT WHEN carried = '{}';
        was := term.said;
        IF term.begins_on < day THEN
            ended := term.id;
            planned := planned || jsonb_build_array(term.said || carried
                                                    || jsonb_build_object('id', api.new_id(), 'begins_on', day));
        ELSE
            planned := planned || jsonb_build_array(term.said || carried);
        END IF;
    END LOOP;
    -- One statement, so that what follows from the terms is settled once and sees all of them.
    EXECUTE format('WITH planned AS MATERIALIZED (SELECT * FROM jsonb_populate_recordset(NULL::%1$s, $1)), ended AS (
                        UPDATE %1$s it SET ends_on = $2 - 1 WHERE it.id = $3
                    ), changed AS (
                        UPDATE %1$s it SET (%2$s) = (SELECT %2$s FROM planned WHERE planned.id = it.id)
                         WHERE it.id IN (SELECT planned.id FROM planned WHERE planned.begins_on > $2 OR $3 IS NULL)
                    )
                    INSERT INTO %1$s (id, begins_on, %2$s) SELECT id, begins_on, %2$s FROM planned
                     WHERE planned.begins_on = $2 AND $3 IS NOT NULL', terms, columns) USING planned, day, ended;
    PERFORM api.join_terms(terms, thing);
    RETURN planned <> '[]';
END $$;

-- What has not begun and says what is said already, is no term of its own.
CREATE OR REPLACE FUNCTION api.join_terms(terms regclass, thing uuid) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    refers text := split_part((SELECT relname FROM pg_class WHERE oid = terms), '_', 1) || '_id';
    term record;
    kept uuid;
    said jsonb;
BEGIN
    FOR term IN EXECUTE format('SELECT it.id, it.begins_on, it.ends_on, to_jsonb(it) - ''{id,version,created_at,updated_at,''
                                ''begins_on,ends_on,during}''::text[] AS said FROM %s it WHERE it.%I = $1 ORDER BY it.begins_on',
                               terms, refers) USING thing LOOP
        IF term.begins_on > api.today() AND term.said = said THEN
            EXECUTE format('WITH gone AS (DELETE FROM %1$s it WHERE it.id = $2) UPDATE %1$s it SET ends_on = $3 WHERE it.id = $1',
                           terms) USING kept, term.id, term.ends_on;
        ELSE
            kept := term.id;
            said := term.said;
        END IF;
    END LOOP;
END $$;

-- Terms know on which days their thing is there.
CREATE OR REPLACE FUNCTION api.know_there() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'department_terms' THEN
        SELECT record.there INTO NEW.there FROM department_records record
         WHERE record.id = NEW.department_id;
    ELSE
        SELECT record.there INTO NEW.there FROM post_records record
         WHERE record.id = NEW.post_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER department_terms_there BEFORE INSERT ON kiki.department_terms FOR EACH ROW EXECUTE FUNCTION api.know_there();
CREATE TRIGGER post_terms_there BEFORE INSERT ON kiki.post_terms FOR EACH ROW EXECUTE FUNCTION api.know_there();

SELECT api.let_execute('kiki_service', 'change_terms', 'department_as', 'join_terms', 'known_as');
