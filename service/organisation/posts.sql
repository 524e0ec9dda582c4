-- A post as it is on a day: `record`, what no day changes, and `term`, what it is then.
-- define: post
json_build_object(
    'id', record.id, 'code', record.code, 'name', term.name, 'department_id', term.department_id, 'is_head', term.is_head,
    'role', term.role, 'established_on', record.established_on, 'abolished_on', record.abolished_on,
    'created_at', record.created_at, 'updated_at', record.updated_at)

-- define: of_the_day
post_records record JOIN post_terms term ON term.post_id = record.id AND term.begins_on <= day.day AND term.ends_on >= day.day

-- define: today
(SELECT api.today() AS day OFFSET 0) day

-- The day turns it without a write.
-- define: version
record.version + (SELECT count(*) FROM post_terms turned WHERE turned.post_id = record.id AND turned.begins_on <= day.day)

-- operation: get_post(post_id uuid, as_of date)
SELECT concat_ws('.', {version}, nullif(day.day, api.today())), {post}
  FROM (SELECT coalesce(CAST(:as_of AS date), api.today()) AS day OFFSET 0) day CROSS JOIN {of_the_day}
 WHERE record.id = :post_id

-- page: list_posts(code text[]?, department_id uuid[]?, role text[]?, is_head bool?, active bool?, as_of date)
-- sort: code text, updated_at timestamptz
SELECT record.id AS tie, record.code, record.updated_at, {post} AS item
  FROM (SELECT coalesce(CAST(:as_of AS date), api.today()) AS day OFFSET 0) day CROSS JOIN {of_the_day}
 WHERE true
   AND api.folded(record.code) = ANY (api.all_folded(:code))                                               --? code
   AND term.department_id = ANY (:department_id)                                                           --? department_id
   AND (term.role = ANY (:role)                                                                            --? role
        OR 'usage_manager' = ANY (:role)                                                                   --? role
           AND term.is_head AND (SELECT place.is_shozoku FROM api.department_as(term.department_id, day.day) place))    --? role
   AND term.is_head = :is_head                                                                             --? is_head
   AND api.serves_on(record.abolished_on, day.day, record.established_on) = :active                        --? active

-- operation: create_post(body jsonb)
WITH day AS (
    SELECT api.today() AS day
), given AS (
    SELECT * FROM jsonb_to_record(:body) AS given (code text, name text, department_id uuid, is_head boolean, role text,
                                                   "from" date)
), record AS (
    INSERT INTO post_records (code, established_on) SELECT given.code, coalesce(given."from", day.day) FROM given CROSS JOIN day
    RETURNING *
), term AS (
    INSERT INTO post_terms (post_id, name, department_id, is_head, role)
    SELECT record.id, given.name, given.department_id, coalesce(given.is_head, false), given.role FROM record CROSS JOIN given
    RETURNING *
)
SELECT answer.* FROM record CROSS JOIN term
 CROSS JOIN api.emit('post.created', 'posts/' || record.id, term.department_id, {post})
 CROSS JOIN api.answer(201, record.version + 1, 'posts/' || record.id, {post}) answer

-- Before a change of what a post gives: the departments by which it is decided come after it.
-- before: change_post(post_id uuid, body jsonb)
SELECT api.hold_posts(ARRAY[:post_id], '{}', ARRAY[(CAST(:body AS jsonb) ->> 'department_id')::uuid])

-- before: change_post(post_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT record.id, {version} AS version, coalesce((CAST(:body AS jsonb) ->> 'from')::date, api.today()) AS begins_on
      FROM post_records record CROSS JOIN {today} WHERE record.id = :post_id
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: value-not-accepted /from begins_in_the_past when begins_on < api.today()
)
SELECT api.change_terms('post_terms', seen.id, seen.begins_on, CAST(:body AS jsonb) - '{from,code,abolished_on}'::text[])
  FROM seen

-- before: change_post(post_id uuid, body jsonb)
UPDATE post_records record
   SET (code, abolished_on) = (SELECT given.code, given.abolished_on FROM jsonb_populate_record(record, :body) given)
 WHERE record.id = :post_id

-- operation: change_post(post_id uuid)
SELECT answer.* FROM {today} CROSS JOIN {of_the_day}
 CROSS JOIN api.emit_if(api.context('changed') IS NOT NULL, 'post.changed', 'posts/' || record.id, term.department_id, {post})
 CROSS JOIN api.answer(200, {version}, NULL, {post}) answer
 WHERE record.id = :post_id

-- before: list_post_terms(post_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM post_records WHERE id = :post_id)

-- page: list_post_terms(post_id uuid)
-- sort: from date
SELECT term.id AS tie, term.begins_on AS "from", json_build_object(
           'id', term.id, 'post_id', term.post_id, 'from', nullif(term.begins_on, '-infinity'),
           'to', nullif(term.ends_on, 'infinity'), 'name', term.name, 'department_id', term.department_id,
           'is_head', term.is_head, 'role', term.role, 'created_at', term.created_at, 'updated_at', term.updated_at) AS item
  FROM post_terms term
 WHERE term.post_id = :post_id
