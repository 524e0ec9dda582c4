-- Codes, numbers and names are unique as people read them (api.folded): without regard to width, kana, case and blanks. Where
-- two of a kind differ in no more, PostgreSQL names them here, and one has to be renamed first.

ALTER TABLE kiki.departments DROP CONSTRAINT departments_code_unique;
CREATE UNIQUE INDEX departments_code_unique ON kiki.departments (api.folded(code));
ALTER TABLE kiki.posts DROP CONSTRAINT posts_code_unique;
CREATE UNIQUE INDEX posts_code_unique ON kiki.posts (api.folded(code));
ALTER TABLE kiki.staff DROP CONSTRAINT staff_number_unique;
CREATE UNIQUE INDEX staff_number_unique ON kiki.staff (api.folded(number));
CREATE INDEX staff_number ON kiki.staff (number);
ALTER TABLE kiki.devices DROP CONSTRAINT devices_code_unique;
CREATE UNIQUE INDEX devices_code_unique ON kiki.devices (api.folded(code));
CREATE INDEX devices_code ON kiki.devices (code);
ALTER TABLE kiki.storage_locations DROP CONSTRAINT storage_locations_name_unique;
CREATE UNIQUE INDEX storage_locations_name_unique ON kiki.storage_locations (department_id, api.folded(name));

-- A unique index that is made of expressions cannot be deferred, and a file may swap two serial numbers.
ALTER TABLE kiki.devices DROP CONSTRAINT devices_serial_number_unique;
ALTER TABLE kiki.devices ADD CONSTRAINT devices_serial_number_unique
    EXCLUDE USING btree (api.folded(coalesce(manufacturer, '')) WITH =, api.folded(serial_number) WITH =)
    WHERE (serial_number IS NOT NULL) DEFERRABLE;

-- What `q` of the lists looks into (api.containing): each text folded, with a character between that no text has.
ALTER TABLE kiki.departments ADD COLUMN sought text GENERATED ALWAYS AS (api.folded(code || E'\x1f' || name)) STORED;
ALTER TABLE kiki.staff ADD COLUMN sought text
    GENERATED ALWAYS AS (api.folded(number || E'\x1f' || name || E'\x1f' || coalesce(kana, ''))) STORED;
ALTER TABLE kiki.devices ADD COLUMN sought text GENERATED ALWAYS AS (api.folded(
    code || E'\x1f' || name || E'\x1f' || coalesce(model, '') || E'\x1f' || coalesce(serial_number, ''))) STORED;
ALTER TABLE kiki.service_consultations ADD COLUMN sought text GENERATED ALWAYS AS (api.folded(service_name)) STORED;
ALTER TABLE kiki.meetings ADD COLUMN sought text GENERATED ALWAYS AS (api.folded(title)) STORED;
