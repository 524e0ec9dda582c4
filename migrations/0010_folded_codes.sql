-- What `code` and `number` of the long lists find. Row-level security keeps PostgreSQL from using an index on api.folded, which
-- is not leakproof; the equality of a column's text is.

ALTER TABLE kiki.devices ADD COLUMN folded_code text GENERATED ALWAYS AS (api.folded(code)) STORED;
CREATE INDEX devices_folded_code ON kiki.devices (folded_code);
ALTER TABLE kiki.staff ADD COLUMN folded_number text GENERATED ALWAYS AS (api.folded(number)) STORED;
CREATE INDEX staff_folded_number ON kiki.staff (folded_number);
