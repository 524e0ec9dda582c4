-- define: regulation_version
json_build_object(
    'id', v.id, 'document', v.document, 'effective_on', v.effective_on, 'title', v.title,
    'document_number', v.document_number, 'note', v.note, 'created_at', v.created_at)

-- A version never changes.
-- operation: get_regulation_version(regulation_version_id uuid)
SELECT 1, {regulation_version} FROM regulation_versions v WHERE v.id = :regulation_version_id

-- page: list_regulation_versions(document text[]?)
-- sort: effective_on date
SELECT v.id AS tie, v.effective_on, {regulation_version} AS item
  FROM regulation_versions v
 WHERE true
   AND v.document = ANY (:document)    --? document

-- operation: create_regulation_version(body jsonb)
WITH v AS (
    INSERT INTO regulation_versions (document, effective_on, title, document_number, note)
    SELECT document, effective_on, title, document_number, note FROM jsonb_populate_record(NULL::regulation_versions, :body)
    RETURNING *
)
SELECT answer.* FROM v
 CROSS JOIN api.emit('regulation_version.created', 'regulation-versions/' || v.id, NULL, {regulation_version})
 CROSS JOIN api.answer(201, 1, 'regulation-versions/' || v.id, {regulation_version}) answer
