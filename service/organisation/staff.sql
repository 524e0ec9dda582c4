-- What a token names is the operator's to see.
-- define: staff
json_build_object(
    'id', s.id, 'number', s.number, 'name', s.name, 'kana', s.kana, 'title', s.title, 'department_id', m.department_id,
    'left_on', s.left_on, 'subject', CASE WHEN api.may('operator', 'organisation:write') THEN s.subject END,
    'issuer', CASE WHEN api.may('operator', 'organisation:write') THEN s.issuer END,
    'created_at', s.created_at, 'updated_at', s.updated_at)

-- Where somebody belongs today, out of his transfers t. The day turns it without a write, so the version of a member of
-- staff is his row's and `version`, which rises when a transfer is written, begins or ends.
-- define: membership
SELECT (array_agg(t.department_id) FILTER (WHERE t.during @> api.today()))[1] AS department_id,
       coalesce(sum(t.version + (t.begins_on <= api.today())::int + coalesce(t.ends_on < api.today(), false)::int), 0)::bigint
           AS version

-- define: member
staff s CROSS JOIN LATERAL ({membership} FROM staff_transfers t WHERE t.staff_id = s.id) m

-- define: transfer
json_build_object(
    'id', t.id, 'staff_id', t.staff_id, 'department_id', t.department_id, 'from', t.begins_on, 'to', t.ends_on,
    'order_number', t.order_number, 'created_at', t.created_at, 'updated_at', t.updated_at)

-- Lets each of `wanted` (staff_id, department_id, begins_on, order_number) belong there from that day until the next
-- transfer that is known: the one before ends, one from the same day is corrected. `moved` are the transfers written.
-- The next ones are looked up for all at once, as rows that are being added would be searched for each.
-- define: move
next AS (
    SELECT w.staff_id, min(t.begins_on) AS begins_on
      FROM wanted w JOIN staff_transfers t ON t.staff_id = w.staff_id AND t.begins_on > w.begins_on
     GROUP BY w.staff_id
), ended AS (
    UPDATE staff_transfers t SET ends_on = w.begins_on - 1
      FROM wanted w
     WHERE t.staff_id = w.staff_id AND t.during @> w.begins_on AND t.begins_on < w.begins_on
), corrected AS (
    UPDATE staff_transfers t SET department_id = w.department_id, order_number = w.order_number
      FROM wanted w
     WHERE t.staff_id = w.staff_id AND t.begins_on = w.begins_on
    RETURNING t.*
), added AS (
    INSERT INTO staff_transfers (staff_id, department_id, begins_on, ends_on, order_number)
    SELECT w.staff_id, w.department_id, w.begins_on, next.begins_on - 1, w.order_number
      FROM wanted w LEFT JOIN next USING (staff_id)
     WHERE NOT EXISTS (SELECT FROM staff_transfers t WHERE t.staff_id = w.staff_id AND t.begins_on = w.begins_on)
    RETURNING *
), moved AS (
    SELECT * FROM corrected UNION ALL SELECT * FROM added
)

-- Asks for each of `wanted` (staff_id, subject, issuer), if that is not asked already. `waiting` are what then waits.
-- define: ask
asked AS (
    INSERT INTO identity_changes (staff_id, subject, issuer)
    SELECT w.staff_id, w.subject, w.issuer FROM wanted w
     WHERE NOT EXISTS (SELECT FROM identity_changes c WHERE c.staff_id = w.staff_id AND c.status = 'requested'
                          AND (c.subject, c.issuer) IS NOT DISTINCT FROM (w.subject, w.issuer))
    RETURNING id
), waiting AS (
    SELECT id FROM asked
     UNION ALL
    SELECT c.id FROM wanted w JOIN identity_changes c ON c.staff_id = w.staff_id AND c.status = 'requested'
                                AND (c.subject, c.issuer) IS NOT DISTINCT FROM (w.subject, w.issuer)
)

-- operation: get_staff(staff_id uuid)
SELECT s.version + m.version, {staff} FROM {member} WHERE s.id = :staff_id

-- before: list_staff_transfers(staff_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM staff WHERE id = :staff_id)

-- page: list_staff(number text[]?, department_id uuid[]?, active bool?, q text?)
-- sort: number text, name text, updated_at timestamptz
SELECT s.id AS tie, s.number, s.name, s.updated_at, {staff} AS item
  FROM {member}
 WHERE true
   AND s.number = ANY (:number)                                                             --? number
   AND EXISTS (SELECT FROM departments d WHERE d.id = m.department_id                       --? department_id
                  AND (d.id = ANY (:department_id) OR d.shozoku_id = ANY (:department_id))) --? department_id
   AND (s.left_on IS NULL OR s.left_on > api.today()) = :active                             --? active
   AND s.sought LIKE api.containing(:q)                                                     --? q

