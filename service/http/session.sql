-- statement: session_enter(issuer text, subject text, client text, scope text, allowed text[], operation text, request_id text,
--   patience text, matches text)
SELECT api.enter(:issuer, :subject, :client, :scope, :allowed, :operation, :request_id, :patience, :matches)

-- statement: session_claim(key text, target text, hash text, language text, secret bool)
SELECT api.claim(:key, :target, :hash, :language, :secret)

-- statement: session_wait()
SELECT api.wait()

-- statement: session_settle()
SELECT api.settle()

-- statement: session_replay(key text, target text)
SELECT status, version, location, body, language FROM api.replay(:key, :target)

-- statement: session_keep(status int, body text)
SELECT api.answer(:status, NULL, NULL, :body)
