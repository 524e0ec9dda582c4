-- The seal (art5.1.3, annex1): a month that is closed keeps its form as it is, under a check code, and what is added to an
-- entry says for ever who added it.

-- A use that was found after its month was closed, and why it was not recorded before.
ALTER TABLE kiki.usage_entries ADD COLUMN addendum_reason text,
    ADD CONSTRAINT usage_entries_addendum CHECK (addendum_reason IS NULL OR source = 'late');
CREATE INDEX usage_entries_addenda ON kiki.usage_entries (department_id, month) WHERE addendum_reason IS NOT NULL;
CREATE INDEX usage_corrections_after ON kiki.usage_corrections (department_id, usage_entry_id) WHERE in_closed_month;

-- Who did it (api.actor). Of what is on record already the present names are known, and for whom an acting holder stood.
ALTER TABLE kiki.usage_returns ADD COLUMN recorded_by jsonb;
ALTER TABLE kiki.usage_extensions ADD COLUMN recorded_by jsonb;
ALTER TABLE kiki.usage_storage_confirmations ADD COLUMN recorded_by jsonb;
ALTER TABLE kiki.usage_confirmations ADD COLUMN confirmed_by jsonb;
ALTER TABLE kiki.ledger_closures ADD COLUMN closed_by jsonb,
    -- What the form says above its lines, and the check code of both; none of a month closed before forms were kept.
    ADD COLUMN head text,
    ADD COLUMN check_code text,
    ADD CONSTRAINT ledger_closures_sealed CHECK ((head IS NULL) = (check_code IS NULL));

DO $$
DECLARE
    filled record;
BEGIN
    FOR filled IN SELECT * FROM (VALUES
        ('usage_returns', 'recorded_by', 'created_at', 'NULL::uuid'),
        ('usage_extensions', 'recorded_by', 'created_at', 'NULL::uuid'),
        ('usage_storage_confirmations', 'recorded_by', 'confirmed_at', 'NULL::uuid'),
        ('usage_confirmations', 'confirmed_by', 'confirmed_at', 'made.acting_for_id'),
        ('ledger_closures', 'closed_by', 'closed_at', 'made.acting_for_id')) known (name, member, moment, acting_for) LOOP
        EXECUTE format($fill$
            UPDATE kiki.%1$I made SET %2$I = coalesce(
                (SELECT jsonb_build_object('kind', 'staff', 'id', member.id, 'name', member.name, 'title', member.title, 'acting',
                     (SELECT jsonb_build_object('post_id', post.id, 'post_name', post.name, 'holder_id', holder.id,
                                                'holder_name', holder.name)
                        FROM kiki.posts post LEFT JOIN kiki.staff holder ON holder.id = %4$s
                       WHERE %2$L <> 'recorded_by' AND post.department_id = made.department_id AND post.is_head
                         AND (holder.id IS NOT NULL
                              OR EXISTS (SELECT FROM kiki.post_assignments term
                                          WHERE term.post_id = post.id AND term.staff_id = member.id AND term.kind = 'acting'
                                            AND term.during @> api.day_of(made.%3$I))
                                 AND NOT EXISTS (SELECT FROM kiki.post_assignments term
                                                  WHERE term.post_id = post.id AND term.staff_id = member.id
                                                    AND term.kind = 'regular' AND term.during @> api.day_of(made.%3$I)))
                       ORDER BY post.created_at LIMIT 1))
                   FROM kiki.staff member WHERE member.id = made.%5$I),
                (SELECT jsonb_build_object('kind', 'client', 'id', program.id, 'name', program.name, 'title', NULL, 'acting', NULL)
                   FROM kiki.api_clients program WHERE program.id = made.%5$I),
                '{"kind": "system", "id": null, "name": "kiki", "title": null, "acting": null}')
            $fill$, filled.name, filled.member, filled.moment, filled.acting_for, filled.member || '_id');
        EXECUTE format('ALTER TABLE kiki.%I ALTER COLUMN %I SET NOT NULL, ALTER COLUMN %2$I SET DEFAULT api.actor()', filled.name,
                       filled.member);
    END LOOP;
END $$;

-- The state has what an entry shows of what was added to it.
ALTER TABLE kiki.usage_states
    ADD COLUMN confirmed_by jsonb,
    ADD COLUMN confirmation_remarks text,
    ADD COLUMN storage_confirmed_by jsonb,
    ADD COLUMN storage_confirmed_location_id uuid,
    ADD COLUMN storage_confirmation_remarks text,
    -- Oldest first: {due_at, reason, extended_at, extended_by}.
    ADD COLUMN extensions jsonb NOT NULL DEFAULT '[]';
UPDATE kiki.usage_states state
   SET confirmed_by = confirmation.confirmed_by, confirmation_remarks = confirmation.remarks
  FROM kiki.usage_confirmations confirmation
 WHERE confirmation.usage_entry_id = state.id
   -- A correction takes the confirmation before it back.
   AND NOT EXISTS (SELECT FROM kiki.usage_corrections correction
                    WHERE correction.usage_entry_id = state.id AND correction.created_at > confirmation.created_at);
UPDATE kiki.usage_states state
   SET storage_confirmed_by = stored.recorded_by, storage_confirmed_location_id = stored.storage_location_id,
       storage_confirmation_remarks = stored.remarks
  FROM kiki.usage_storage_confirmations stored WHERE stored.usage_entry_id = state.id;
UPDATE kiki.usage_states state SET extensions = added.extensions
  FROM (SELECT extension.usage_entry_id,
               jsonb_agg(jsonb_build_object('due_at', extension.due_at, 'reason', extension.reason, 'extended_at',
                                            extension.created_at, 'extended_by', extension.recorded_by)
                         ORDER BY extension.id) AS extensions
          FROM kiki.usage_extensions extension GROUP BY extension.usage_entry_id) added
 WHERE added.usage_entry_id = state.id;

-- The lines of a closed month byte for byte as they were shown, in each language of JSON, and the cells of the form. They are written in
-- the transaction that closes the month, before its closure, and never after.
CREATE TABLE kiki.ledger_kept_lines (
    department_id uuid NOT NULL,
    month date NOT NULL,
    number int NOT NULL,
    usage_entry_id uuid NOT NULL CONSTRAINT ledger_kept_lines_once UNIQUE REFERENCES kiki.usage_entries,
    device_id uuid NOT NULL,
    ja text NOT NULL,
    en text NOT NULL,
    cells text[] NOT NULL,
    PRIMARY KEY (department_id, month, number),
    CONSTRAINT ledger_kept_lines_closed FOREIGN KEY (department_id, month)
        REFERENCES kiki.ledger_closures (department_id, month) DEFERRABLE INITIALLY DEFERRED
);
