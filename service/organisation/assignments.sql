-- define: assignment
json_build_object(
    'id', a.id, 'post_id', a.post_id, 'staff_id', a.staff_id, 'kind', a.kind, 'from', a.begins_on, 'to', a.ends_on,
    'withdrawn', a.withdrawn, 'order_number', a.order_number, 'reason', a.reason, 'named_by_id', a.named_by_id,
    'created_at', a.created_at, 'updated_at', a.updated_at)

-- operation: get_post_assignment(post_id uuid, assignment_id uuid)
SELECT a.version, {assignment} FROM post_assignments a WHERE a.post_id = :post_id AND a.id = :assignment_id

-- before: list_post_assignments(post_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM posts WHERE id = :post_id)

-- page: list_post_assignments(post_id uuid, kind text[]?, as_of date?)
-- sort: from date
SELECT a.id AS tie, a.begins_on AS "from", {assignment} AS item
  FROM post_assignments a
 WHERE a.post_id = :post_id
   AND a.kind = ANY (:kind)        --? kind
   AND a.during @> :as_of          --? as_of

-- Who may not change it sees it all the same: 403, not 404.
-- before: change_post_assignment(post_id uuid, assignment_id uuid)
SELECT a.staff_id, api.right_to_assign(p, a.kind) AS by_right FROM post_assignments a JOIN posts p ON p.id = a.post_id
 WHERE a.post_id = :post_id AND a.id = :assignment_id
-- refuse: forbidden when by_right IS NULL OR api.by_own_hand(staff_id)

-- Whoever changes who holds a post locks it first, in a statement of its own: the next one then sees what others have
-- committed. `body` names the member of staff, if any.
-- before: create_post_assignment, change_post_assignment(post_id uuid, body jsonb)
SELECT api.hold_posts(ARRAY[:post_id], ARRAY[(CAST(:body AS jsonb) ->> 'staff_id')::uuid])

-- Under the lock above. A regular holder stays until the next one that is known; who held the post without a last day
-- holds it until the day before.
-- operation: create_post_assignment(post_id uuid, body jsonb)
WITH b AS (
    SELECT * FROM jsonb_to_record(:body) AS b (staff_id uuid, kind text, "from" date, "to" date, order_number text, reason text)
), post AS (
    SELECT p.id, p.department_id, api.check_assignment(p, b.staff_id, b.kind, b."from", b."to", b.order_number) AS allowed
      FROM posts p CROSS JOIN b WHERE p.id = :post_id
), ended AS (
    UPDATE post_assignments a SET ends_on = b."from" - 1
      FROM post CROSS JOIN b
     WHERE post.allowed AND b.kind = 'regular' AND a.post_id = post.id AND a.kind = 'regular' AND NOT a.withdrawn
       AND a.ends_on IS NULL AND a.begins_on < b."from"
), a AS (
    INSERT INTO post_assignments (post_id, staff_id, kind, begins_on, ends_on, order_number, reason)
    SELECT post.id, b.staff_id, b.kind, b."from",
           coalesce(b."to", (SELECT min(n.begins_on) - 1 FROM post_assignments n
                              WHERE n.post_id = post.id AND n.kind = 'regular' AND NOT n.withdrawn AND n.begins_on > b."from")),
           b.order_number, b.reason
      FROM post CROSS JOIN b WHERE post.allowed
    RETURNING *
)
SELECT answer.* FROM a JOIN post ON post.id = a.post_id
 CROSS JOIN api.emit('post_assignment.created', 'posts/' || a.post_id || '/assignments/' || a.id, post.department_id,
                     {assignment})
 CROSS JOIN api.answer(201, a.version, 'posts/' || a.post_id || '/assignments/' || a.id, {assignment}) answer

-- operation: change_post_assignment(post_id uuid, assignment_id uuid, if_match bigint[], body jsonb)
WITH b AS (
    SELECT * FROM jsonb_to_record(:body) AS b ("to" date, order_number text, reason text, withdrawn boolean)
), seen AS (
    SELECT a.*, p.department_id, b."to", b.withdrawn AS withdraws, api.right_to_assign(p, a.kind) AS by_right
      FROM post_assignments a JOIN posts p ON p.id = a.post_id CROSS JOIN b
     WHERE a.post_id = :post_id AND a.id = :assignment_id
       FOR UPDATE OF a
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state when withdrawn OR withdraws AND begins_on <= api.today()
    -- refuse: value-not-accepted /to beyond_own_term when ("to" IS NOT NULL AND by_right = 'naming'
    --   AND NOT api.may('general_manager')
    --   AND NOT api.within_own_term(post_id, greatest(begins_on, least(api.today(), "to")), "to"))
), a AS (
    UPDATE post_assignments a
       SET ends_on = CASE WHEN CAST(:body AS jsonb) ? 'to' THEN b."to" ELSE a.ends_on END,
           order_number = coalesce(b.order_number, a.order_number), reason = coalesce(b.reason, a.reason),
           withdrawn = a.withdrawn OR coalesce(b.withdrawn, false)
      FROM seen CROSS JOIN b
     WHERE a.id = seen.id
    RETURNING a.*
)
SELECT answer.* FROM a JOIN seen ON seen.id = a.id
 CROSS JOIN api.emit_if(a.version <> seen.version,
                        CASE WHEN a.withdrawn THEN 'post_assignment.withdrawn' ELSE 'post_assignment.changed' END,
                        'posts/' || a.post_id || '/assignments/' || a.id, seen.department_id, {assignment})
 CROSS JOIN api.answer(200, a.version, NULL, {assignment}) answer

