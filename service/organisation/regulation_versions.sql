-- define: regulation_version
json_build_object(
    'id', edition.id, 'document', edition.document, 'effective_on', edition.effective_on, 'title', edition.title,
    'document_number', edition.document_number, 'note', edition.note, 'created_at', edition.created_at)

-- A version never changes.
-- operation: get_regulation_version(regulation_version_id uuid)
SELECT 1, {regulation_version} FROM regulation_versions edition WHERE edition.id = :regulation_version_id

-- page: list_regulation_versions(document text[]?)
-- sort: effective_on date
SELECT edition.id AS tie, edition.effective_on, {regulation_version} AS item
  FROM regulation_versions edition
 WHERE true
   AND edition.document = ANY (:document)    --? document

-- operation: create_regulation_version(body jsonb)
WITH edition AS (
    INSERT INTO regulation_versions (document, effective_on, title, document_number, note)
    SELECT document, effective_on, title, document_number, note FROM jsonb_populate_record(NULL::regulation_versions, :body)
    RETURNING *
)
SELECT answer.* FROM edition
 CROSS JOIN api.emit('regulation_version.created', 'regulation-versions/' || edition.id, NULL, {regulation_version})
 CROSS JOIN api.answer(201, 1, 'regulation-versions/' || edition.id, {regulation_version}) answer
