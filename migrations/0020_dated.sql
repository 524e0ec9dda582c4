-- What the organisation is called and how it stands is dated by day, also ahead. Of each department, post and member of staff
-- a record says what no day changes, and terms say the rest, each from its first day to its last. Terms leave no day without
-- an answer: the first begins before all days and the last has no end. What is on record at this point held on every day, as
-- far as anybody knows. `kiki.departments`, `kiki.posts` and `kiki.staff` become views of this day (code/dated.sql).
-- oldest-program: 20

CREATE TEMPORARY TABLE counted ON COMMIT DROP AS
    SELECT (SELECT count(*) FROM kiki.departments) AS departments, (SELECT count(*) FROM kiki.posts) AS posts,
           (SELECT count(*) FROM kiki.staff) AS staff;

-- The code makes the triggers anew. Policies stay until then, so that the migrations after this one see the rows.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT format('DROP TRIGGER %I ON %s', fired.tgname, fired.tgrelid::regclass) AS statement
                   FROM pg_trigger fired
                  WHERE NOT fired.tgisinternal
                    AND fired.tgrelid IN ('kiki.departments'::regclass, 'kiki.posts'::regclass, 'kiki.staff'::regclass,
                                          'kiki.staff_transfers'::regclass, 'kiki.post_assignments'::regclass) LOOP
        EXECUTE found.statement;
    END LOOP;
END $$;
DELETE FROM kiki.code_objects
 WHERE type = 'trigger' AND identity ~ ' on kiki\.(departments|posts|staff|staff_transfers|post_assignments)$';

-- These take or answer something else than before.
DROP POLICY IF EXISTS writers_insert ON kiki.post_assignments;
DROP POLICY IF EXISTS writers_update ON kiki.post_assignments;
DROP FUNCTION IF EXISTS api.user_on(uuid, date), api.hold_posts(uuid[], uuid[]), api.right_to_assign(kiki.posts, text),
    api.check_assignment(kiki.posts, uuid, text, date, date, text);
DELETE FROM kiki.code_objects
 WHERE type = 'function' AND identity ~ '^api\.(user_on|hold_posts|right_to_assign|check_assignment)\('
    OR type = 'policy' AND identity ~ '^writers_(insert|update) on kiki\.post_assignments$';

CREATE TABLE kiki.staff_names (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    staff_id uuid NOT NULL REFERENCES kiki.staff,
    begins_on date NOT NULL DEFAULT '-infinity',
    ends_on date NOT NULL DEFAULT 'infinity' CHECK (ends_on >= begins_on),
    during daterange NOT NULL GENERATED ALWAYS AS (daterange(begins_on, ends_on, '[]')) STORED,
    name text NOT NULL,
    kana text,
    sought text GENERATED ALWAYS AS (api.folded(name || E'\x1f' || coalesce(kana, ''))) STORED,
    CONSTRAINT staff_names_one_at_a_time EXCLUDE USING gist (staff_id WITH =, during WITH &&) DEFERRABLE INITIALLY IMMEDIATE
);
CREATE UNIQUE INDEX staff_names_first_day ON kiki.staff_names (staff_id, begins_on);
INSERT INTO kiki.staff_names (staff_id, name, kana, created_at, updated_at)
    SELECT id, name, kana, created_at, updated_at FROM kiki.staff;

-- The title belongs to the transfer. When it was entered as it is is on record with it, as it may have begun before.
ALTER TABLE kiki.staff_transfers ADD COLUMN title text, ADD COLUMN entered_at timestamptz;
UPDATE kiki.staff_transfers transfer
   SET title = (SELECT member.title FROM kiki.staff member WHERE member.id = transfer.staff_id), entered_at = created_at;
ALTER TABLE kiki.staff_transfers ALTER COLUMN entered_at SET DEFAULT api.now(), ALTER COLUMN entered_at SET NOT NULL;

-- `there`: the days of the record on which the department is there at all, kept by departments_there.
CREATE TABLE kiki.department_terms (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    department_id uuid NOT NULL REFERENCES kiki.departments,
    begins_on date NOT NULL DEFAULT '-infinity',
    ends_on date NOT NULL DEFAULT 'infinity' CHECK (ends_on >= begins_on),
    during daterange NOT NULL GENERATED ALWAYS AS (daterange(begins_on, ends_on, '[]')) STORED,
    there daterange NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('bureau', 'division', 'section', 'unit', 'station')),
    parent_id uuid,
    is_shozoku boolean NOT NULL,
    sought text NOT NULL GENERATED ALWAYS AS (api.folded(code || E'\x1f' || name)) STORED,
    CONSTRAINT departments_parent_exists FOREIGN KEY (parent_id) REFERENCES kiki.departments,
    CONSTRAINT department_terms_one_at_a_time EXCLUDE USING gist (department_id WITH =, during WITH &&)
        DEFERRABLE INITIALLY IMMEDIATE
);
CREATE UNIQUE INDEX department_terms_first_day ON kiki.department_terms (department_id, begins_on);
CREATE INDEX department_terms_parent ON kiki.department_terms (parent_id);
INSERT INTO kiki.department_terms (department_id, there, code, name, kind, parent_id, is_shozoku, created_at, updated_at)
    SELECT id, api.there(NULL, abolished_on), code, name, kind, parent_id, is_shozoku, created_at, updated_at
      FROM kiki.departments;

