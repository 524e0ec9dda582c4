-- define: post
json_build_object(
    'id', p.id, 'code', p.code, 'name', p.name, 'department_id', p.department_id, 'is_head', p.is_head, 'role', p.role,
    'abolished_on', p.abolished_on, 'created_at', p.created_at, 'updated_at', p.updated_at)

-- operation: get_post(post_id uuid)
SELECT p.version, {post} FROM posts p WHERE p.id = :post_id

-- page: list_posts(code text[]?, department_id uuid[]?, role text[]?, is_head bool?, active bool?)
-- sort: code text, updated_at timestamptz
SELECT p.id AS tie, p.code, p.updated_at, {post} AS item
  FROM posts p
 WHERE true
   AND p.code = ANY (:code)                                                                 --? code
   AND p.department_id = ANY (:department_id)                                               --? department_id
   AND (p.role = ANY (:role)                                                                --? role
        OR 'usage_manager' = ANY (:role)                                                    --? role
           AND p.is_head AND (SELECT d.is_shozoku FROM departments d WHERE d.id = p.department_id))  --? role
   AND p.is_head = :is_head                                                                 --? is_head
   AND (p.abolished_on IS NULL OR p.abolished_on > api.today()) = :active                   --? active

-- operation: create_post(body jsonb)
WITH p AS (
    INSERT INTO posts (code, name, department_id, is_head, role)
    SELECT code, name, department_id, coalesce(is_head, false), role FROM jsonb_populate_record(NULL::posts, :body)
    RETURNING *
)
SELECT answer.* FROM p
 CROSS JOIN api.emit('post.created', 'posts/' || p.id, p.department_id, {post})
 CROSS JOIN api.answer(201, p.version, 'posts/' || p.id, {post}) answer

-- operation: change_post(post_id uuid, if_match bigint[], body jsonb)
WITH {change: posts p (code, name, department_id, is_head, role, abolished_on)}
SELECT answer.* FROM p JOIN seen USING (id)
 CROSS JOIN api.emit_if(p.version <> seen.version, 'post.changed', 'posts/' || p.id, p.department_id, {post})
 CROSS JOIN api.answer(200, p.version, NULL, {post}) answer
