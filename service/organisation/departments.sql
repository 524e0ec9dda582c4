-- define: department
json_build_object(
    'id', d.id, 'code', d.code, 'name', d.name, 'kind', d.kind, 'parent_id', d.parent_id, 'is_shozoku', d.is_shozoku,
    'shozoku_id', d.shozoku_id, 'abolished_on', d.abolished_on, 'created_at', d.created_at, 'updated_at', d.updated_at)

-- operation: get_department(department_id uuid)
SELECT d.version, {department} FROM departments d WHERE d.id = :department_id

-- page: list_departments(code text[]?, kind text[]?, parent_id uuid[]?, is_shozoku bool?, active bool?, q text?)
-- sort: code text, name text, updated_at timestamptz
SELECT d.id AS tie, d.code, d.name, d.updated_at, {department} AS item
  FROM departments d
 WHERE true
   AND d.code = ANY (:code)                                                      --? code
   AND d.kind = ANY (:kind)                                                      --? kind
   AND d.parent_id = ANY (:parent_id)                                            --? parent_id
   AND d.is_shozoku = :is_shozoku                                                --? is_shozoku
   AND (d.abolished_on IS NULL OR d.abolished_on > api.today()) = :active        --? active
   AND d.sought LIKE api.containing(:q)                                          --? q

-- A change of what others are decided by locks first, in a statement of its own; a new department has none below it.
-- before: change_department(department_id uuid, body jsonb)
SELECT CASE WHEN CAST(:body AS jsonb) ?| '{parent_id,is_shozoku,abolished_on}' THEN api.hold_tree(:department_id) END

-- before: create_department()
SELECT api.hold_tree(NULL)

-- operation: create_department(body jsonb)
WITH d AS (
    INSERT INTO departments (code, name, kind, parent_id, is_shozoku)
    SELECT code, name, kind, parent_id, is_shozoku FROM jsonb_populate_record(NULL::departments, :body)
    RETURNING *
)
SELECT answer.* FROM d
 CROSS JOIN api.emit('department.created', 'departments/' || d.id, d.id, {department})
 CROSS JOIN api.answer(201, d.version, 'departments/' || d.id, {department}) answer

-- operation: change_department(department_id uuid, if_match bigint[], body jsonb)
WITH {change: departments d (code, name, kind, parent_id, is_shozoku, abolished_on)}
SELECT answer.* FROM d JOIN seen USING (id)
 CROSS JOIN api.emit_if(d.version <> seen.version, 'department.changed', 'departments/' || d.id, d.id, {department})
 CROSS JOIN api.answer(200, d.version, NULL, {department}) answer
