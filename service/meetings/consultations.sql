-- define: status
CASE WHEN consultation.answered_at IS NULL THEN 'asked' WHEN consultation.usable THEN 'usable' ELSE 'not_usable' END

-- What the department was called when it asked.
-- define: department_name
(SELECT place.name FROM api.department_as(consultation.department_id, api.day_of(consultation.created_at)) place)

-- define: consultation
json_build_object(
    'id', consultation.id, 'department_id', consultation.department_id, 'department_name', {department_name},
    'service_name', consultation.service_name,
    'confidentiality', consultation.confidentiality, 'question', consultation.question, 'status', {status},
    'asked_by_id', consultation.asked_by_id, 'asked_by', consultation.asked_by, 'usable', consultation.usable,
    'conditions', consultation.conditions,
    'reference', consultation.reference, 'valid_from', consultation.valid_from, 'valid_until', consultation.valid_until,
    'answered_by_id', consultation.answered_by_id, 'answered_by', consultation.answered_by,
    'answered_at', consultation.answered_at,
    'created_at', consultation.created_at, 'updated_at', consultation.updated_at)

-- operation: get_service_consultation(service_consultation_id uuid)
SELECT consultation.version, {consultation} FROM service_consultations consultation
 WHERE consultation.id = :service_consultation_id

-- page: list_service_consultations(department_id uuid[]?, status text[]?, q text?)
-- sort: created_at timestamptz
SELECT consultation.id AS tie, consultation.created_at, {consultation} AS item
  FROM service_consultations consultation
 WHERE true
   AND consultation.department_id = ANY (:department_id)    --? department_id
   AND {status} = ANY (:status)                             --? status
   AND consultation.sought LIKE api.containing(:q)          --? q

-- operation: create_service_consultation(body jsonb)
WITH given AS (
    SELECT * FROM jsonb_populate_record(NULL::service_consultations, :body)
    -- refuse: reference-not-found /department_id not_found unless EXISTS (SELECT FROM departments department
    --   WHERE department.id = given.department_id AND department.is_shozoku
    --     AND api.serves_on(department.abolished_on, api.today()))
    -- refuse: forbidden unless api.arranges(department_id)
), consultation AS (
    INSERT INTO service_consultations (department_id, service_name, confidentiality, question)
    SELECT department_id, service_name, normalize(confidentiality, NFKC), question FROM given
    RETURNING *
)
SELECT answer.* FROM consultation
 CROSS JOIN api.emit('service_consultation.created', 'service-consultations/' || consultation.id, consultation.department_id,
                     {consultation})
 CROSS JOIN api.answer(201, consultation.version, 'service-consultations/' || consultation.id, {consultation}) answer

-- operation: answer_service_consultation(service_consultation_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT id, version, answered_at FROM service_consultations WHERE id = :service_consultation_id FOR UPDATE
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state when answered_at IS NOT NULL
), consultation AS (
    UPDATE service_consultations consultation
       SET usable = given.usable, conditions = given.conditions, reference = given.reference, valid_from = given.valid_from,
           valid_until = given.valid_until, answered_by_id = api.caller(), answered_by = api.actor(), answered_at = api.now()
      FROM seen, jsonb_populate_record(NULL::service_consultations, :body) given
     WHERE consultation.id = seen.id
    RETURNING consultation.*
)
SELECT answer.* FROM consultation
 CROSS JOIN api.emit('service_consultation.answered', 'service-consultations/' || consultation.id, consultation.department_id,
                     {consultation})
 CROSS JOIN api.answer(200, consultation.version, NULL, {consultation}) answer

-- task: service_consultation
-- ja: WEB会議サービスの利用の相談に回答してください：%s
-- en: Answer a consultation about a service: %s
SELECT 'annex2.2.2', consultation.created_at, 'service-consultations/' || consultation.id, ARRAY[consultation.service_name]
  FROM service_consultations consultation
 WHERE consultation.answered_at IS NULL AND api.may('digital_office')
