-- What a token names is the operator's to see.
-- define: staff
json_build_object(
    'id', member.id, 'number', member.number, 'name', member.name, 'kana', member.kana, 'title', member.title,
    'department_id', belonging.department_id, 'left_on', member.left_on,
    'subject', CASE WHEN api.may('operator', 'organisation:write') THEN member.subject END,
    'issuer', CASE WHEN api.may('operator', 'organisation:write') THEN member.issuer END, 'created_at', member.created_at,
    'updated_at', member.updated_at)

-- Where somebody belongs today, out of his transfers t. The day turns it without a write, so the version of a member of
-- staff is his row's and `version`, which rises when a transfer is written, begins or ends.
-- define: membership
SELECT (array_agg(transfer.department_id) FILTER (WHERE transfer.during @> api.today()))[1] AS department_id,
       coalesce(sum(transfer.version + (transfer.begins_on <= api.today())::int + coalesce(transfer.ends_on < api.today(),
                                                                                           false)::int), 0)::bigint
           AS version

-- define: member
staff member CROSS JOIN LATERAL ({membership} FROM staff_transfers transfer WHERE transfer.staff_id = member.id) belonging

-- define: transfer
json_build_object(
    'id', transfer.id, 'staff_id', transfer.staff_id, 'department_id', transfer.department_id, 'from', transfer.begins_on,
    'to', transfer.ends_on, 'order_number', transfer.order_number, 'created_at', transfer.created_at,
    'updated_at', transfer.updated_at)

-- Lets each of `wanted` (staff_id, department_id, begins_on, order_number) belong there from that day until the next
-- transfer that is known: the one before ends, one from the same day is corrected. `moved` are the transfers written.
-- The next ones are looked up for all at once, as rows that are being added would be searched for each.
-- define: move
next AS (
    SELECT wish.staff_id, min(transfer.begins_on) AS begins_on
      FROM wanted wish JOIN staff_transfers transfer ON transfer.staff_id = wish.staff_id AND transfer.begins_on > wish.begins_on
     GROUP BY wish.staff_id
), ended AS (
    UPDATE staff_transfers transfer SET ends_on = wish.begins_on - 1
      FROM wanted wish
     WHERE transfer.staff_id = wish.staff_id AND transfer.during @> wish.begins_on AND transfer.begins_on < wish.begins_on
), corrected AS (
    UPDATE staff_transfers transfer SET department_id = wish.department_id, order_number = wish.order_number
      FROM wanted wish
     WHERE transfer.staff_id = wish.staff_id AND transfer.begins_on = wish.begins_on
    RETURNING transfer.*
), added AS (
    INSERT INTO staff_transfers (staff_id, department_id, begins_on, ends_on, order_number)
    SELECT wish.staff_id, wish.department_id, wish.begins_on, next.begins_on - 1, wish.order_number
      FROM wanted wish LEFT JOIN next USING (staff_id)
     WHERE NOT EXISTS (SELECT FROM staff_transfers transfer
                        WHERE transfer.staff_id = wish.staff_id AND transfer.begins_on = wish.begins_on)
    RETURNING *
), moved AS (
    SELECT * FROM corrected UNION ALL SELECT * FROM added
)

-- Asks for each of `wanted` (staff_id, subject, issuer), if that is not asked already. `waiting` are what then waits.
-- define: ask
asked AS (
    INSERT INTO identity_changes (staff_id, subject, issuer)
    SELECT wish.staff_id, wish.subject, wish.issuer FROM wanted wish
     WHERE NOT EXISTS (SELECT FROM identity_changes change WHERE change.staff_id = wish.staff_id AND change.status = 'requested'
                          AND (change.subject, change.issuer) IS NOT DISTINCT FROM (wish.subject, wish.issuer))
    RETURNING id
), waiting AS (
    SELECT id FROM asked
     UNION ALL
    SELECT change.id FROM wanted wish JOIN identity_changes change ON change.staff_id = wish.staff_id
           AND change.status = 'requested'
                                AND (change.subject, change.issuer) IS NOT DISTINCT FROM (wish.subject, wish.issuer)
)

-- operation: get_staff(staff_id uuid)
SELECT member.version + belonging.version, {staff} FROM {member} WHERE member.id = :staff_id

-- before: list_staff_transfers(staff_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM staff WHERE id = :staff_id)

-- page: list_staff(number text[]?, department_id uuid[]?, active bool?, q text?)
-- sort: number text, name text, updated_at timestamptz
SELECT member.id AS tie, member.number, member.name, member.updated_at, {staff} AS item
  FROM {member}
 WHERE true
   AND member.folded_number = ANY (api.all_folded(:number))                                                      --? number
   AND EXISTS (SELECT FROM departments department WHERE department.id = belonging.department_id                  --? department_id
                  AND (department.id = ANY (:department_id) OR department.shozoku_id = ANY (:department_id)))    --? department_id
   AND (member.left_on IS NULL OR member.left_on > api.today()) = :active                                        --? active
   AND member.sought LIKE api.containing(:q)                                                                     --? q

