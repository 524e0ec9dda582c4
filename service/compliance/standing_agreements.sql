-- define: standing_agreement
json_build_object(
    'id', agreement.id, 'number', agreement.number, 'department_id', agreement.department_id,
    'department_name', (SELECT called.name FROM api.department_as(agreement.department_id, agreement.valid_from) called),
    'kind', agreement.kind, 'description', agreement.description, 'valid_from', agreement.valid_from,
    'valid_until', agreement.valid_until, 'to_department_id', agreement.to_department_id,
    'to_department_name', (SELECT called.name FROM api.department_as(agreement.to_department_id, agreement.valid_from) called),
    'device_kinds', agreement.device_kinds, 'rules', agreement.rules, 'confidentialities', agreement.confidentialities,
    'services', agreement.services, 'agreed_by', agreement.agreed_by, 'revoked_at', agreement.revoked_at,
    'revoked_by', agreement.revoked_by, 'revocation_reason', agreement.revocation_reason,
    'created_at', agreement.created_at, 'updated_at', agreement.updated_at)

-- operation: get_standing_agreement(standing_agreement_id uuid)
SELECT agreement.version, {standing_agreement} FROM standing_agreements agreement WHERE agreement.id = :standing_agreement_id

-- page: list_standing_agreements(department_id uuid[]?, to_department_id uuid[]?, kind text[]?, valid_on date?)
-- sort: created_at timestamptz
SELECT agreement.id AS tie, agreement.created_at, {standing_agreement} AS item
  FROM standing_agreements agreement
 WHERE true
   AND agreement.department_id = ANY (:department_id)                                                  --? department_id
   AND agreement.to_department_id = ANY (:to_department_id)                                            --? to_department_id
   AND agreement.kind = ANY (:kind)                                                                    --? kind
   AND api.agreed(agreement, :valid_on, :valid_on)                                                     --? valid_on

-- operation: create_standing_agreement(body jsonb)
WITH given AS (
    SELECT * FROM jsonb_populate_record(NULL::standing_agreements, :body)
    -- refuse: reference-not-found /department_id not_found unless (department_id = ANY (api.managed_departments())
    --   AND EXISTS (SELECT FROM departments department WHERE department.id = given.department_id
    --     AND api.serves_on(department.abolished_on, given.valid_from)))
    -- refuse: reference-not-found /to_department_id not_found unless (to_department_id IS NULL OR EXISTS (
    --   SELECT FROM departments department WHERE department.id = given.to_department_id AND department.is_shozoku
    --     AND api.serves_on(department.abolished_on, given.valid_from)))
    -- refuse: value-not-accepted /valid_from begins_in_past when valid_from < api.today()
), agreement AS (
    INSERT INTO standing_agreements (number, department_id, kind, description, valid_from, valid_until, to_department_id,
                                     device_kinds, rules, confidentialities, services, agreed_by)
    SELECT number, department_id, kind, description, valid_from, valid_until, to_department_id, device_kinds, rules,
           confidentialities, services, api.actor(department_id) FROM given
    RETURNING *
)
SELECT answer.* FROM agreement
 CROSS JOIN api.emit('standing_agreement.created', 'standing-agreements/' || agreement.id, agreement.department_id,
                     {standing_agreement})
 CROSS JOIN api.answer(201, agreement.version, 'standing-agreements/' || agreement.id, {standing_agreement}) answer

-- Who sees one is told that he may not; a row that is locked to be changed is seen only by who may.
-- before: revoke_standing_agreement(standing_agreement_id uuid)
-- refuse: forbidden when EXISTS (SELECT FROM standing_agreements WHERE id = :standing_agreement_id
--   AND department_id <> ALL (api.managed_departments()))

-- operation: revoke_standing_agreement(standing_agreement_id uuid, if_match bigint[], body jsonb)
WITH seen AS (
    SELECT id, version, department_id, revoked_at FROM standing_agreements WHERE id = :standing_agreement_id FOR NO KEY UPDATE
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state when revoked_at IS NOT NULL
), agreement AS (
    UPDATE standing_agreements agreement
       SET revoked_at = api.now(), revoked_by_id = api.caller(), revoked_by = api.actor(seen.department_id),
           revocation_reason = CAST(:body AS jsonb) ->> 'reason'
      FROM seen WHERE agreement.id = seen.id
    RETURNING agreement.*
)
SELECT answer.* FROM agreement
 CROSS JOIN api.emit('standing_agreement.revoked', 'standing-agreements/' || agreement.id, agreement.department_id,
                     {standing_agreement})
 CROSS JOIN api.answer(200, agreement.version, NULL, {standing_agreement}) answer
