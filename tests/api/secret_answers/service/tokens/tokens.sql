-- operation: create_token(body jsonb)
WITH made AS (
    SELECT api.secret(replace(gen_random_uuid()::text, '-', '')) AS secret
), t AS (
    INSERT INTO tokens (name, secret, remarks)
    SELECT b.name, made.secret, CASE WHEN b.leak = 'audit' THEN made.secret END
      FROM made CROSS JOIN jsonb_to_record(:body) AS b (name text, leak text)
    RETURNING *
)
SELECT answer.* FROM t
 CROSS JOIN jsonb_to_record(:body) AS b (leak text)
 CROSS JOIN api.emit('token.created', 'tokens/' || t.id, NULL,
        json_build_object('name', t.name, 'secret', CASE WHEN b.leak = 'event' THEN t.secret END))
 CROSS JOIN api.answer(201, NULL, 'tokens/' || CASE WHEN b.leak = 'location' THEN t.secret ELSE t.id::text END,
        json_build_object('id', t.id, 'name', t.name, 'secret', t.secret)) answer

-- operation: create_open_token(body jsonb)
WITH made AS (
    SELECT api.secret(replace(gen_random_uuid()::text, '-', '')) AS secret
), t AS (
    INSERT INTO tokens (name, secret) SELECT CAST(:body AS jsonb) ->> 'name', made.secret FROM made RETURNING *
)
SELECT answer.* FROM t
 CROSS JOIN api.emit('token.created', 'tokens/' || t.id, NULL, json_build_object('name', t.name))
 CROSS JOIN api.answer(201, NULL, 'tokens/' || t.id, json_build_object('id', t.id, 'name', t.name, 'secret', t.secret)) answer
