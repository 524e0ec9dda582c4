-- A member of staff on a day: `member`, what no day changes; `called`, the names; `belonging`, where he belongs and his title.
-- What a token names is the operator's to see.
-- define: staff
json_build_object(
    'id', member.id, 'number', member.number, 'name', called.name, 'kana', called.kana, 'title', belonging.title,
    'department_id', belonging.department_id, 'left_on', member.left_on,
    'subject', CASE WHEN api.may('operator', 'organisation:write') THEN member.subject END,
    'issuer', CASE WHEN api.may('operator', 'organisation:write') THEN member.issuer END, 'created_at', member.created_at,
    'updated_at', member.updated_at)

-- Where somebody belongs on a day, and with which title, out of his transfers. The day turns it without a write, so the
-- version of a member of staff is his row's and `version`, which rises when a transfer is written, begins or ends, and that of
-- his names.
-- define: membership
SELECT (array_agg(transfer.department_id) FILTER (WHERE transfer.during @> day.day))[1] AS department_id,
       (array_agg(transfer.title) FILTER (WHERE transfer.during @> day.day))[1] AS title,
       coalesce(sum(transfer.version + (transfer.begins_on <= day.day)::int + coalesce(transfer.ends_on < day.day,
                                                                                       false)::int), 0)::bigint
           AS version

-- define: today
(SELECT api.today() AS day OFFSET 0) day

-- define: member
staff_records member
  JOIN staff_names called ON called.staff_id = member.id AND called.begins_on <= day.day AND called.ends_on >= day.day
 CROSS JOIN LATERAL ({membership} FROM staff_transfers transfer WHERE transfer.staff_id = member.id) belonging

-- define: naming_version
(SELECT sum(name.version + (name.begins_on <= day.day)::int)::bigint FROM staff_names name WHERE name.staff_id = member.id)

-- define: transfer
json_build_object(
    'id', transfer.id, 'staff_id', transfer.staff_id, 'department_id', transfer.department_id, 'title', transfer.title,
    'from', transfer.begins_on, 'to', transfer.ends_on, 'order_number', transfer.order_number,
    'entered_on', CASE WHEN api.day_of(transfer.entered_at) > transfer.begins_on THEN api.day_of(transfer.entered_at) END,
    'created_at', transfer.created_at, 'updated_at', transfer.updated_at)

-- Lets each of `wanted` (staff_id, department_id, begins_on, order_number, title, titled) belong there from that day until the
-- next transfer that is known: the one before ends, one from the same day is corrected, and is then entered anew. Who is not
-- `titled` by it keeps the title he has. `moved` are the transfers written.
-- The next ones and the title before are looked up for all at once, as rows that are being added would be searched for each.
-- define: move
beside AS (
    SELECT wish.staff_id, min(transfer.begins_on) FILTER (WHERE transfer.begins_on > wish.begins_on) AS next_on,
           (array_agg(transfer.title ORDER BY transfer.begins_on DESC)
                FILTER (WHERE transfer.begins_on < wish.begins_on))[1] AS title
      FROM wanted wish JOIN staff_transfers transfer USING (staff_id)
     GROUP BY wish.staff_id
), ended AS (
    UPDATE staff_transfers transfer SET ends_on = wish.begins_on - 1
      FROM wanted wish
     WHERE transfer.staff_id = wish.staff_id AND transfer.during @> wish.begins_on AND transfer.begins_on < wish.begins_on
), corrected AS (
    UPDATE staff_transfers transfer
       SET department_id = wish.department_id, order_number = wish.order_number,
           title = CASE WHEN wish.titled THEN wish.title ELSE transfer.title END,
           entered_at = CASE WHEN transfer.department_id <> wish.department_id
                                  OR wish.titled AND transfer.title IS DISTINCT FROM wish.title
                             THEN api.now() ELSE transfer.entered_at END
      FROM wanted wish
     WHERE transfer.staff_id = wish.staff_id AND transfer.begins_on = wish.begins_on
    RETURNING transfer.*
), added AS (
    INSERT INTO staff_transfers (staff_id, department_id, begins_on, ends_on, order_number, title)
    SELECT wish.staff_id, wish.department_id, wish.begins_on, beside.next_on - 1, wish.order_number,
           CASE WHEN wish.titled THEN wish.title ELSE beside.title END
      FROM wanted wish LEFT JOIN beside USING (staff_id)
     WHERE NOT EXISTS (SELECT FROM staff_transfers transfer
                        WHERE transfer.staff_id = wish.staff_id AND transfer.begins_on = wish.begins_on)
    RETURNING *
), moved AS (
    SELECT * FROM corrected UNION ALL SELECT * FROM added
)

