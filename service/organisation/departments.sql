-- define: department
json_build_object(
    'id', department.id, 'code', department.code, 'name', department.name, 'kind', department.kind,
    'parent_id', department.parent_id, 'is_shozoku', department.is_shozoku, 'shozoku_id', department.shozoku_id,
    'abolished_on', department.abolished_on, 'created_at', department.created_at, 'updated_at', department.updated_at)

-- operation: get_department(department_id uuid)
SELECT department.version, {department} FROM departments department WHERE department.id = :department_id

-- page: list_departments(code text[]?, kind text[]?, parent_id uuid[]?, is_shozoku bool?, active bool?, q text?)
-- sort: code text, name text, updated_at timestamptz
SELECT department.id AS tie, department.code, department.name, department.updated_at, {department} AS item
  FROM departments department
 WHERE true
   AND api.folded(department.code) = ANY (api.all_folded(:code))                               --? code
   AND department.kind = ANY (:kind)                                                           --? kind
   AND department.parent_id = ANY (:parent_id)                                                 --? parent_id
   AND department.is_shozoku = :is_shozoku                                                     --? is_shozoku
   AND api.serves_on(department.abolished_on, api.today()) = :active    --? active
   AND department.sought LIKE api.containing(:q)                                               --? q

-- A change of what others are decided by locks first, in a statement of its own; a new department has none below it.
-- before: change_department(department_id uuid, body jsonb)
SELECT CASE WHEN CAST(:body AS jsonb) ?| '{parent_id,is_shozoku,abolished_on}' THEN api.hold_tree(:department_id) END

-- before: create_department()
SELECT api.hold_tree(NULL)

-- operation: create_department(body jsonb)
WITH department AS (
    INSERT INTO departments (code, name, kind, parent_id, is_shozoku)
    SELECT code, name, kind, parent_id, is_shozoku FROM jsonb_populate_record(NULL::departments, :body)
    RETURNING *
)
SELECT answer.* FROM department
 CROSS JOIN api.emit('department.created', 'departments/' || department.id, department.id, {department})
 CROSS JOIN api.answer(201, department.version, 'departments/' || department.id, {department}) answer

-- operation: change_department(department_id uuid, if_match bigint[], body jsonb)
WITH {change: departments department (code, name, kind, parent_id, is_shozoku, abolished_on)}
SELECT answer.* FROM department JOIN seen USING (id)
 CROSS JOIN api.emit_if(department.version <> seen.version, 'department.changed', 'departments/' || department.id, department.id,
                        {department})
 CROSS JOIN api.answer(200, department.version, NULL, {department}) answer
