-- A department as it is on a day: `record`, what no day changes, and `place`, what it is then.
-- define: department
json_build_object(
    'id', record.id, 'code', place.code, 'name', place.name, 'kind', place.kind, 'parent_id', place.parent_id,
    'is_shozoku', place.is_shozoku, 'shozoku_id', place.shozoku_id, 'established_on', record.established_on,
    'abolished_on', record.abolished_on, 'created_at', record.created_at, 'updated_at', record.updated_at)

-- define: of_the_day
department_records record
  JOIN department_days place ON place.department_id = record.id AND place.begins_on <= day.day AND place.ends_on >= day.day

-- define: today
(SELECT api.today() AS day OFFSET 0) day

-- The day turns it without a write, and so does what stands above.
-- define: version
record.version + (SELECT count(*) FROM department_days turned WHERE turned.department_id = record.id
                     AND turned.begins_on <= day.day)

-- operation: get_department(department_id uuid, as_of date)
SELECT concat_ws('.', {version}, nullif(day.day, api.today())), {department}
  FROM (SELECT coalesce(CAST(:as_of AS date), api.today()) AS day OFFSET 0) day CROSS JOIN {of_the_day}
 WHERE record.id = :department_id

-- page: list_departments(code text[]?, kind text[]?, parent_id uuid[]?, is_shozoku bool?, active bool?, q text?, as_of date)
-- sort: code text, name text, updated_at timestamptz
SELECT record.id AS tie, place.code, place.name, record.updated_at, {department} AS item
  FROM (SELECT coalesce(CAST(:as_of AS date), api.today()) AS day OFFSET 0) day CROSS JOIN {of_the_day}
 WHERE true
   AND api.folded(place.code) = ANY (api.all_folded(:code))                                                --? code
   AND place.kind = ANY (:kind)                                                                            --? kind
   AND place.parent_id = ANY (:parent_id)                                                                  --? parent_id
   AND place.is_shozoku = :is_shozoku                                                                      --? is_shozoku
   AND api.serves_on(record.abolished_on, day.day, record.established_on) = :active                        --? active
   AND place.sought LIKE api.containing(:q)                                                                --? q

-- before: create_department()
SELECT api.hold_tree(NULL)

-- What follows from the terms is settled when they are there, so the answer is a statement of its own.
-- before: create_department(body jsonb)
WITH given AS (
    SELECT * FROM jsonb_to_record(:body) AS given (code text, name text, kind text, parent_id uuid, is_shozoku boolean,
                                                   "from" date)
), record AS (
    INSERT INTO department_records (established_on) SELECT coalesce(given."from", api.today()) FROM given
    RETURNING id
), term AS (
    INSERT INTO department_terms (department_id, code, name, kind, parent_id, is_shozoku)
    SELECT record.id, given.code, given.name, given.kind, given.parent_id, given.is_shozoku FROM record CROSS JOIN given
    RETURNING department_id
)
SELECT set_config('kiki.made', department_id::text, true) FROM term

-- operation: create_department()
SELECT answer.* FROM {today} CROSS JOIN {of_the_day}
 CROSS JOIN api.emit('department.created', 'departments/' || record.id, record.id, {department})
 CROSS JOIN api.answer(201, {version}, 'departments/' || record.id, {department}) answer
 WHERE record.id = api.context('made')::uuid

-- A change of what others are decided by locks first, in a statement of its own.
-- before: change_department(department_id uuid)
SELECT api.hold_tree(:department_id)

-- before: change_department(department_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT record.id, {version} AS version, coalesce((CAST(:body AS jsonb) ->> 'from')::date, api.today()) AS begins_on
      FROM department_records record CROSS JOIN {today} WHERE record.id = :department_id
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: value-not-accepted /from begins_in_the_past when begins_on < api.today()
)
SELECT api.change_terms('department_terms', seen.id, seen.begins_on, CAST(:body AS jsonb) - '{from,abolished_on}'::text[])
  FROM seen

-- before: change_department(department_id uuid, body jsonb)
UPDATE department_records record SET abolished_on = (CAST(:body AS jsonb) ->> 'abolished_on')::date
 WHERE record.id = :department_id AND CAST(:body AS jsonb) ? 'abolished_on'

-- operation: change_department(department_id uuid)
SELECT answer.* FROM {today} CROSS JOIN {of_the_day}
 CROSS JOIN api.emit_if(api.context('changed') IS NOT NULL, 'department.changed', 'departments/' || record.id, record.id,
                        {department})
 CROSS JOIN api.answer(200, {version}, NULL, {department}) answer
 WHERE record.id = :department_id

-- before: list_department_terms(department_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM department_records WHERE id = :department_id)

-- page: list_department_terms(department_id uuid)
-- sort: from date
SELECT term.id AS tie, term.begins_on AS "from", json_build_object(
           'id', term.id, 'department_id', term.department_id, 'from', nullif(term.begins_on, '-infinity'),
           'to', nullif(term.ends_on, 'infinity'), 'code', term.code, 'name', term.name, 'kind', term.kind,
           'parent_id', term.parent_id, 'is_shozoku', term.is_shozoku, 'created_at', term.created_at,
           'updated_at', term.updated_at) AS item
  FROM department_terms term
 WHERE term.department_id = :department_id
