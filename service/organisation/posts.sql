-- define: post
json_build_object(
    'id', post.id, 'code', post.code, 'name', post.name, 'department_id', post.department_id, 'is_head', post.is_head,
    'role', post.role, 'abolished_on', post.abolished_on, 'created_at', post.created_at, 'updated_at', post.updated_at)

-- operation: get_post(post_id uuid)
SELECT post.version, {post} FROM posts post WHERE post.id = :post_id

-- page: list_posts(code text[]?, department_id uuid[]?, role text[]?, is_head bool?, active bool?)
-- sort: code text, updated_at timestamptz
SELECT post.id AS tie, post.code, post.updated_at, {post} AS item
  FROM posts post
 WHERE true
   AND api.folded(post.code) = ANY (api.all_folded(:code))                                   --? code
   AND post.department_id = ANY (:department_id)                                             --? department_id
   AND (post.role = ANY (:role)                                                              --? role
        OR 'usage_manager' = ANY (:role)                                                     --? role
           AND post.is_head AND (SELECT department.is_shozoku FROM departments department    --? role
                                  WHERE department.id = post.department_id))                 --? role
   AND post.is_head = :is_head                                                               --? is_head
   AND api.serves_on(post.abolished_on, api.today()) = :active              --? active

-- operation: create_post(body jsonb)
WITH post AS (
    INSERT INTO posts (code, name, department_id, is_head, role)
    SELECT code, name, department_id, coalesce(is_head, false), role FROM jsonb_populate_record(NULL::posts, :body)
    RETURNING *
)
SELECT answer.* FROM post
 CROSS JOIN api.emit('post.created', 'posts/' || post.id, post.department_id, {post})
 CROSS JOIN api.answer(201, post.version, 'posts/' || post.id, {post}) answer

-- operation: change_post(post_id uuid, if_match bigint[], body jsonb)
WITH {change: posts post (code, name, department_id, is_head, role, abolished_on)}
SELECT answer.* FROM post JOIN seen USING (id)
 CROSS JOIN api.emit_if(post.version <> seen.version, 'post.changed', 'posts/' || post.id, post.department_id, {post})
 CROSS JOIN api.answer(200, post.version, NULL, {post}) answer