-- Lets each of `names` (staff_id, begins_on, name, kana) be called so from that day until another name that is known begins.
-- define: rename
renamed AS (
    SELECT names.*, known.id, known.begins_on AS known_from, known.ends_on
      FROM names JOIN staff_names known ON known.staff_id = names.staff_id AND known.during @> names.begins_on
     WHERE (known.name, known.kana) IS DISTINCT FROM (names.name, names.kana)
), renamed_before AS (
    UPDATE staff_names called SET ends_on = renamed.begins_on - 1 FROM renamed
     WHERE called.id = renamed.id AND renamed.known_from < renamed.begins_on
), renamed_on AS (
    UPDATE staff_names called SET name = renamed.name, kana = renamed.kana FROM renamed
     WHERE called.id = renamed.id AND renamed.known_from = renamed.begins_on
), named AS (
    INSERT INTO staff_names (staff_id, begins_on, ends_on, name, kana)
    SELECT renamed.staff_id, renamed.begins_on, renamed.ends_on, renamed.name, renamed.kana FROM renamed
     WHERE renamed.known_from < renamed.begins_on
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

-- operation: get_staff(staff_id uuid, as_of date)
SELECT concat_ws('.', member.version + belonging.version + {naming_version}, nullif(day.day, api.today())), {staff}
  FROM (SELECT coalesce(CAST(:as_of AS date), api.today()) AS day OFFSET 0) day CROSS JOIN {member}
 WHERE member.id = :staff_id

-- before: list_staff_transfers, list_staff_names(staff_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM staff_records WHERE id = :staff_id)

-- page: list_staff(number text[]?, department_id uuid[]?, active bool?, q text?, as_of date)
-- sort: number text, name text, updated_at timestamptz
SELECT member.id AS tie, member.number, called.name, member.updated_at, {staff} AS item
  FROM (SELECT coalesce(CAST(:as_of AS date), api.today()) AS day OFFSET 0) day CROSS JOIN {member}
 WHERE true
   AND member.folded_number = ANY (api.all_folded(:number))                                                      --? number
   AND EXISTS (SELECT FROM department_days place WHERE place.department_id = belonging.department_id             --? department_id
                  AND place.begins_on <= day.day AND place.ends_on >= day.day                                    --? department_id
                  AND (place.department_id = ANY (:department_id) OR place.shozoku_id = ANY (:department_id)))   --? department_id
   AND (member.left_on IS NULL OR member.left_on > day.day) = :active                                            --? active
   AND member.folded_number || E'\x1f' || called.sought LIKE api.containing(:q)                                  --? q

-- operation: create_staff(body jsonb)
WITH day AS (
    SELECT api.today() AS day
), given AS (
    SELECT given.*, coalesce(given."from", api.today()) AS begins_on
      FROM jsonb_to_record(:body) AS given (number text, name text, kana text, title text, subject text, issuer text,
                                            department_id uuid, "from" date, order_number text)
    -- refuse: reference-not-found /department_id not_found unless EXISTS (SELECT FROM department_records department
    --   WHERE department.id = given.department_id
    --     AND api.serves_on(department.abolished_on, given.begins_on, department.established_on))
), member AS (
    INSERT INTO staff_records (number, subject, issuer) SELECT number, coalesce(subject, number), issuer FROM given
    RETURNING *
), called AS (
    INSERT INTO staff_names (staff_id, name, kana) SELECT member.id, given.name, given.kana FROM member CROSS JOIN given
    RETURNING *
), transfer AS (
    INSERT INTO staff_transfers (staff_id, department_id, begins_on, order_number, title)
    SELECT member.id, given.department_id, given.begins_on, given.order_number, given.title FROM member CROSS JOIN given
    RETURNING *
), belonging AS (
    {membership} FROM transfer CROSS JOIN day
)
SELECT answer.* FROM member CROSS JOIN called CROSS JOIN belonging
 CROSS JOIN api.emit('staff.created', 'staff/' || member.id, belonging.department_id, {staff})
 CROSS JOIN api.answer(201, member.version + belonging.version + called.version + 1, 'staff/' || member.id, {staff}) answer

-- Under the lock of the row. Whom a token names, of a holder of a post, waits for a second person. A title is one of the
-- transfer that is in force from that day on, and another transfer where that began before, and goes on with the transfers
-- that only kept it; who belongs nowhere then has none.
-- before: change_staff(staff_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT member.id, member.subject AS was_subject, member.issuer AS was_issuer, given.*,
           member.version + belonging.version + {naming_version} AS whole_version, api.holds_office(member.id) AS holds_office,
           coalesce((CAST(:body AS jsonb) ->> 'from')::date, day.day) AS begins_on
      FROM {today} CROSS JOIN {member}
     CROSS JOIN LATERAL (SELECT wish.number, wish.subject, wish.issuer, wish.left_on
                           FROM jsonb_populate_record(member, :body) wish) given
     WHERE member.id = :staff_id
    -- refuse: precondition-failed unless api.match(whole_version, :if_match)
    -- refuse: value-not-accepted /from begins_in_the_past when begins_on < api.today()
), judged AS (
    SELECT seen.*, (subject, issuer) IS DISTINCT FROM (was_subject, was_issuer) AND holds_office AS waits FROM seen
), wanted AS (
    SELECT id AS staff_id, subject, issuer FROM judged WHERE waits
), {ask}, changed AS (
    UPDATE staff_records member
       SET (number, subject, issuer, left_on) = (
           SELECT judged.number, CASE WHEN judged.waits THEN member.subject ELSE judged.subject END,
                  CASE WHEN judged.waits THEN member.issuer ELSE judged.issuer END, judged.left_on)
      FROM judged
     WHERE member.id = judged.id
), names AS (
    SELECT seen.id AS staff_id, seen.begins_on, coalesce(CAST(:body AS jsonb) ->> 'name', known.name) AS name,
           CASE WHEN CAST(:body AS jsonb) ? 'kana' THEN CAST(:body AS jsonb) ->> 'kana' ELSE known.kana END AS kana
      FROM seen JOIN staff_names known ON known.staff_id = seen.id AND known.during @> seen.begins_on
), {rename}
SELECT set_config('kiki.waiting', coalesce(waiting.id::text, ''), true) FROM seen LEFT JOIN waiting ON true

-- before: change_staff(staff_id uuid, body jsonb)
WITH wanted AS (
    SELECT transfer.staff_id, transfer.department_id, given.begins_on, true AS titled, CAST(:body AS jsonb) ->> 'title' AS title,
           CASE WHEN transfer.begins_on = given.begins_on THEN transfer.order_number END AS order_number
      FROM (SELECT coalesce((CAST(:body AS jsonb) ->> 'from')::date, api.today()) AS begins_on) given
      JOIN staff_transfers transfer ON transfer.staff_id = :staff_id AND transfer.during @> given.begins_on
     WHERE CAST(:body AS jsonb) ? 'title' AND transfer.title IS DISTINCT FROM CAST(:body AS jsonb) ->> 'title'
), {move}, carried AS (
    UPDATE staff_transfers later SET title = wish.title
      FROM wanted wish JOIN staff_transfers held ON held.staff_id = wish.staff_id AND held.during @> wish.begins_on
     WHERE later.staff_id = wish.staff_id AND later.begins_on > wish.begins_on AND later.title IS NOT DISTINCT FROM held.title
       AND NOT EXISTS (SELECT FROM staff_transfers other
                        WHERE other.staff_id = wish.staff_id AND other.begins_on > wish.begins_on
                          AND other.begins_on < later.begins_on AND other.title IS DISTINCT FROM held.title)
)
SELECT count(*) FROM moved

-- operation: change_staff(staff_id uuid)
SELECT answer.* FROM {today} CROSS JOIN {member}
 CROSS JOIN (SELECT api.context('waiting') AS id) waiting
 CROSS JOIN api.emit_if(api.context('changed') IS NOT NULL, 'staff.changed', 'staff/' || member.id, belonging.department_id,
                        {staff})
 CROSS JOIN api.answer(CASE WHEN waiting.id IS NULL THEN 200 ELSE 202 END,
                       member.version + belonging.version + {naming_version}, 'identity-changes/' || waiting.id, {staff}) answer
 WHERE member.id = :staff_id

-- page: list_staff_names(staff_id uuid)
-- sort: from date
SELECT called.id AS tie, called.begins_on AS "from", json_build_object(
           'id', called.id, 'staff_id', called.staff_id, 'from', nullif(called.begins_on, '-infinity'),
           'to', nullif(called.ends_on, 'infinity'), 'name', called.name, 'kana', called.kana, 'created_at', called.created_at,
           'updated_at', called.updated_at) AS item
  FROM staff_names called
 WHERE called.staff_id = :staff_id

-- page: list_staff_transfers(staff_id uuid)
-- sort: from date
SELECT transfer.id AS tie, transfer.begins_on AS "from", {transfer} AS item FROM staff_transfers transfer
 WHERE transfer.staff_id = :staff_id

-- Whoever moves somebody locks where to and then whom, each in a statement of its own: the next one then sees what others
-- have committed.
-- before: create_staff_transfer(body jsonb)
SELECT FROM department_records WHERE id = (CAST(:body AS jsonb) ->> 'department_id')::uuid FOR KEY SHARE

-- before: change_staff, create_staff_transfer(staff_id uuid)
SELECT FROM staff_records WHERE id = :staff_id FOR NO KEY UPDATE

-- Under the locks above no transfer can come to lie over another.
-- operation: create_staff_transfer(staff_id uuid, body jsonb)
-- never: staff_transfers_one_at_a_time
WITH wanted AS (
    SELECT member.id AS staff_id, given."from" AS begins_on, given.order_number, given.department_id, given.title,
           CAST(:body AS jsonb) ? 'title' AS titled
      FROM staff_records member, jsonb_to_record(:body) AS given (department_id uuid, "from" date, order_number text, title text)
     WHERE member.id = :staff_id
    -- refuse: reference-not-found /department_id not_found unless EXISTS (SELECT FROM department_records department
    --   WHERE department.id = wanted.department_id
    --     AND api.serves_on(department.abolished_on, wanted.begins_on, department.established_on))
), {move}
SELECT answer.* FROM moved transfer
 CROSS JOIN api.emit('staff.transferred', 'staff/' || transfer.staff_id, transfer.department_id, {transfer})
 CROSS JOIN api.answer(201, NULL, 'staff/' || transfer.staff_id || '/transfers', {transfer}) answer

-- A number that is written in another way stays as it is. `held` is the transfer in force on the day, which is corrected where
-- it begins on that very day. A title is one of the transfer; another name or kana holds from that day on, and not before today.
-- define: rows
row AS (
    SELECT line, cells ->> 'number' AS number, cells ->> 'department_code' AS department_code,
           coalesce((cells ->> 'from')::date, api.today()) AS begins_on, cells ->> 'order_number' AS order_number,
           cells ? 'title' AS titled, cells ->> 'title' AS title, cells ? 'kana' AS read, cells ->> 'kana' AS kana,
           cells ->> 'name' AS name, cells - '{number,name,kana,title,department_code,from,order_number}'::text[] AS members
      FROM import_rows
), target AS (
    SELECT row.line, row.number, row.department_code, row.begins_on, row.titled, row.title, member.id,
           greatest(row.begins_on, api.today()) AS called_from, coalesce(row.name, called.name) AS name,
           CASE WHEN row.read THEN row.kana ELSE called.kana END AS kana,
           coalesce(row.order_number, CASE WHEN held.begins_on = row.begins_on THEN held.order_number END) AS order_number,
           CASE WHEN row.department_code IS NULL THEN held.department_id ELSE department.department_id END AS department_id,
           naming.subject, naming.issuer, naming.identified, naming.waits,
           CASE WHEN naming.waits THEN row.members - 'subject' - 'issuer' ELSE row.members END AS members,
           to_jsonb(member) || CASE WHEN naming.waits THEN row.members - 'subject' - 'issuer' ELSE row.members END
               <> to_jsonb(member) AS differs,
           (coalesce(row.name, called.name), CASE WHEN row.read THEN row.kana ELSE called.kana END)
               IS DISTINCT FROM (called.name, called.kana) AS renames,
           department.department_id <> held.department_id OR department.department_id IS NOT NULL AND held.id IS NULL
               OR row.titled AND held.title IS DISTINCT FROM row.title
                  AND (held.id IS NOT NULL OR department.department_id IS NOT NULL)
               OR held.begins_on = row.begins_on AND held.order_number <> row.order_number
               OR held.begins_on = row.begins_on AND held.order_number IS NULL AND row.order_number IS NOT NULL AS moves
      FROM row
      LEFT JOIN staff_records member ON api.folded(member.number) = api.folded(row.number)
      LEFT JOIN staff_names called ON called.staff_id = member.id AND called.during @> greatest(row.begins_on, api.today())
      LEFT JOIN (department_days department
                 JOIN department_records record ON record.id = department.department_id)
             ON api.folded(department.code) = api.folded(row.department_code) AND department.begins_on <= row.begins_on
                AND department.ends_on >= row.begins_on
                AND api.serves_on(record.abolished_on, row.begins_on, record.established_on)
      LEFT JOIN staff_transfers held ON held.staff_id = member.id AND held.during @> row.begins_on
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
SELECT api.hold_departments(ARRAY(SELECT place.department_id FROM department_days place
                                   WHERE api.folded(place.code) IN (SELECT api.folded(cells ->> 'department_code')
                                                                      FROM import_rows)))

-- statement: staff_import_hold()
SELECT count(*) FROM (SELECT FROM staff_records
                       WHERE api.folded(number) IN (SELECT api.folded(cells ->> 'number') FROM import_rows)
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
     WHERE EXISTS (SELECT FROM staff_records member WHERE member.subject = transfer.subject
                      AND member.issuer IS NOT DISTINCT FROM transfer.issuer
                      AND member.id IS DISTINCT FROM transfer.id
                      AND NOT EXISTS (SELECT FROM target other
                                       WHERE other.id = member.id AND other.identified AND NOT other.waits))
), told AS (
    INSERT INTO import_faults SELECT line, "column", code FROM fault
)
INSERT INTO import_items
SELECT line, CASE WHEN id IS NULL THEN 'create' WHEN waits THEN 'await_confirmation'
                  WHEN differs OR renames OR moves THEN 'update'
                  ELSE 'keep' END
  FROM target

-- statement: staff_import_write()
WITH {rows}, new AS (
    INSERT INTO staff_records (number, subject, issuer, left_on)
    SELECT transfer.number, transfer.subject, naming.issuer, naming.left_on
      FROM target transfer CROSS JOIN jsonb_populate_record(NULL::staff_records, transfer.members) naming
     WHERE transfer.id IS NULL
    RETURNING *
), called AS (
    INSERT INTO staff_names (staff_id, name, kana)
    SELECT new.id, transfer.name, transfer.kana FROM target transfer JOIN new USING (number)
), changed AS (
    UPDATE staff_records member
       SET (subject, issuer, left_on) = (
           SELECT naming.subject, naming.issuer, naming.left_on FROM jsonb_populate_record(member, transfer.members) naming)
      FROM target transfer
     WHERE member.id = transfer.id AND transfer.differs
), names AS (
    SELECT target.id AS staff_id, target.called_from AS begins_on, target.name, target.kana FROM target
     WHERE target.id IS NOT NULL AND target.renames
), {rename}, unidentified AS (
    INSERT INTO identity_changes (staff_id, subject, issuer)
    SELECT transfer.id, transfer.subject, transfer.issuer FROM target transfer
     WHERE transfer.waits AND NOT EXISTS (SELECT FROM identity_changes change
                                           WHERE change.staff_id = transfer.id AND change.status = 'requested'
                                             AND (change.subject, change.issuer) IS NOT DISTINCT FROM (transfer.subject,
                                                 transfer.issuer))
), wanted AS (
    SELECT coalesce(transfer.id, new.id) AS staff_id, transfer.department_id, transfer.begins_on, transfer.order_number,
           transfer.titled, transfer.title
      FROM target transfer LEFT JOIN new USING (number)
     WHERE transfer.moves
), {move}
SELECT count(*) FROM moved
