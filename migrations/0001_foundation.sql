-- What every request leaves behind: audit, events, answers under an Idempotency-Key.
-- Tables live in schema kiki, which the runner made for its own; functions in schema api (code/). Run as kiki_owner.

CREATE EXTENSION btree_gist SCHEMA kiki;

-- Audit: append-only, written by triggers alone; the service's role may only read.
CREATE TABLE kiki.audit_log (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    at timestamptz NOT NULL DEFAULT api.now(),
    actor_kind text NOT NULL CHECK (actor_kind IN ('staff', 'client', 'system')),
    actor_id uuid,
    acting_for_id uuid,
    operation text NOT NULL,
    request_id text,
    subject_type text NOT NULL,
    subject_id uuid NOT NULL,
    action text NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
    before jsonb,
    after jsonb
);
CREATE INDEX audit_log_at ON kiki.audit_log (at, id);
CREATE INDEX audit_log_subject ON kiki.audit_log (subject_id, at, id);
CREATE INDEX audit_log_actor ON kiki.audit_log (actor_id, at, id);
CREATE INDEX audit_log_acting_for ON kiki.audit_log (acting_for_id, at, id) WHERE acting_for_id IS NOT NULL;

-- Events that other systems receive. `position` is given by the worker once the row is committed; readers see numbered
-- rows only.
CREATE TABLE kiki.events (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    position bigint UNIQUE,
    at timestamptz NOT NULL DEFAULT api.now(),
    type text NOT NULL,
    subject text NOT NULL,
    department_id uuid,
    data jsonb NOT NULL,
    request_id text
);
CREATE INDEX events_unnumbered ON kiki.events (id) WHERE position IS NULL;

-- Idempotency-Key (IETF draft), kept 24 hours for each caller and target. An answer commits together with the write it
-- answers, so the effect happens at most once, also across a crash.
CREATE TABLE kiki.idempotency_keys (
    caller uuid NOT NULL,
    target text NOT NULL,
    key text NOT NULL,
    hash text NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT api.now(),
    status int NOT NULL,
    version bigint,
    location text,
    body text,
    language text, -- of the answer
    secret boolean NOT NULL DEFAULT false, -- it holds one, so only that it was given is kept
    CONSTRAINT idempotency_keys_keep_no_secret CHECK (NOT secret OR body IS NULL),
    PRIMARY KEY (caller, target, key)
);
CREATE INDEX idempotency_keys_age ON kiki.idempotency_keys (answered_at);
