-- What holds of an entry now stands in one row: usage_states has the present value of every member that a correction may
-- change, and all later steps go by it. What was recorded stays in usage_entries and usage_returns.

ALTER TABLE kiki.usage_states
    ADD COLUMN out_at timestamptz,
    -- The user as of that day.
    ADD COLUMN user_staff_id uuid,
    ADD COLUMN user_name text,
    ADD COLUMN user_title text,
    ADD COLUMN user_department_id uuid,
    ADD COLUMN user_department_name text,
    ADD COLUMN purpose text,
    ADD COLUMN purpose_note text,
    ADD COLUMN partner_organisation text,
    ADD COLUMN accessories text[],
    -- The members that corrections have changed, as they were recorded.
    ADD COLUMN recorded jsonb NOT NULL DEFAULT '{}',
    DROP COLUMN unsecured;

UPDATE kiki.usage_states s
   SET (out_at, user_staff_id, user_name, user_title, user_department_id, user_department_name, purpose, purpose_note,
        partner_organisation, accessories, returned_at, storage_location_id, locked, abnormality, remarks) = (
       SELECT p.out_at, p.user_staff_id, coalesce(f.name, p.user_name), CASE WHEN f.id IS NULL THEN p.user_title ELSE f.title END,
              coalesce(d.id, p.user_department_id), coalesce(d.name, p.user_department_name), p.purpose, p.purpose_note,
              p.partner_organisation, p.accessories, p.returned_at, p.storage_location_id, p.locked, p.abnormality, p.remarks
         FROM kiki.usage_entries e
        CROSS JOIN LATERAL jsonb_populate_record(NULL::kiki.usage_states, to_jsonb(s) || to_jsonb(e) || s.corrected) p
         LEFT JOIN kiki.staff f ON f.id = p.user_staff_id AND s.corrected ? 'user_staff_id'
         LEFT JOIN kiki.staff_transfers t ON t.staff_id = f.id AND t.during @> api.day_of(p.out_at)
         LEFT JOIN kiki.departments w ON w.id = t.department_id
         LEFT JOIN kiki.departments d ON d.id = w.shozoku_id
        WHERE e.id = s.id);

UPDATE kiki.usage_states s
   SET recorded = (SELECT jsonb_object_agg(c.field, c.old_value)
                     FROM (SELECT DISTINCT ON (field) field, old_value FROM kiki.usage_corrections
                            WHERE usage_entry_id = s.id ORDER BY field, created_at, id) c)
                  || CASE WHEN s.corrected ? 'user_staff_id' THEN (
                         SELECT jsonb_build_object('user_name', e.user_name, 'user_title', e.user_title,
                                                   'user_department_id', e.user_department_id,
                                                   'user_department_name', e.user_department_name)
                           FROM kiki.usage_entries e WHERE e.id = s.id) ELSE '{}' END
 WHERE s.corrections > 0;

ALTER TABLE kiki.usage_states
    ALTER COLUMN out_at SET NOT NULL,
    ALTER COLUMN user_staff_id SET NOT NULL,
    ALTER COLUMN user_name SET NOT NULL,
    ALTER COLUMN user_department_id SET NOT NULL,
    ALTER COLUMN user_department_name SET NOT NULL,
    ALTER COLUMN purpose SET NOT NULL,
    ALTER COLUMN accessories SET NOT NULL,
    -- Brought back, not locked away, and not put right since (art5.1.2).
    ADD COLUMN unsecured boolean GENERATED ALWAYS AS (locked IS FALSE AND storage_confirmed_at IS NULL) STORED;
CREATE INDEX usage_states_unsecured ON kiki.usage_states (device_id) WHERE unsecured;

-- Pages and ledgers are in the order of the present times.
CREATE INDEX usage_states_at ON kiki.usage_states (out_at, id);
CREATE INDEX usage_states_department ON kiki.usage_states (department_id, out_at, id);
CREATE INDEX usage_states_device ON kiki.usage_states (device_id, out_at, id);
CREATE INDEX usage_states_user ON kiki.usage_states (user_staff_id, out_at, id);
CREATE INDEX usage_states_user_department ON kiki.usage_states (user_department_id, out_at, id)
    WHERE user_department_id <> department_id;
DROP INDEX kiki.usage_entries_out, kiki.usage_entries_department, kiki.usage_entries_device, kiki.usage_entries_user,
    kiki.usage_entries_user_department;
