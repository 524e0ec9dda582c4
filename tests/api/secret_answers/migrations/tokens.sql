CREATE TABLE kiki.tokens (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    name text NOT NULL CONSTRAINT tokens_name_unique UNIQUE,
    secret text NOT NULL,
    remarks text
);
