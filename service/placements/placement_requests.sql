-- Who decides what he asked for himself does so all the same; it is shown and counted (separated duties).
-- define: own_decision
coalesce(request.decided_by_id = request.requested_by_id, false)

-- define: placement_request
json_build_object(
    'id', request.id, 'department_id', request.department_id, 'device_kind', request.device_kind,
    'quantity', request.quantity, 'reason', request.reason, 'wished_on', request.wished_on,
    'status', coalesce(request.decision, 'requested'), 'requested_by_id', request.requested_by_id,
    'requested_by', request.requested_by, 'decision_note', request.decision_note, 'decided_by_id', request.decided_by_id,
    'decided_by', request.decided_by, 'decided_at', request.decided_at, 'own_decision', {own_decision},
    'created_at', request.created_at, 'updated_at', request.updated_at)

-- define: comment
json_build_object('id', remark.id, 'comment', remark.comment, 'written_by_id', remark.written_by_id,
                  'written_by', remark.written_by,
                  'created_at', remark.created_at)

-- operation: get_placement_request(placement_request_id uuid)
SELECT request.version, {placement_request} FROM placement_requests request WHERE request.id = :placement_request_id

-- before: list_placement_request_comments(placement_request_id uuid)
-- refuse: not-found unless EXISTS (SELECT FROM placement_requests WHERE id = :placement_request_id)

-- page: list_placement_requests(department_id uuid[]?, status text[]?, own_decision bool?)
-- sort: created_at timestamptz
SELECT request.id AS tie, request.created_at, {placement_request} AS item
  FROM placement_requests request
 WHERE true
   AND request.department_id = ANY (:department_id)               --? department_id
   AND coalesce(request.decision, 'requested') = ANY (:status)    --? status
   AND {own_decision} = CAST(:own_decision AS boolean)            --? own_decision

-- operation: create_placement_request(body jsonb)
WITH given AS (
    SELECT * FROM jsonb_populate_record(NULL::placement_requests, :body)
    -- refuse: reference-not-found /department_id not_found unless (department_id = ANY (api.managed_departments())
    --   AND EXISTS (SELECT FROM departments department WHERE department.id = given.department_id
    --     AND api.serves_on(department.abolished_on, api.today(), department.established_on)))
), request AS (
    INSERT INTO placement_requests (department_id, device_kind, quantity, reason, wished_on, requested_by)
    SELECT department_id, device_kind, quantity, reason, wished_on, api.actor(department_id) FROM given
    RETURNING *
)
SELECT answer.* FROM request
 CROSS JOIN api.emit('placement_request.created', 'placement-requests/' || request.id, request.department_id, {placement_request})
 CROSS JOIN api.answer(201, request.version, 'placement-requests/' || request.id, {placement_request}) answer

-- operation: decide_placement_request(placement_request_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT id, version, decision, department_id, CAST(:body AS jsonb) ->> 'decision' AS becomes
      FROM placement_requests WHERE id = :placement_request_id FOR UPDATE
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state when decision IS NOT NULL
    -- refuse: not-in-this-state when (becomes <> 'refused' AND NOT EXISTS (
    --   SELECT FROM departments department WHERE department.id = seen.department_id
    --     AND api.serves_on(department.abolished_on, api.today())))
), request AS (
    UPDATE placement_requests request
       SET decision = given.decision, decision_note = given.note, decided_by_id = api.caller(), decided_by = api.actor(),
           decided_at = api.now()
      FROM seen, jsonb_to_record(:body) AS given (decision text, note text)
     WHERE request.id = seen.id
    RETURNING request.*
)
SELECT answer.* FROM request
 CROSS JOIN api.emit('placement_request.decided', 'placement-requests/' || request.id, request.department_id, {placement_request})
 CROSS JOIN api.answer(200, request.version, NULL, {placement_request}) answer

-- page: list_placement_request_comments(placement_request_id uuid)
-- sort: created_at timestamptz
SELECT remark.id AS tie, remark.created_at, {comment} AS item FROM placement_request_comments remark
 WHERE remark.placement_request_id = :placement_request_id

-- operation: add_placement_request_comment(placement_request_id uuid, body jsonb)
WITH remark AS (
    INSERT INTO placement_request_comments (placement_request_id, department_id, comment, written_by)
    SELECT request.id, request.department_id, CAST(:body AS jsonb) ->> 'comment', api.actor(request.department_id)
      FROM placement_requests request
     WHERE request.id = :placement_request_id
       AND (api.may('equipment_manager') OR request.department_id = ANY (api.managed_departments()))
    RETURNING *
)
SELECT answer.* FROM remark
 CROSS JOIN api.emit('placement_request.commented', 'placement-requests/' || remark.placement_request_id, remark.department_id,
                     {comment})
 CROSS JOIN api.answer(201, NULL, 'placement-requests/' || remark.placement_request_id || '/comments', {comment}) answer

-- task: placement_request
-- ja: 配置要望（%2$s）について決定してください：%1$s
-- en: Decide the placement request of %3$s: %1$s
SELECT 'art4.1.1', request.created_at, 'placement-requests/' || request.id,
       ARRAY[department.name, api.wareki_day(api.day_of(request.created_at)), api.english_day(api.day_of(request.created_at))]
  FROM placement_requests request JOIN departments department ON department.id = request.department_id
 WHERE request.decision IS NULL AND api.may('equipment_manager')

-- finding: own_request_decided
-- ja: 配置要望を、要望した者が自ら決定しました：%1$s（%2$s）
-- en: A placement request was decided by who had made it: %1$s (%3$s)
-- noted by: general_manager
SELECT request.id::text, '{art4.1.1}'::text[], NULL::text, request.department_id, NULL::uuid, request.decided_at,
       'placement-requests/' || request.id,
       ARRAY[department.name, api.wareki_day(api.day_of(request.decided_at)), api.english_day(api.day_of(request.decided_at))],
       ARRAY[request.decided_by_id]
  FROM api.placement_requests_asked() request
 CROSS JOIN api.department_as(request.department_id, api.day_of(request.decided_at)) department
 WHERE {own_decision}
