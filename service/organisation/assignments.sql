-- define: assignment
json_build_object(
    'id', assignment.id, 'post_id', assignment.post_id, 'staff_id', assignment.staff_id, 'kind', assignment.kind,
    'from', assignment.begins_on, 'to', assignment.ends_on, 'withdrawn', assignment.withdrawn,
    'entered_on', CASE WHEN api.day_of(assignment.created_at) > assignment.begins_on
                       THEN api.day_of(assignment.created_at) END,
    'order_number', assignment.order_number, 'reason', assignment.reason, 'named_by_id', assignment.named_by_id,
    'named_by', assignment.named_by,
    'created_at', assignment.created_at, 'updated_at', assignment.updated_at)

-- operation: get_post_assignment(post_id uuid, assignment_id uuid)
SELECT assignment.version, {assignment} FROM post_assignments assignment
 WHERE assignment.post_id = :post_id AND assignment.id = :assignment_id

-- before: list_post_assignments(post_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM post_records WHERE id = :post_id)

-- page: list_post_assignments(post_id uuid, kind text[]?, as_of date?)
-- sort: from date
SELECT assignment.id AS tie, assignment.begins_on AS "from", {assignment} AS item
  FROM post_assignments assignment
 WHERE assignment.post_id = :post_id
   AND assignment.kind = ANY (:kind)    --? kind
   AND assignment.during @> :as_of      --? as_of

-- Who may not change it sees it all the same: 403, not 404.
-- before: change_post_assignment(post_id uuid, assignment_id uuid)
SELECT assignment.staff_id, api.right_to_assign(assignment.post_id, assignment.kind) AS by_right FROM post_assignments assignment
 WHERE assignment.post_id = :post_id AND assignment.id = :assignment_id
-- refuse: forbidden when by_right IS NULL OR api.by_own_hand(staff_id)

-- Whoever names for his own post does so as himself, whatever else he is; else by the role that gives him the right.
-- define: by_right
SELECT api.acts_by(CAST(CASE WHEN wanted.kind = 'acting' AND api.holds_post(api.staff_id(), post.id, api.today()) THEN '{}'
                             WHEN api.right_to_assign(post.id, wanted.kind) = 'naming' THEN '{general_manager}' ELSE '{operator}'
                        END AS text[]))
  FROM posts post

-- before: create_post_assignment(post_id uuid, body jsonb)
{by_right} CROSS JOIN jsonb_to_record(:body) AS wanted (kind text) WHERE post.id = :post_id

-- before: change_post_assignment(post_id uuid, assignment_id uuid)
{by_right} JOIN post_assignments wanted ON wanted.post_id = post.id WHERE post.id = :post_id AND wanted.id = :assignment_id

-- Whoever changes who holds a post locks it first, in a statement of its own: the next one then sees what others have
-- committed. `body` names the member of staff, if any.
-- before: create_post_assignment, change_post_assignment(post_id uuid, body jsonb)
SELECT api.hold_posts(ARRAY[:post_id], ARRAY[(CAST(:body AS jsonb) ->> 'staff_id')::uuid])

-- Under the lock above. A regular holder stays until the next one that is known; who held the post without a last day
-- holds it until the day before.
-- operation: create_post_assignment(post_id uuid, body jsonb)
WITH given AS (
    SELECT * FROM jsonb_to_record(:body) AS given (staff_id uuid, kind text, "from" date, "to" date, order_number text,
                                                   reason text)
), post AS (
    SELECT office.id, office.department_id, api.check_assignment(office.id, given.staff_id, given.kind, given."from", given."to",
                                                                 given.order_number) AS allowed
      FROM posts office CROSS JOIN given WHERE office.id = :post_id
), ended AS (
    UPDATE post_assignments assignment SET ends_on = given."from" - 1, cut_short = true
      FROM post CROSS JOIN given
     WHERE post.allowed AND given.kind = 'regular' AND assignment.post_id = post.id AND assignment.kind = 'regular'
       AND NOT assignment.withdrawn
       AND assignment.ends_on IS NULL AND assignment.begins_on < given."from"
), assignment AS (
    INSERT INTO post_assignments (post_id, staff_id, kind, begins_on, ends_on, cut_short, order_number, reason)
    SELECT post.id, given.staff_id, given.kind, given."from", coalesce(given."to", follows."on" - 1),
           given."to" IS NULL AND follows."on" IS NOT NULL, given.order_number, given.reason
      FROM post CROSS JOIN given
     CROSS JOIN LATERAL (SELECT min(next.begins_on) AS "on" FROM post_assignments next
                          WHERE next.post_id = post.id AND next.kind = 'regular' AND NOT next.withdrawn
                            AND next.begins_on > given."from") follows
     WHERE post.allowed
    RETURNING *
)
SELECT answer.* FROM assignment JOIN post ON post.id = assignment.post_id
 CROSS JOIN api.emit('post_assignment.created', 'posts/' || assignment.post_id || '/assignments/' || assignment.id,
                     post.department_id, {assignment})
 CROSS JOIN api.answer(201, assignment.version, 'posts/' || assignment.post_id || '/assignments/' || assignment.id,
                       {assignment}) answer

