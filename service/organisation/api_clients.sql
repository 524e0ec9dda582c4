-- define: api_client
json_build_object(
    'id', client.id, 'client_id', client.client_id, 'subject', client.subject, 'issuer', client.issuer, 'name', client.name,
    'scopes', client.scopes, 'department_ids', client.department_ids, 'active', client.active,
    'created_at', client.created_at, 'updated_at', client.updated_at)

-- operation: get_api_client(api_client_id uuid)
SELECT client.version, {api_client} FROM api_clients client WHERE client.id = :api_client_id

-- page: list_api_clients(client_id text[]?, active bool?)
-- sort: client_id text, name text, updated_at timestamptz
SELECT client.id AS tie, coalesce(client.client_id, '') AS client_id, client.name, client.updated_at, {api_client} AS item
  FROM api_clients client
 WHERE true
   AND client.client_id = ANY (:client_id)    --? client_id
   AND client.active = :active                --? active

-- Records belong to a 所属, so a client is bound to those only.
-- before: create_api_client, change_api_client(body jsonb)
SELECT bound.id::uuid AS id, bound.at - 1 AS at
  FROM jsonb_array_elements_text(CASE WHEN jsonb_typeof(CAST(:body AS jsonb) -> 'department_ids') = 'array'
                                      THEN CAST(:body AS jsonb) -> 'department_ids'
                                          ELSE '[]' END) WITH ORDINALITY AS bound (id, at)
-- refuse: reference-not-found /department_ids/{at} not_found unless EXISTS (SELECT FROM departments department
--   WHERE department.id = row.id AND department.is_shozoku)

-- operation: create_api_client(body jsonb)
WITH client AS (
    INSERT INTO api_clients (client_id, subject, issuer, name, scopes, department_ids)
    SELECT client_id, subject, issuer, name, scopes, department_ids FROM jsonb_populate_record(NULL::api_clients, :body)
    RETURNING *
)
SELECT answer.* FROM client
 CROSS JOIN api.emit('api_client.created', 'api-clients/' || client.id, NULL, {api_client})
 CROSS JOIN api.answer(201, client.version, 'api-clients/' || client.id, {api_client}) answer

-- operation: change_api_client(api_client_id uuid, if_match bigint[], body jsonb)
WITH {change: api_clients client (issuer, name, scopes, department_ids, active)}
SELECT answer.* FROM client JOIN seen USING (id)
 CROSS JOIN api.emit_if(client.version <> seen.version, 'api_client.changed', 'api-clients/' || client.id, NULL, {api_client})
 CROSS JOIN api.answer(200, client.version, NULL, {api_client}) answer