-- operation: create_staff(body jsonb)
WITH b AS (
    SELECT b.*, coalesce(b."from", api.today()) AS begins_on
      FROM jsonb_to_record(:body) AS b (number text, name text, kana text, title text, subject text, issuer text,
                                        department_id uuid, "from" date, order_number text)
    -- refuse: reference-not-found /department_id not_found unless EXISTS (SELECT FROM departments d
    --   WHERE d.id = b.department_id AND (d.abolished_on IS NULL OR d.abolished_on > b.begins_on))
), s AS (
    INSERT INTO staff (number, name, kana, title, subject, issuer)
    SELECT number, name, kana, title, coalesce(subject, number), issuer FROM b
    RETURNING *
), t AS (
    INSERT INTO staff_transfers (staff_id, department_id, begins_on, order_number)
    SELECT s.id, b.department_id, b.begins_on, b.order_number FROM s CROSS JOIN b
    RETURNING *
), m AS (
    {membership} FROM t
)
SELECT answer.* FROM s CROSS JOIN m
 CROSS JOIN api.emit('staff.created', 'staff/' || s.id, m.department_id, {staff})
 CROSS JOIN api.answer(201, s.version + m.version, 'staff/' || s.id, {staff}) answer

-- Under the lock of the row. Whom a token names, of a holder of a post, waits for a second person.
-- operation: change_staff(staff_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT s.id, s.version AS was, m.department_id, m.version, s.version + m.version AS whole_version, p.subject, p.issuer,
           (p.subject, p.issuer) IS DISTINCT FROM (s.subject, s.issuer) AND api.holds_office(s.id) AS waits
      FROM {member} CROSS JOIN jsonb_populate_record(s, :body) p
     WHERE s.id = :staff_id
    -- refuse: precondition-failed unless api.match(whole_version, :if_match)
), wanted AS (
    SELECT id AS staff_id, subject, issuer FROM seen WHERE waits
), {ask}, s AS (
    UPDATE staff s
       SET (number, name, kana, title, subject, issuer, left_on) = (
           SELECT p.number, p.name, p.kana, p.title, CASE WHEN seen.waits THEN s.subject ELSE p.subject END,
                  CASE WHEN seen.waits THEN s.issuer ELSE p.issuer END, p.left_on
             FROM jsonb_populate_record(s, :body) p)
      FROM seen
     WHERE s.id = seen.id
    RETURNING s.*
)
SELECT answer.* FROM s JOIN seen m USING (id) LEFT JOIN waiting ON true
 CROSS JOIN api.emit_if(s.version <> m.was OR EXISTS (SELECT FROM asked), 'staff.changed', 'staff/' || s.id, m.department_id,
                        {staff})
 CROSS JOIN api.answer(CASE WHEN waiting.id IS NULL THEN 200 ELSE 202 END, s.version + m.version,
                       'identity-changes/' || waiting.id, {staff}) answer

-- page: list_staff_transfers(staff_id uuid)
-- sort: from date
SELECT t.id AS tie, t.begins_on AS "from", {transfer} AS item FROM staff_transfers t WHERE t.staff_id = :staff_id

-- Whoever moves somebody locks where to and then whom, each in a statement of its own: the next one then sees what others
-- have committed.
-- before: create_staff_transfer(body jsonb)
SELECT FROM departments WHERE id = (CAST(:body AS jsonb) ->> 'department_id')::uuid FOR KEY SHARE

-- before: change_staff, create_staff_transfer(staff_id uuid)
SELECT FROM staff WHERE id = :staff_id FOR NO KEY UPDATE

-- Under the locks above no transfer can come to lie over another.
-- operation: create_staff_transfer(staff_id uuid, body jsonb)
-- never: staff_transfers_one_at_a_time
WITH wanted AS (
    SELECT s.id AS staff_id, b."from" AS begins_on, b.order_number, b.department_id
      FROM staff s, jsonb_to_record(:body) AS b (department_id uuid, "from" date, order_number text)
     WHERE s.id = :staff_id
    -- refuse: reference-not-found /department_id not_found unless EXISTS (SELECT FROM departments d
    --   WHERE d.id = wanted.department_id AND (d.abolished_on IS NULL OR d.abolished_on > wanted.begins_on))
), {move}
SELECT answer.* FROM moved t
 CROSS JOIN api.emit('staff.transferred', 'staff/' || t.staff_id, t.department_id, {transfer})
 CROSS JOIN api.answer(201, NULL, 'staff/' || t.staff_id || '/transfers', {transfer}) answer

