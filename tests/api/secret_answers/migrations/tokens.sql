CREATE TABLE kiki.tokens (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    name text NOT NULL UNIQUE,
    secret text NOT NULL,
    remarks text
);
