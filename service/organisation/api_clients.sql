-- define: api_client
json_build_object(
    'id', c.id, 'client_id', c.client_id, 'subject', c.subject, 'issuer', c.issuer, 'name', c.name, 'scopes', c.scopes,
    'department_ids', c.department_ids,
    'active', c.active, 'created_at', c.created_at, 'updated_at', c.updated_at)

-- operation: get_api_client(api_client_id uuid)
SELECT c.version, {api_client} FROM api_clients c WHERE c.id = :api_client_id

-- page: list_api_clients(client_id text[]?, active bool?)
-- sort: client_id text, name text, updated_at timestamptz
SELECT c.id AS tie, coalesce(c.client_id, '') AS client_id, c.name, c.updated_at, {api_client} AS item
  FROM api_clients c
 WHERE true
   AND c.client_id = ANY (:client_id)    --? client_id
   AND c.active = :active                --? active

-- Records belong to a 所属, so a client is bound to those only.
-- before: create_api_client, change_api_client(body jsonb)
SELECT b.id::uuid AS id, b.at - 1 AS at
  FROM jsonb_array_elements_text(CASE WHEN jsonb_typeof(CAST(:body AS jsonb) -> 'department_ids') = 'array'
                                      THEN CAST(:body AS jsonb) -> 'department_ids' ELSE '[]' END) WITH ORDINALITY AS b (id, at)
-- refuse: reference-not-found /department_ids/{at} not_found unless EXISTS (SELECT FROM departments d
--   WHERE d.id = row.id AND d.is_shozoku)

-- operation: create_api_client(body jsonb)
WITH c AS (
    INSERT INTO api_clients (client_id, subject, issuer, name, scopes, department_ids)
    SELECT client_id, subject, issuer, name, scopes, department_ids FROM jsonb_populate_record(NULL::api_clients, :body)
    RETURNING *
)
SELECT answer.* FROM c
 CROSS JOIN api.emit('api_client.created', 'api-clients/' || c.id, NULL, {api_client})
 CROSS JOIN api.answer(201, c.version, 'api-clients/' || c.id, {api_client}) answer

-- operation: change_api_client(api_client_id uuid, if_match bigint[], body jsonb)
WITH {change: api_clients c (issuer, name, scopes, department_ids, active)}
SELECT answer.* FROM c JOIN seen USING (id)
 CROSS JOIN api.emit_if(c.version <> seen.version, 'api_client.changed', 'api-clients/' || c.id, NULL, {api_client})
 CROSS JOIN api.answer(200, c.version, NULL, {api_client}) answer