-- operation: create_staff(body jsonb)
WITH given AS (
    SELECT given.*, coalesce(given."from", api.today()) AS begins_on
      FROM jsonb_to_record(:body) AS given (number text, name text, kana text, title text, subject text, issuer text,
                                            department_id uuid, "from" date, order_number text)
    -- refuse: reference-not-found /department_id not_found unless EXISTS (SELECT FROM departments department
    --   WHERE department.id = given.department_id AND api.serves_on(department.abolished_on, given.begins_on))
), member AS (
    INSERT INTO staff (number, name, kana, title, subject, issuer)
    SELECT number, name, kana, title, coalesce(subject, number), issuer FROM given
    RETURNING *
), transfer AS (
    INSERT INTO staff_transfers (staff_id, department_id, begins_on, order_number)
    SELECT member.id, given.department_id, given.begins_on, given.order_number FROM member CROSS JOIN given
    RETURNING *
), belonging AS (
    {membership} FROM transfer
)
SELECT answer.* FROM member CROSS JOIN belonging
 CROSS JOIN api.emit('staff.created', 'staff/' || member.id, belonging.department_id, {staff})
 CROSS JOIN api.answer(201, member.version + belonging.version, 'staff/' || member.id, {staff}) answer

-- Under the lock of the row. Whom a token names, of a holder of a post, waits for a second person.
-- operation: change_staff(staff_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT member.id, member.version AS was, belonging.department_id, belonging.version,
           member.version + belonging.version AS whole_version, given.subject, given.issuer,
           (given.subject, given.issuer) IS DISTINCT FROM (member.subject, member.issuer) AND api.holds_office(member.id) AS waits
      FROM {member} CROSS JOIN jsonb_populate_record(member, :body) given
     WHERE member.id = :staff_id
    -- refuse: precondition-failed unless api.match(whole_version, :if_match)
), wanted AS (
    SELECT id AS staff_id, subject, issuer FROM seen WHERE waits
), {ask}, member AS (
    UPDATE staff member
       SET (number, name, kana, title, subject, issuer, left_on) = (
           SELECT given.number, given.name, given.kana, given.title,
                  CASE WHEN seen.waits THEN member.subject ELSE given.subject END,
                  CASE WHEN seen.waits THEN member.issuer ELSE given.issuer END, given.left_on
             FROM jsonb_populate_record(member, :body) given)
      FROM seen
     WHERE member.id = seen.id
    RETURNING member.*
)
SELECT answer.* FROM member JOIN seen belonging USING (id) LEFT JOIN waiting ON true
 CROSS JOIN api.emit_if(member.version <> belonging.was OR EXISTS (SELECT FROM asked), 'staff.changed', 'staff/' || member.id,
                        belonging.department_id, {staff})
 CROSS JOIN api.answer(CASE WHEN waiting.id IS NULL THEN 200 ELSE 202 END, member.version + belonging.version,
                       'identity-changes/' || waiting.id, {staff}) answer

-- page: list_staff_transfers(staff_id uuid)
-- sort: from date
SELECT transfer.id AS tie, transfer.begins_on AS "from", {transfer} AS item FROM staff_transfers transfer
 WHERE transfer.staff_id = :staff_id

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
    SELECT member.id AS staff_id, given."from" AS begins_on, given.order_number, given.department_id
      FROM staff member, jsonb_to_record(:body) AS given (department_id uuid, "from" date, order_number text)
     WHERE member.id = :staff_id
    -- refuse: reference-not-found /department_id not_found unless EXISTS (SELECT FROM departments department
    --   WHERE department.id = wanted.department_id AND api.serves_on(department.abolished_on, wanted.begins_on))
), {move}
SELECT answer.* FROM moved transfer
 CROSS JOIN api.emit('staff.transferred', 'staff/' || transfer.staff_id, transfer.department_id, {transfer})
 CROSS JOIN api.answer(201, NULL, 'staff/' || transfer.staff_id || '/transfers', {transfer}) answer