-- A number that is written in another way stays as it is.
-- define: rows
row AS (
    SELECT line, cells ->> 'number' AS number, cells ->> 'department_code' AS department_code,
           coalesce((cells ->> 'from')::date, api.today()) AS begins_on, cells ->> 'order_number' AS order_number,
           cells - 'number' - 'department_code' - 'from' - 'order_number' AS members
      FROM import_rows
), target AS (
    SELECT row.line, row.number, row.department_code, row.begins_on, row.order_number, s.id, d.id AS department_id, p.subject,
           p.issuer, p.identified, p.waits, CASE WHEN p.waits THEN row.members - 'subject' - 'issuer'
               ELSE row.members END AS members,
           s.id IS NULL OR to_jsonb(s) || CASE WHEN p.waits THEN row.members - 'subject' - 'issuer' ELSE row.members END
                           <> to_jsonb(s) AS differs,
           d.id IS NOT NULL AND NOT EXISTS (SELECT FROM staff_transfers t WHERE t.staff_id = s.id AND t.department_id = d.id
                                               AND t.during @> row.begins_on) AS moves
      FROM row
      LEFT JOIN staff s ON api.folded(s.number) = api.folded(row.number)
      LEFT JOIN departments d ON api.folded(d.code) = api.folded(row.department_code)
          AND (d.abolished_on IS NULL OR d.abolished_on > row.begins_on)
     -- Whom a token shall name; `identified`: another than now; `waits`: for a second person.
     CROSS JOIN LATERAL (
         SELECT n.issuer, n.subject, n.identified, n.identified AND s.id IS NOT NULL AND api.holds_office(s.id) AS waits
           FROM (SELECT n.issuer, coalesce(n.subject, row.number) AS subject,
                        (coalesce(n.subject, row.number), n.issuer) IS DISTINCT FROM (s.subject, s.issuer) AS identified
                   FROM jsonb_populate_record(s, row.members) n) n) p
)

-- statement: staff_import_hold_departments()
SELECT count(*) FROM (SELECT FROM departments WHERE api.folded(code) IN (SELECT api.folded(cells ->> 'department_code')
                                                                         FROM import_rows)
                       ORDER BY id FOR KEY SHARE) held

-- statement: staff_import_hold()
SELECT count(*) FROM (SELECT FROM staff WHERE api.folded(number) IN (SELECT api.folded(cells ->> 'number') FROM import_rows)
                       ORDER BY id FOR NO KEY UPDATE) held

-- statement: staff_import_judge()
WITH {rows}, fault (line, "column", code) AS (
    SELECT line, 'number', 'repeated' FROM (SELECT line, row_number() OVER (PARTITION BY api.folded(number) ORDER BY line) AS n
                                            FROM target) t WHERE n > 1
    UNION ALL
    SELECT line, 'department_code', 'not_found' FROM target WHERE department_code IS NOT NULL AND department_id IS NULL
    UNION ALL
    SELECT line, 'subject', api.identity_fault(id, subject, issuer) FROM target
     WHERE identified AND api.identity_fault(id, subject, issuer) IS NOT NULL
    UNION ALL
    SELECT line, 'subject', 'repeated'
      FROM (SELECT line, row_number() OVER (PARTITION BY subject, issuer ORDER BY line) AS n FROM target) t WHERE n > 1
    UNION ALL
    SELECT line, 'subject', 'taken' FROM target t
     WHERE EXISTS (SELECT FROM staff s WHERE s.subject = t.subject AND s.issuer IS NOT DISTINCT FROM t.issuer
                      AND s.id IS DISTINCT FROM t.id
                      AND NOT EXISTS (SELECT FROM target o WHERE o.id = s.id AND o.identified AND NOT o.waits))
), told AS (
    INSERT INTO import_faults SELECT line, "column", code FROM fault
)
INSERT INTO import_items
SELECT line, CASE WHEN id IS NULL THEN 'create' WHEN waits THEN 'await_confirmation' WHEN differs OR moves THEN 'update'
                  ELSE 'keep' END
  FROM target

-- statement: staff_import_write()
WITH {rows}, new AS (
    INSERT INTO staff (number, name, kana, title, subject, issuer, left_on)
    SELECT t.number, p.name, p.kana, p.title, t.subject, p.issuer, p.left_on
      FROM target t CROSS JOIN jsonb_populate_record(NULL::staff, t.members) p
     WHERE t.id IS NULL
    RETURNING *
), changed AS (
    UPDATE staff s
       SET (name, kana, title, subject, issuer, left_on) = (
           SELECT p.name, p.kana, p.title, p.subject, p.issuer, p.left_on FROM jsonb_populate_record(s, t.members) p)
      FROM target t
     WHERE s.id = t.id AND t.differs
), unidentified AS (
    INSERT INTO identity_changes (staff_id, subject, issuer)
    SELECT t.id, t.subject, t.issuer FROM target t
     WHERE t.waits AND NOT EXISTS (SELECT FROM identity_changes c WHERE c.staff_id = t.id AND c.status = 'requested'
                                      AND (c.subject, c.issuer) IS NOT DISTINCT FROM (t.subject, t.issuer))
), wanted AS (
    SELECT coalesce(t.id, new.id) AS staff_id, t.department_id, t.begins_on, t.order_number
      FROM target t LEFT JOIN new USING (number)
     WHERE t.moves
), {move}
SELECT count(*) FROM moved
