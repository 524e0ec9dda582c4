-- define: identity_change
json_build_object(
    'id', c.id, 'staff_id', c.staff_id, 'staff_number', s.number, 'staff_name', s.name, 'subject', c.subject, 'issuer', c.issuer,
    'former_subject', c.former_subject, 'former_issuer', c.former_issuer, 'status', c.status,
    'requested_by_id', c.requested_by_id, 'requested_by_kind', c.requested_by_kind, 'requested_at', c.created_at,
    'decided_by_id', c.decided_by_id, 'decided_at', c.decided_at, 'reason', c.reason,
    'acknowledged_by_id', c.acknowledged_by_id, 'acknowledged_at', c.acknowledged_at)

-- The answer of a write: the change c, with the name it shows. Number and name are the directory's, so the version of a
-- read has a word of them.
-- define: told
'identity-changes/' || c.id, NULL, json_build_object('id', c.id, 'staff_id', c.staff_id, 'status', c.status)

-- define: tag
c.version || '.' || left(md5(s.number || ' ' || s.name), 8)

-- operation: get_identity_change(identity_change_id uuid)
SELECT {tag}, {identity_change} FROM identity_changes c JOIN staff s ON s.id = c.staff_id WHERE c.id = :identity_change_id

-- page: list_identity_changes(status text[]?, staff_id uuid[]?)
-- sort: requested_at timestamptz
SELECT c.id AS tie, c.created_at AS requested_at, {identity_change} AS item
  FROM identity_changes c JOIN staff s ON s.id = c.staff_id
 WHERE true
   AND c.status = ANY (:status)        --? status
   AND c.staff_id = ANY (:staff_id)    --? staff_id

-- The member of staff, then what is to change about him.
-- before: confirm_identity_change(identity_change_id uuid)
SELECT api.hold_identity(:identity_change_id)

-- operation: confirm_identity_change(identity_change_id uuid, if_match bigint[])
WITH seen AS (
    SELECT id, version, status FROM identity_changes WHERE id = :identity_change_id FOR NO KEY UPDATE
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state unless status = 'requested'
), c AS (
    UPDATE identity_changes c SET status = 'confirmed' FROM seen WHERE c.id = seen.id
    RETURNING c.*
)
SELECT answer.* FROM c JOIN staff s ON s.id = c.staff_id
 CROSS JOIN api.emit('identity_change.confirmed', {told})
 CROSS JOIN api.answer(200, c.version, NULL, {identity_change}) answer

-- operation: refuse_identity_change(identity_change_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT id, version, status FROM identity_changes WHERE id = :identity_change_id FOR NO KEY UPDATE
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state unless status = 'requested'
), c AS (
    UPDATE identity_changes c SET status = 'refused', reason = CAST(:body AS jsonb) ->> 'reason' FROM seen WHERE c.id = seen.id
    RETURNING c.*
)
SELECT answer.* FROM c JOIN staff s ON s.id = c.staff_id
 CROSS JOIN api.emit('identity_change.refused', {told})
 CROSS JOIN api.answer(200, c.version, NULL, {identity_change}) answer

-- operation: acknowledge_identity_change(identity_change_id uuid)
WITH seen AS (
    SELECT id, status, acknowledged_at FROM identity_changes WHERE id = :identity_change_id FOR NO KEY UPDATE
    -- refuse: not-in-this-state unless status = 'confirmed' AND acknowledged_at IS NULL
), c AS (
    UPDATE identity_changes c SET acknowledged_by_id = api.caller(), acknowledged_at = api.now() FROM seen WHERE c.id = seen.id
    RETURNING c.*
)
SELECT answer.* FROM c JOIN staff s ON s.id = c.staff_id
 CROSS JOIN api.emit('identity_change.acknowledged', {told})
 CROSS JOIN api.answer(200, c.version, NULL, {identity_change}) answer

-- task: identity_confirmation
-- ja: 認証IDの変更について確認してください：%s
-- en: Confirm the change of an identity: %s
SELECT 'art3.1.1', c.created_at, 'identity-changes/' || c.id, ARRAY[s.number || '　' || s.name]
  FROM identity_changes c JOIN staff s ON s.id = c.staff_id
 WHERE c.status = 'requested' AND c.requested_by_id <> api.caller()
   AND (api.may('general_manager') OR api.may('operator') AND c.requested_by_kind = 'staff')

-- task: identity_change
-- ja: 認証IDが変更されました：%s
-- en: An identity was changed: %s
SELECT 'art3.1.1', c.decided_at, 'identity-changes/' || c.id, ARRAY[s.number || '　' || s.name]
  FROM identity_changes c JOIN staff s ON s.id = c.staff_id
 WHERE c.status = 'confirmed' AND c.acknowledged_at IS NULL AND api.may('general_manager')