-- Whose term a withdrawn holder had cut short holds the post as before: until the next one that is known, if any.
-- operation: change_post_assignment(post_id uuid, assignment_id uuid, if_match bigint[], body jsonb)
WITH given AS (
    SELECT * FROM jsonb_to_record(:body) AS given ("to" date, order_number text, reason text, withdrawn boolean)
), seen AS (
    SELECT assignment.*, post.department_id, given."to", given.withdrawn AS withdraws,
           api.right_to_assign(post.id, assignment.kind) AS by_right
      FROM post_assignments assignment JOIN posts post ON post.id = assignment.post_id CROSS JOIN given
     WHERE assignment.post_id = :post_id AND assignment.id = :assignment_id
       FOR UPDATE OF assignment
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state when withdrawn OR withdraws AND begins_on <= api.today()
    -- refuse: value-not-accepted /to beyond_own_term when ("to" IS NOT NULL AND by_right = 'naming'
    --   AND NOT api.may('general_manager')
    --   AND NOT api.within_own_term(post_id, greatest(begins_on, least(api.today(), "to")), "to"))
), assignment AS (
    UPDATE post_assignments assignment
       SET ends_on = CASE WHEN CAST(:body AS jsonb) ? 'to' THEN given."to" ELSE assignment.ends_on END,
           order_number = coalesce(given.order_number, assignment.order_number),
           reason = coalesce(given.reason, assignment.reason),
           cut_short = assignment.cut_short AND NOT CAST(:body AS jsonb) ? 'to',
           withdrawn = assignment.withdrawn OR coalesce(given.withdrawn, false)
      FROM seen CROSS JOIN given
     WHERE assignment.id = seen.id
    RETURNING assignment.*
), restored AS (
    UPDATE post_assignments former
       SET (ends_on, cut_short) = (
           SELECT min(next.begins_on) - 1, min(next.begins_on) IS NOT NULL FROM post_assignments next
            WHERE next.post_id = former.post_id AND next.kind = 'regular' AND NOT next.withdrawn AND next.id <> seen.id
              AND next.begins_on > former.begins_on)
      FROM seen
     WHERE seen.withdraws AND seen.kind = 'regular' AND former.post_id = seen.post_id AND former.cut_short
       AND NOT former.withdrawn AND former.ends_on = seen.begins_on - 1
)
SELECT answer.* FROM assignment JOIN seen ON seen.id = assignment.id
 CROSS JOIN api.emit_if(assignment.version <> seen.version,
                        CASE WHEN assignment.withdrawn THEN 'post_assignment.withdrawn' ELSE 'post_assignment.changed' END,
                        'posts/' || assignment.post_id || '/assignments/' || assignment.id, seen.department_id, {assignment})
 CROSS JOIN api.answer(200, assignment.version, NULL, {assignment}) answer

