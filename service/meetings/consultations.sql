-- define: status
CASE WHEN c.answered_at IS NULL THEN 'asked' WHEN c.usable THEN 'usable' ELSE 'not_usable' END

-- define: consultation
json_build_object(
    'id', c.id, 'department_id', c.department_id, 'service_name', c.service_name, 'confidentiality', c.confidentiality,
    'question', c.question, 'status', {status},
    'asked_by_id', c.asked_by_id, 'usable', c.usable, 'conditions', c.conditions, 'reference', c.reference,
    'valid_from', c.valid_from, 'valid_until', c.valid_until, 'answered_by_id', c.answered_by_id, 'answered_at', c.answered_at,
    'created_at', c.created_at, 'updated_at', c.updated_at)

-- operation: get_service_consultation(service_consultation_id uuid)
SELECT c.version, {consultation} FROM service_consultations c WHERE c.id = :service_consultation_id

-- page: list_service_consultations(department_id uuid[]?, status text[]?, q text?)
-- sort: created_at timestamptz
SELECT c.id AS tie, c.created_at, {consultation} AS item
  FROM service_consultations c
 WHERE true
   AND c.department_id = ANY (:department_id)                              --? department_id
   AND {status} = ANY (:status)                                            --? status
   AND c.sought LIKE api.containing(:q)                                    --? q

-- operation: create_service_consultation(body jsonb)
WITH b AS (
    SELECT * FROM jsonb_populate_record(NULL::service_consultations, :body)
    -- refuse: reference-not-found /department_id not_found unless EXISTS (SELECT FROM departments d
    --   WHERE d.id = b.department_id AND d.is_shozoku AND (d.abolished_on IS NULL OR d.abolished_on > api.today()))
    -- refuse: forbidden unless api.arranges(department_id)
), c AS (
    INSERT INTO service_consultations (department_id, service_name, confidentiality, question)
    SELECT department_id, service_name, normalize(confidentiality, NFKC), question FROM b
    RETURNING *
)
SELECT answer.* FROM c
 CROSS JOIN api.emit('service_consultation.created', 'service-consultations/' || c.id, c.department_id, {consultation})
 CROSS JOIN api.answer(201, c.version, 'service-consultations/' || c.id, {consultation}) answer

-- operation: answer_service_consultation(service_consultation_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT id, version, answered_at FROM service_consultations WHERE id = :service_consultation_id FOR UPDATE
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state when answered_at IS NOT NULL
), c AS (
    UPDATE service_consultations c
       SET usable = b.usable, conditions = b.conditions, reference = b.reference, valid_from = b.valid_from,
           valid_until = b.valid_until, answered_by_id = api.caller(), answered_at = api.now()
      FROM seen, jsonb_populate_record(NULL::service_consultations, :body) b
     WHERE c.id = seen.id
    RETURNING c.*
)
SELECT answer.* FROM c
 CROSS JOIN api.emit('service_consultation.answered', 'service-consultations/' || c.id, c.department_id, {consultation})
 CROSS JOIN api.answer(200, c.version, NULL, {consultation}) answer

-- task: service_consultation
-- ja: WEB会議サービスの利用の相談に回答してください：%s
-- en: Answer a consultation about a service: %s
SELECT 'annex2.2.2', c.created_at, 'service-consultations/' || c.id, ARRAY[c.service_name]
  FROM service_consultations c
 WHERE c.answered_at IS NULL AND api.may('digital_office')
