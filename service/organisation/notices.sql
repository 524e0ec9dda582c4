-- define: notice
json_build_object(
    'id', notice.id, 'kind', notice.kind, 'clause', notice.clause,
    'text', CASE WHEN :language = 'en' THEN notice.en ELSE notice.ja END, 'link', '/api/v1/' || notice.subject,
    'role', notice.role, 'staff_id', notice.staff_id,
    'staff_name', (SELECT called.name FROM api.known_as(notice.staff_id, api.day_of(notice.created_at)) called),
    'told_by_id', notice.told_by_id, 'told_by', notice.told_by, 'told_at', notice.created_at,
    'acknowledged_by_id', notice.acknowledged_by_id, 'acknowledged_by', notice.acknowledged_by,
    'acknowledged_at', notice.acknowledged_at)

-- operation: get_notice(notice_id uuid, language text)
SELECT notice.version, {notice} FROM notices notice WHERE notice.id = :notice_id

-- page: list_notices(acknowledged bool?, kind text[]?, language text)
-- sort: told_at timestamptz
SELECT notice.id AS tie, notice.created_at AS told_at, {notice} AS item
  FROM notices notice
 WHERE true
   AND (notice.acknowledged_at IS NOT NULL) = CAST(:acknowledged AS boolean)    --? acknowledged
   AND notice.kind = ANY (:kind)                                                --? kind

-- To him, or to a role of his. Who reads all else sees it and is refused; what is addressed to himself he notes as himself.
-- define: addressed
notice.staff_id = api.caller() OR notice.role IS NOT NULL AND api.may(notice.role)

-- before: acknowledge_notice(notice_id uuid)
SELECT {addressed} AS his, api.acts_by(ARRAY(SELECT notice.role WHERE notice.role IS NOT NULL)) FROM notices notice
 WHERE notice.id = :notice_id
-- refuse: forbidden unless his

-- Those that were `seen`, each by its own event.
-- define: acknowledged
notice AS (
    UPDATE notices notice SET acknowledged_by_id = api.caller(), acknowledged_by = api.actor(), acknowledged_at = api.now()
      FROM seen WHERE notice.id = seen.id
    RETURNING notice.*, seen.at
), told AS (
    SELECT notice.version, notice.at, {notice} AS item
      FROM notice
     CROSS JOIN api.emit('notice.acknowledged', 'notices/' || notice.id, NULL,
                         json_build_object('id', notice.id, 'kind', notice.kind, 'link', '/api/v1/' || notice.subject))
)

-- operation: acknowledge_notice(notice_id uuid, language text)
-- never: notices_second_person
WITH seen AS (
    SELECT id, 0 AS at, acknowledged_at, told_by_id FROM notices WHERE id = :notice_id FOR UPDATE
    -- refuse: own-act when told_by_id = api.caller()
    -- refuse: not-in-this-state when acknowledged_at IS NOT NULL
), {acknowledged}
SELECT answer.* FROM told CROSS JOIN api.answer(200, told.version, NULL, told.item) answer

-- define: wanted
(SELECT (element.item ->> 'notice_id')::uuid AS id, element.at - 1 AS at
   FROM jsonb_array_elements(CAST(:body AS jsonb) -> 'items') WITH ORDINALITY AS element (item, at)) wanted

-- before: acknowledge_notices(body jsonb)
SELECT wanted.at, notice.id, {addressed} AS his FROM {wanted} LEFT JOIN notices notice ON notice.id = wanted.id
-- refuse: reference-not-found /items/{at}/notice_id not_found when id IS NULL
-- refuse: forbidden unless his

-- Locked in one order, in a statement of its own: the next one sees what others have committed.
-- before: acknowledge_notices(body jsonb)
SELECT api.acts_by(array_remove(array_agg(held.role), NULL))
  FROM (SELECT role FROM notices WHERE id IN (SELECT wanted.id FROM {wanted}) ORDER BY id FOR UPDATE) held

-- operation: acknowledge_notices(body jsonb, language text)
-- never: notices_second_person
WITH seen AS (
    SELECT notice.id, wanted.at, notice.acknowledged_at, notice.told_by_id
      FROM {wanted} JOIN notices notice ON notice.id = wanted.id
    -- refuse: own-act /items/{at}/notice_id own_act when told_by_id = api.caller()
    -- refuse: not-in-this-state /items/{at}/notice_id acknowledged when acknowledged_at IS NOT NULL
), {acknowledged}
SELECT answer.* FROM (SELECT json_build_object('items', json_agg(told.item ORDER BY told.at)) AS body FROM told) list
 CROSS JOIN api.answer(200, NULL, NULL, list.body) answer

-- task: notice
-- ja: 次の登録があったことを確認してください。%1$s
-- en: Acknowledge what was recorded. %2$s
SELECT notice.clause, notice.created_at, 'notices/' || notice.id, ARRAY[notice.ja, notice.en]
  FROM notices notice
 WHERE notice.acknowledged_at IS NULL AND ({addressed}) AND notice.told_by_id IS DISTINCT FROM api.caller()
