-- define: identity_change
json_build_object(
    'id', change.id, 'staff_id', change.staff_id, 'staff_number', member.number, 'staff_name', member.name,
    'subject', change.subject, 'issuer', change.issuer, 'former_subject', change.former_subject,
    'former_issuer', change.former_issuer, 'status', change.status, 'requested_by_id', change.requested_by_id,
    'requested_by_kind', change.requested_by_kind, 'requested_by', change.requested_by, 'requested_at', change.created_at,
    'decided_by_id', change.decided_by_id, 'decided_by', change.decided_by, 'decided_at', change.decided_at,
    'reason', change.reason, 'acknowledged_by_id', change.acknowledged_by_id, 'acknowledged_by', change.acknowledged_by,
    'acknowledged_at', change.acknowledged_at)

-- The answer of a write: the change, with the name it shows. Number and name are the directory's, so the version of a
-- read has a word of them.
-- define: told
'identity-changes/' || change.id, NULL, json_build_object('id', change.id, 'staff_id', change.staff_id, 'status', change.status)

-- define: tag
change.version || '.' || left(md5(member.number || ' ' || member.name), 8)

-- operation: get_identity_change(identity_change_id uuid)
SELECT {tag}, {identity_change} FROM identity_changes change JOIN staff member ON member.id = change.staff_id
 WHERE change.id = :identity_change_id

-- page: list_identity_changes(status text[]?, staff_id uuid[]?)
-- sort: requested_at timestamptz
SELECT change.id AS tie, change.created_at AS requested_at, {identity_change} AS item
  FROM identity_changes change JOIN staff member ON member.id = change.staff_id
 WHERE true
   AND change.status = ANY (:status)        --? status
   AND change.staff_id = ANY (:staff_id)    --? staff_id

-- The member of staff, then what is to change about him.
-- before: confirm_identity_change(identity_change_id uuid)
SELECT api.hold_identity(:identity_change_id)

-- operation: confirm_identity_change(identity_change_id uuid, if_match bigint[])
WITH seen AS (
    SELECT id, version, status FROM identity_changes WHERE id = :identity_change_id FOR NO KEY UPDATE
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state unless status = 'requested'
), change AS (
    UPDATE identity_changes change SET status = 'confirmed' FROM seen WHERE change.id = seen.id
    RETURNING change.*
)
SELECT answer.* FROM change JOIN staff member ON member.id = change.staff_id
 CROSS JOIN api.emit('identity_change.confirmed', {told})
 CROSS JOIN api.answer(200, change.version, NULL, {identity_change}) answer

-- operation: refuse_identity_change(identity_change_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT id, version, status FROM identity_changes WHERE id = :identity_change_id FOR NO KEY UPDATE
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state unless status = 'requested'
), change AS (
    UPDATE identity_changes change SET status = 'refused', reason = CAST(:body AS jsonb) ->> 'reason' FROM seen
     WHERE change.id = seen.id
    RETURNING change.*
)
SELECT answer.* FROM change JOIN staff member ON member.id = change.staff_id
 CROSS JOIN api.emit('identity_change.refused', {told})
 CROSS JOIN api.answer(200, change.version, NULL, {identity_change}) answer

-- operation: acknowledge_identity_change(identity_change_id uuid)
WITH seen AS (
    SELECT id, status, acknowledged_at, requested_by_id, decided_by_id FROM identity_changes WHERE id = :identity_change_id
       FOR NO KEY UPDATE
    -- refuse: not-in-this-state unless status = 'confirmed' AND acknowledged_at IS NULL
    -- refuse: own-act when api.caller() IN (requested_by_id, decided_by_id)
), change AS (
    UPDATE identity_changes change SET acknowledged_by_id = api.caller(), acknowledged_by = api.actor(),
           acknowledged_at = api.now()
      FROM seen
     WHERE change.id = seen.id
    RETURNING change.*
)
SELECT answer.* FROM change JOIN staff member ON member.id = change.staff_id
 CROSS JOIN api.emit('identity_change.acknowledged', {told})
 CROSS JOIN api.answer(200, change.version, NULL, {identity_change}) answer

-- task: identity_confirmation
-- ja: 認証IDの変更（%2$s届出）について確認してください：%1$s
-- en: Confirm the change of an identity that was asked for on %3$s: %1$s
SELECT 'art3.1.1', change.created_at, 'identity-changes/' || change.id,
       ARRAY[member.number || '　' || member.name, api.wareki_day(api.day_of(change.created_at)),
             api.english_day(api.day_of(change.created_at))]
  FROM identity_changes change JOIN staff member ON member.id = change.staff_id
 WHERE change.status = 'requested' AND change.requested_by_id <> api.caller()
   AND (api.may('general_manager') OR api.may('operator') AND change.requested_by_kind = 'staff')

-- task: identity_change
-- ja: 認証IDが変更されました（%2$s）。確認してください：%1$s
-- en: An identity was changed on %3$s. Acknowledge it: %1$s
SELECT 'art3.1.1', change.decided_at, 'identity-changes/' || change.id,
       ARRAY[member.number || '　' || member.name, api.wareki_day(api.day_of(change.decided_at)),
             api.english_day(api.day_of(change.decided_at))]
  FROM identity_changes change JOIN staff member ON member.id = change.staff_id
 WHERE change.status = 'confirmed' AND change.acknowledged_at IS NULL AND api.may('general_manager')
   AND api.caller() NOT IN (change.requested_by_id, change.decided_by_id)