-- A number that is written in another way stays as it is.
-- define: rows
row AS (
    SELECT line, cells ->> 'number' AS number, cells ->> 'department_code' AS department_code,
           coalesce((cells ->> 'from')::date, api.today()) AS begins_on, cells ->> 'order_number' AS order_number,
           cells - 'number' - 'department_code' - 'from' - 'order_number' AS members
      FROM import_rows
), target AS (
    SELECT row.line, row.number, row.department_code, row.begins_on, member.id,
           coalesce(row.order_number, known.order_number) AS order_number,
           CASE WHEN row.department_code IS NULL THEN known.department_id ELSE department.id END AS department_id,
           naming.subject, naming.issuer, naming.identified, naming.waits,
           CASE WHEN naming.waits THEN row.members - 'subject' - 'issuer' ELSE row.members END AS members,
           member.id IS NULL OR to_jsonb(member) || CASE WHEN naming.waits
           THEN row.members - 'subject' - 'issuer' ELSE row.members END
                           <> to_jsonb(member) AS differs,
           department.id IS NOT NULL AND NOT EXISTS (SELECT FROM staff_transfers transfer
                                                      WHERE transfer.staff_id = member.id
                                                        AND transfer.department_id = department.id
                                                        AND transfer.during @> row.begins_on)
               OR known.id IS NOT NULL AND known.order_number IS DISTINCT FROM coalesce(row.order_number, known.order_number)
               AS moves
      FROM row
      LEFT JOIN staff member ON api.folded(member.number) = api.folded(row.number)
      LEFT JOIN departments department ON api.folded(department.code) = api.folded(row.department_code)
          AND api.serves_on(department.abolished_on, row.begins_on)
      -- The one that begins on that day, and is corrected.
      LEFT JOIN staff_transfers known ON known.staff_id = member.id AND known.begins_on = row.begins_on
     -- Whom a token shall name; `identified`: another than now; `waits`: for a second person.
     CROSS JOIN LATERAL (
         SELECT named.issuer, named.subject, named.identified, named.identified AND member.id IS NOT NULL
                AND api.holds_office(member.id) AS waits
           FROM (SELECT named.issuer, coalesce(named.subject, row.number) AS subject,
                        (coalesce(named.subject, row.number), named.issuer) IS DISTINCT FROM (member.subject,
                                                                                              member.issuer) AS identified
                   FROM jsonb_populate_record(member, row.members) named) named) naming
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
    SELECT line, 'number', 'repeated' FROM (SELECT line, row_number() OVER (PARTITION BY api.folded(number)
                                                                            ORDER BY line) AS named
                                            FROM target) transfer WHERE named > 1
    UNION ALL
    SELECT line, 'department_code', 'not_found' FROM target WHERE department_code IS NOT NULL AND department_id IS NULL
    UNION ALL
    SELECT line, 'subject', api.identity_fault(id, subject, issuer) FROM target
     WHERE identified AND api.identity_fault(id, subject, issuer) IS NOT NULL
    UNION ALL
    SELECT line, 'subject', 'repeated'
      FROM (SELECT line, row_number() OVER (PARTITION BY subject, issuer ORDER BY line) AS named FROM target) transfer
     WHERE named > 1
    UNION ALL
    SELECT line, 'subject', 'taken' FROM target transfer
     WHERE EXISTS (SELECT FROM staff member WHERE member.subject = transfer.subject
                      AND member.issuer IS NOT DISTINCT FROM transfer.issuer
                      AND member.id IS DISTINCT FROM transfer.id
                      AND NOT EXISTS (SELECT FROM target other
                                       WHERE other.id = member.id AND other.identified AND NOT other.waits))
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
    SELECT transfer.number, naming.name, naming.kana, naming.title, transfer.subject, naming.issuer, naming.left_on
      FROM target transfer CROSS JOIN jsonb_populate_record(NULL::staff, transfer.members) naming
     WHERE transfer.id IS NULL
    RETURNING *
), changed AS (
    UPDATE staff member
       SET (name, kana, title, subject, issuer, left_on) = (
           SELECT naming.name, naming.kana, naming.title, naming.subject, naming.issuer, naming.left_on
             FROM jsonb_populate_record(member, transfer.members) naming)
      FROM target transfer
     WHERE member.id = transfer.id AND transfer.differs
), unidentified AS (
    INSERT INTO identity_changes (staff_id, subject, issuer)
    SELECT transfer.id, transfer.subject, transfer.issuer FROM target transfer
     WHERE transfer.waits AND NOT EXISTS (SELECT FROM identity_changes change
                                           WHERE change.staff_id = transfer.id AND change.status = 'requested'
                                             AND (change.subject, change.issuer) IS NOT DISTINCT FROM (transfer.subject,
                                                 transfer.issuer))
), wanted AS (
    SELECT coalesce(transfer.id, new.id) AS staff_id, transfer.department_id, transfer.begins_on, transfer.order_number
      FROM target transfer LEFT JOIN new USING (number)
     WHERE transfer.moves
), {move}
SELECT count(*) FROM moved