-- `timeline` has the regular holders of each post as they will be: one without
-- a last day stays until the next one.
-- define: rows
row AS (
    SELECT r.line, r.post_code, r.staff_number, r.kind, r."from" AS begins_on, p.id AS post_id, p.role, s.id AS staff_id, a.id,
           CASE WHEN r.cells ? 'to' THEN r."to" ELSE a.ends_on END AS ends_on,
           coalesce(r.order_number, a.order_number) AS order_number, coalesce(r.reason, a.reason) AS reason
      FROM (SELECT line, cells, cells ->> 'post_code' AS post_code, cells ->> 'staff_number' AS staff_number,
            cells ->> 'kind' AS kind,
                   (cells ->> 'from')::date AS "from", (cells ->> 'to')::date AS "to", cells ->> 'order_number' AS order_number,
                   cells ->> 'reason' AS reason
              FROM import_rows) r
      LEFT JOIN posts p ON api.folded(p.code) = api.folded(r.post_code) AND (p.abolished_on IS NULL OR p.abolished_on > r."from")
      LEFT JOIN staff s ON api.folded(s.number) = api.folded(r.staff_number) AND (s.left_on IS NULL OR s.left_on > r."from")
      LEFT JOIN post_assignments a ON a.post_id = p.id AND a.staff_id = s.id AND a.kind = r.kind AND a.begins_on = r."from"
                                  AND NOT a.withdrawn
), timeline AS (
    SELECT t.line, t.id, t.post_id, t.begins_on, t.ends_on AS given_on, lead(t.begins_on) OVER later AS next_on,
           max(t.ends_on) OVER (later ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_on
      FROM (SELECT line, id, post_id, begins_on, ends_on FROM row WHERE kind = 'regular' AND post_id IS NOT NULL
             UNION ALL
            SELECT NULL, a.id, a.post_id, a.begins_on, a.ends_on FROM post_assignments a
             WHERE a.kind = 'regular' AND NOT a.withdrawn AND a.post_id IN (SELECT row.post_id FROM row)
               AND NOT EXISTS (SELECT FROM row WHERE row.id = a.id)) t
    WINDOW later AS (PARTITION BY t.post_id ORDER BY t.begins_on)
), settled AS (
    SELECT line, id, coalesce(given_on, next_on - 1) AS ends_on FROM timeline
     UNION ALL
    SELECT line, id, ends_on FROM row WHERE kind = 'acting'
)

-- statement: assignments_import_hold()
SELECT api.hold_posts(
    ARRAY(SELECT p.id FROM posts p WHERE api.folded(p.code) IN (SELECT api.folded(cells ->> 'post_code') FROM import_rows)),
    ARRAY(SELECT s.id FROM staff s WHERE api.folded(s.number) IN (SELECT api.folded(cells ->> 'staff_number') FROM import_rows)))

-- statement: assignments_import_judge()
WITH {rows}, judged AS (
    SELECT row.line, row.staff_id,
           CASE WHEN a.id IS NULL THEN 'create'
                WHEN (a.ends_on, a.order_number, a.reason) IS DISTINCT FROM
                     (s.ends_on, row.order_number, row.reason) THEN 'update'
                ELSE 'keep' END AS action
      FROM row LEFT JOIN settled s USING (line) LEFT JOIN post_assignments a ON a.id = row.id
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
                                            ORDER BY line) AS n FROM row) r WHERE n > 1
), told AS (
    INSERT INTO import_faults SELECT line, "column", code FROM fault
)
INSERT INTO import_items
SELECT line, action FROM judged

-- statement: assignments_import_write()
WITH {rows}, changed AS (
    UPDATE post_assignments a
       SET ends_on = s.ends_on, order_number = coalesce(row.order_number, a.order_number), reason = coalesce(row.reason, a.reason)
      FROM settled s LEFT JOIN row USING (line)
     WHERE a.id = s.id
       AND (a.ends_on, a.order_number, a.reason) IS DISTINCT FROM
           (s.ends_on, coalesce(row.order_number, a.order_number), coalesce(row.reason, a.reason))
), added AS (
    INSERT INTO post_assignments (post_id, staff_id, kind, begins_on, ends_on, order_number, reason)
    SELECT row.post_id, row.staff_id, row.kind, row.begins_on, s.ends_on, row.order_number, row.reason
      FROM row JOIN settled s USING (line) WHERE row.id IS NULL
    RETURNING id
)
SELECT count(*) FROM added
