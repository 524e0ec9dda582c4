-- A client belongs to the issuer of its tokens, who name it by its client_id or by its subject.
ALTER TABLE kiki.api_clients
    ADD COLUMN issuer text,
    ADD COLUMN subject text,
    ALTER COLUMN client_id DROP NOT NULL,
    ADD CONSTRAINT api_clients_one_name CHECK (num_nonnulls(client_id, subject) = 1),
    -- A subject says nothing without the issuer who gave it.
    ADD CONSTRAINT api_clients_subject_of_issuer CHECK (subject IS NULL OR issuer IS NOT NULL),
    ADD CONSTRAINT api_clients_subject_unique UNIQUE (subject, issuer),
    DROP CONSTRAINT api_clients_client_id_unique;
CREATE UNIQUE INDEX api_clients_client_id_unique ON kiki.api_clients (client_id, issuer) NULLS NOT DISTINCT
    WHERE client_id IS NOT NULL;