-- `timeline` has the regular holders of each post as they will be: one without
-- a last day stays until the next one.
-- define: rows
row AS (
    SELECT imported.line, imported.post_code, imported.staff_number, imported.kind, imported."from" AS begins_on,
           post.id AS post_id, post.role, person.id AS staff_id, assignment.id,
           CASE WHEN imported.cells ? 'to' THEN imported."to"
                WHEN NOT assignment.cut_short THEN assignment.ends_on END AS ends_on,
           coalesce(imported.order_number, assignment.order_number) AS order_number,
           coalesce(imported.reason, assignment.reason) AS reason
      FROM (SELECT line, cells, cells ->> 'post_code' AS post_code, cells ->> 'staff_number' AS staff_number,
            cells ->> 'kind' AS kind,
                   (cells ->> 'from')::date AS "from", (cells ->> 'to')::date AS "to", cells ->> 'order_number' AS order_number,
                   cells ->> 'reason' AS reason
              FROM import_rows) imported
      LEFT JOIN (post_records record JOIN posts post ON post.id = record.id)
             ON api.folded(record.code) = api.folded(imported.post_code)
                AND api.serves_on(record.abolished_on, imported."from", record.established_on)
      LEFT JOIN staff_records person ON api.folded(person.number) = api.folded(imported.staff_number)
          AND (person.left_on IS NULL OR person.left_on > imported."from")
      LEFT JOIN post_assignments assignment ON assignment.post_id = post.id AND assignment.staff_id = person.id
          AND assignment.kind = imported.kind AND assignment.begins_on = imported."from"
                                  AND NOT assignment.withdrawn
), timeline AS (
    SELECT timed.line, timed.id, timed.post_id, timed.begins_on, timed.ends_on AS given_on,
           lead(timed.begins_on) OVER later AS next_on,
           max(timed.ends_on) OVER (later ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_on
      FROM (SELECT line, id, post_id, begins_on, ends_on FROM row WHERE kind = 'regular' AND post_id IS NOT NULL
             UNION ALL
            SELECT NULL, assignment.id, assignment.post_id, assignment.begins_on,
                   CASE WHEN NOT assignment.cut_short THEN assignment.ends_on END
              FROM post_assignments assignment
             WHERE assignment.kind = 'regular' AND NOT assignment.withdrawn
               AND assignment.post_id IN (SELECT row.post_id FROM row)
               AND NOT EXISTS (SELECT FROM row WHERE row.id = assignment.id)) timed
    WINDOW later AS (PARTITION BY timed.post_id ORDER BY timed.begins_on)
), settled AS (
    SELECT line, id, coalesce(given_on, next_on - 1) AS ends_on, given_on IS NULL AND next_on IS NOT NULL AS cut_short
      FROM timeline
     UNION ALL
    SELECT line, id, ends_on, false FROM row WHERE kind = 'acting'
)

-- statement: assignments_import_hold()
SELECT api.hold_posts(
    ARRAY(SELECT post.id FROM post_records post WHERE api.folded(post.code) IN (SELECT api.folded(cells ->> 'post_code')
                                                                           FROM import_rows)),
    ARRAY(SELECT member.id FROM staff_records member
           WHERE api.folded(member.number) IN (SELECT api.folded(cells ->> 'staff_number') FROM import_rows)))

-- statement: assignments_import_judge()
WITH {rows}, judged AS (
    SELECT row.line, row.staff_id,
           CASE WHEN assignment.id IS NULL THEN 'create'
                WHEN (assignment.ends_on, assignment.order_number, assignment.reason) IS DISTINCT FROM
                     (person.ends_on, row.order_number, row.reason) THEN 'update'
                ELSE 'keep' END AS action
      FROM row LEFT JOIN settled person USING (line) LEFT JOIN post_assignments assignment ON assignment.id = row.id
), fault (line, "column", code) AS (
    SELECT line, 'post_code', 'not_found' FROM row WHERE post_id IS NULL
    UNION ALL
    SELECT line, 'staff_number', 'not_found' FROM row WHERE staff_id IS NULL
    UNION ALL
    SELECT line, 'staff_number', 'oneself' FROM judged WHERE action <> 'keep' AND api.by_own_hand(staff_id)
    UNION ALL
    SELECT line, 'kind', 'named_by_the_holder' FROM row
     WHERE kind = 'acting' AND post_id IS NOT NULL AND role IS DISTINCT FROM 'general_manager'
    UNION ALL
    SELECT line, 'to', 'required' FROM row WHERE kind = 'acting' AND ends_on IS NULL
    UNION ALL
    SELECT line, 'to', 'before_from' FROM row WHERE ends_on < begins_on
    UNION ALL
    SELECT line, 'from', 'overlap' FROM timeline WHERE line IS NOT NULL
        AND (given_on >= next_on OR next_on = begins_on OR before_on >= begins_on)
    UNION ALL
    SELECT line, 'staff_number', 'repeated'
      FROM (SELECT line, row_number() OVER (PARTITION BY api.folded(post_code), api.folded(staff_number), kind, begins_on
                                            ORDER BY line) AS n FROM row) imported WHERE n > 1
), told AS (
    INSERT INTO import_faults SELECT line, "column", code FROM fault
)
INSERT INTO import_items
SELECT line, action FROM judged

-- statement: assignments_import_write()
WITH {rows}, changed AS (
    UPDATE post_assignments assignment
       SET ends_on = person.ends_on, cut_short = person.cut_short,
           order_number = coalesce(row.order_number, assignment.order_number),
           reason = coalesce(row.reason, assignment.reason)
      FROM settled person LEFT JOIN row USING (line)
     WHERE assignment.id = person.id
       AND (assignment.ends_on, assignment.order_number, assignment.reason) IS DISTINCT FROM
           (person.ends_on, coalesce(row.order_number, assignment.order_number), coalesce(row.reason, assignment.reason))
), added AS (
    INSERT INTO post_assignments (post_id, staff_id, kind, begins_on, ends_on, cut_short, order_number, reason)
    SELECT row.post_id, row.staff_id, row.kind, row.begins_on, person.ends_on, person.cut_short, row.order_number, row.reason
      FROM row JOIN settled person USING (line) WHERE row.id IS NULL
    RETURNING id
)
SELECT count(*) FROM added
