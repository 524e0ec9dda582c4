-- An answer that holds a secret is not kept under its Idempotency-Key: only that it was given.
ALTER TABLE kiki.idempotency_keys
    ADD secret boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT idempotency_keys_keep_no_secret CHECK (NOT secret OR body IS NULL);