-- What each department is on every day, with the nearest 所属 at or above it, to which its staff belong: made of the terms
-- of all departments by api.settle_departments and by nothing else, so that it costs one look. Without references, as callers.
CREATE TABLE kiki.department_days (
    department_id uuid NOT NULL,
    begins_on date NOT NULL,
    ends_on date NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    parent_id uuid,
    is_shozoku boolean NOT NULL,
    shozoku_id uuid,
    sought text NOT NULL,
    PRIMARY KEY (department_id, begins_on)
);
CREATE INDEX department_days_shozoku ON kiki.department_days (shozoku_id);
INSERT INTO kiki.department_days
    SELECT id, '-infinity', 'infinity', code, name, kind, parent_id, is_shozoku, shozoku_id, sought FROM kiki.departments;

CREATE TABLE kiki.post_terms (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    post_id uuid NOT NULL REFERENCES kiki.posts,
    begins_on date NOT NULL DEFAULT '-infinity',
    ends_on date NOT NULL DEFAULT 'infinity' CHECK (ends_on >= begins_on),
    during daterange NOT NULL GENERATED ALWAYS AS (daterange(begins_on, ends_on, '[]')) STORED,
    there daterange NOT NULL,
    name text NOT NULL,
    department_id uuid NOT NULL,
    is_head boolean NOT NULL DEFAULT false,
    role text CHECK (role IN ('general_manager', 'equipment_manager', 'digital_office', 'auditor', 'operator')),
    CONSTRAINT post_terms_one_at_a_time EXCLUDE USING gist (post_id WITH =, during WITH &&) DEFERRABLE INITIALLY IMMEDIATE
);
CREATE UNIQUE INDEX post_terms_first_day ON kiki.post_terms (post_id, begins_on);
CREATE INDEX post_terms_department ON kiki.post_terms (department_id);
INSERT INTO kiki.post_terms (post_id, there, name, department_id, is_head, role, created_at, updated_at)
    SELECT id, api.there(NULL, abolished_on), name, department_id, is_head, role, created_at, updated_at FROM kiki.posts;

DO $$
BEGIN
    ASSERT (SELECT ARRAY[departments, departments, posts, staff] FROM pg_temp.counted)
           = ARRAY[(SELECT count(*) FROM kiki.department_terms), (SELECT count(*) FROM kiki.department_days),
                   (SELECT count(*) FROM kiki.post_terms), (SELECT count(*) FROM kiki.staff_names)];
END $$;
UPDATE kiki.code_objects
   SET identity = regexp_replace(regexp_replace(identity, '(department|post)s$', '\1_records'), 'staff$', 'staff_records')
 WHERE type = 'policy' AND identity ~ ' on kiki\.(departments|posts|staff)$';

ALTER TABLE kiki.departments RENAME TO department_records;
ALTER TABLE kiki.posts RENAME TO post_records;
ALTER TABLE kiki.staff RENAME TO staff_records;

ALTER TABLE kiki.department_records DROP COLUMN sought;
ALTER TABLE kiki.department_records DROP COLUMN code, DROP COLUMN name, DROP COLUMN kind, DROP COLUMN parent_id,
    DROP COLUMN is_shozoku, DROP COLUMN shozoku_id, ADD COLUMN established_on date;
ALTER TABLE kiki.department_records ADD COLUMN there daterange NOT NULL
    GENERATED ALWAYS AS (api.there(established_on, abolished_on)) STORED;
ALTER TABLE kiki.department_records ADD CONSTRAINT departments_abolished_after CHECK (abolished_on >= established_on);
ALTER TABLE kiki.post_records DROP COLUMN name, DROP COLUMN department_id, DROP COLUMN is_head, DROP COLUMN role,
    ADD COLUMN established_on date;
ALTER TABLE kiki.post_records ADD COLUMN there daterange NOT NULL
    GENERATED ALWAYS AS (api.there(established_on, abolished_on)) STORED;
ALTER TABLE kiki.post_records ADD CONSTRAINT posts_abolished_after CHECK (abolished_on >= established_on);
ALTER TABLE kiki.staff_records DROP COLUMN sought;
ALTER TABLE kiki.staff_records DROP COLUMN name, DROP COLUMN kana, DROP COLUMN title;

-- On each day there is one of a code, one head of a department, and one post each for the managers of art2.2 and art2.3.
ALTER TABLE kiki.department_terms ADD CONSTRAINT departments_code_unique
    EXCLUDE USING gist (api.folded(code) WITH =, (during * there) WITH &&) DEFERRABLE INITIALLY IMMEDIATE;
DROP INDEX kiki.posts_code_unique;
ALTER TABLE kiki.post_records ADD CONSTRAINT posts_code_unique
    EXCLUDE USING gist (api.folded(code) WITH =, there WITH &&) DEFERRABLE INITIALLY IMMEDIATE;
ALTER TABLE kiki.post_terms ADD CONSTRAINT posts_department_exists FOREIGN KEY (department_id) REFERENCES kiki.department_records;
ALTER TABLE kiki.post_terms ADD CONSTRAINT posts_one_head
    EXCLUDE USING gist (department_id WITH =, (during * there) WITH &&) WHERE (is_head) DEFERRABLE INITIALLY IMMEDIATE;
ALTER TABLE kiki.post_terms ADD CONSTRAINT posts_one_manager
    EXCLUDE USING gist (role WITH =, (during * there) WITH &&) WHERE (role IN ('general_manager', 'equipment_manager'))
    DEFERRABLE INITIALLY IMMEDIATE;
