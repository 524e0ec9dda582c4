-- define: placement_request
json_build_object(
    'id', r.id, 'department_id', r.department_id, 'device_kind', r.device_kind, 'quantity', r.quantity, 'reason', r.reason,
    'wished_on', r.wished_on, 'status', coalesce(r.decision, 'requested'), 'requested_by_id', r.requested_by_id,
    'decision_note', r.decision_note, 'decided_by_id', r.decided_by_id, 'decided_at', r.decided_at,
    'created_at', r.created_at, 'updated_at', r.updated_at)

-- define: comment
json_build_object('id', c.id, 'comment', c.comment, 'written_by_id', c.written_by_id, 'created_at', c.created_at)

-- operation: get_placement_request(placement_request_id uuid)
SELECT r.version, {placement_request} FROM placement_requests r WHERE r.id = :placement_request_id

-- before: list_placement_request_comments(placement_request_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM placement_requests WHERE id = :placement_request_id)

-- page: list_placement_requests(department_id uuid[]?, status text[]?)
-- sort: created_at timestamptz
SELECT r.id AS tie, r.created_at, {placement_request} AS item
  FROM placement_requests r
 WHERE true
   AND r.department_id = ANY (:department_id)                  --? department_id
   AND coalesce(r.decision, 'requested') = ANY (:status)       --? status

-- operation: create_placement_request(body jsonb)
WITH b AS (
    SELECT * FROM jsonb_populate_record(NULL::placement_requests, :body)
    -- refuse: reference-not-found /department_id not_found unless department_id = ANY (api.managed_departments())
), r AS (
    INSERT INTO placement_requests (department_id, device_kind, quantity, reason, wished_on)
    SELECT department_id, device_kind, quantity, reason, wished_on FROM b
    RETURNING *
)
SELECT answer.* FROM r
 CROSS JOIN api.emit('placement_request.created', 'placement-requests/' || r.id, r.department_id, {placement_request})
 CROSS JOIN api.answer(201, r.version, 'placement-requests/' || r.id, {placement_request}) answer

-- operation: decide_placement_request(placement_request_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT id, version, decision FROM placement_requests WHERE id = :placement_request_id FOR UPDATE
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state when decision IS NOT NULL
), r AS (
    UPDATE placement_requests r
       SET decision = b.decision, decision_note = b.note, decided_by_id = api.caller(), decided_at = api.now()
      FROM seen, jsonb_to_record(:body) AS b (decision text, note text)
     WHERE r.id = seen.id
    RETURNING r.*
)
SELECT answer.* FROM r
 CROSS JOIN api.emit('placement_request.decided', 'placement-requests/' || r.id, r.department_id, {placement_request})
 CROSS JOIN api.answer(200, r.version, NULL, {placement_request}) answer

-- page: list_placement_request_comments(placement_request_id uuid)
-- sort: created_at timestamptz
SELECT c.id AS tie, c.created_at, {comment} AS item FROM placement_request_comments c
 WHERE c.placement_request_id = :placement_request_id

-- operation: add_placement_request_comment(placement_request_id uuid, body jsonb)
WITH c AS (
    INSERT INTO placement_request_comments (placement_request_id, department_id, comment)
    SELECT r.id, r.department_id, CAST(:body AS jsonb) ->> 'comment' FROM placement_requests r WHERE r.id = :placement_request_id
       AND (api.may('equipment_manager') OR r.department_id = ANY (api.managed_departments()))
    RETURNING *
)
SELECT answer.* FROM c
 CROSS JOIN api.emit('placement_request.commented', 'placement-requests/' || c.placement_request_id, c.department_id, {comment})
 CROSS JOIN api.answer(201, NULL, 'placement-requests/' || c.placement_request_id || '/comments', {comment}) answer

-- task: placement_request
-- ja: 配置要望について決定してください：%s
-- en: Decide a placement request: %s
SELECT 'art4.1.1', r.created_at, 'placement-requests/' || r.id, ARRAY[d.name]
  FROM placement_requests r JOIN departments d ON d.id = r.department_id
 WHERE r.decision IS NULL AND api.may('equipment_manager')
