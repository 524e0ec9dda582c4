-- What corrections change holds everywhere (art5.1.3). Each says by whom it was made, with the name of that day; what the ids
-- of its values were called then; whether it concerned the own use; and whether it took back a confirmation.
ALTER TABLE kiki.usage_corrections
    ADD COLUMN corrected_by jsonb,
    ADD COLUMN old_name text,
    ADD COLUMN new_name text,
    ADD COLUMN own_correction boolean NOT NULL DEFAULT false,
    ADD COLUMN unconfirmed boolean NOT NULL DEFAULT false;

-- Of what is on record already the present names are known.
WITH known (id, actor) AS (
    SELECT id, jsonb_build_object('kind', 'staff', 'id', id, 'name', name, 'title', title, 'acting', NULL) FROM kiki.staff
     UNION ALL
    SELECT id, jsonb_build_object('kind', 'client', 'id', id, 'name', name, 'title', NULL, 'acting', NULL) FROM kiki.api_clients
), named (id, name) AS (
    SELECT id, name FROM kiki.staff
     UNION ALL
    SELECT id, name FROM kiki.storage_locations
), touched AS (
    SELECT correction.id, CASE WHEN field IN ('user_staff_id', 'storage_location_id') THEN (old_value #>> '{}')::uuid END AS old_id,
           CASE WHEN field IN ('user_staff_id', 'storage_location_id') THEN (new_value #>> '{}')::uuid END AS new_id,
           -- The user before this correction is the old value of the next one of the user, or the present one.
           coalesce(corrected_by_id = ANY (ARRAY[
               coalesce((SELECT (later.old_value #>> '{}')::uuid FROM kiki.usage_corrections later
                          WHERE later.usage_entry_id = correction.usage_entry_id AND later.field = 'user_staff_id'
                            AND (later.created_at, later.id) >= (correction.created_at, correction.id)
                          ORDER BY later.created_at, later.id LIMIT 1), state.user_staff_id),
               CASE WHEN field = 'user_staff_id' THEN (new_value #>> '{}')::uuid END]), false) AS own,
           EXISTS (SELECT FROM kiki.usage_confirmations confirmation
                    WHERE confirmation.usage_entry_id = correction.usage_entry_id
                      AND confirmation.created_at < correction.created_at)
               AND NOT EXISTS (SELECT FROM kiki.usage_corrections other
                                 JOIN kiki.usage_confirmations confirmation USING (usage_entry_id)
                                WHERE other.usage_entry_id = correction.usage_entry_id
                                  AND confirmation.created_at < other.created_at
                                  AND (other.created_at, other.id) < (correction.created_at, correction.id)) AS unconfirmed
      FROM kiki.usage_corrections correction JOIN kiki.usage_states state ON state.id = correction.usage_entry_id
)
UPDATE kiki.usage_corrections correction
   SET corrected_by = (SELECT actor FROM known WHERE known.id = correction.corrected_by_id),
       old_name = (SELECT name FROM named WHERE named.id = touched.old_id),
       new_name = (SELECT name FROM named WHERE named.id = touched.new_id),
       own_correction = touched.own, unconfirmed = touched.unconfirmed
  FROM touched WHERE touched.id = correction.id;

ALTER TABLE kiki.usage_corrections ALTER COLUMN corrected_by SET NOT NULL, ALTER COLUMN corrected_by SET DEFAULT api.actor();

-- An entry is confirmed as it stands after so many corrections, once; the next correction takes that back.
ALTER TABLE kiki.usage_confirmations
    ADD COLUMN corrections int NOT NULL DEFAULT 0,
    ADD COLUMN own_correction boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT usage_confirmations_once;
UPDATE kiki.usage_confirmations confirmation
   SET corrections = before.count, own_correction = before.own
  FROM (SELECT earlier.id, count(*) AS count, bool_or(correction.corrected_by_id = earlier.confirmed_by_id) AS own
          FROM kiki.usage_confirmations earlier
          JOIN kiki.usage_corrections correction ON correction.usage_entry_id = earlier.usage_entry_id
               AND correction.created_at < earlier.created_at
         GROUP BY earlier.id) before
 WHERE before.id = confirmation.id;
ALTER TABLE kiki.usage_confirmations ADD CONSTRAINT usage_confirmations_once UNIQUE (usage_entry_id, corrections);

ALTER TABLE kiki.usage_states
    ADD COLUMN own_correction boolean NOT NULL DEFAULT false,
    ADD COLUMN own_correction_confirmed boolean;
UPDATE kiki.usage_states state
   SET version = state.version + 1, own_correction = made.own,
       confirmed_at = CASE WHEN stands.id IS NOT NULL THEN state.confirmed_at END,
       confirmed_by_id = CASE WHEN stands.id IS NOT NULL THEN state.confirmed_by_id END,
       confirmed_for_id = CASE WHEN stands.id IS NOT NULL THEN state.confirmed_for_id END,
       own_use_confirmed = CASE WHEN stands.id IS NOT NULL THEN state.own_use_confirmed END
  FROM (SELECT usage_entry_id, bool_or(own_correction) AS own FROM kiki.usage_corrections GROUP BY usage_entry_id) made
  LEFT JOIN LATERAL (SELECT confirmation.id FROM kiki.usage_confirmations confirmation JOIN kiki.usage_states present
                         ON present.id = confirmation.usage_entry_id AND present.corrections = confirmation.corrections
                      WHERE confirmation.usage_entry_id = made.usage_entry_id) stands ON true
 WHERE state.id = made.usage_entry_id;
UPDATE kiki.usage_states state SET own_correction_confirmed = confirmation.own_correction
  FROM kiki.usage_confirmations confirmation
 WHERE confirmation.usage_entry_id = state.id AND state.confirmed_at IS NOT NULL
   AND confirmation.corrections = state.corrections;

-- Who brought a device back sees the entry; what is out is found by its device.
CREATE INDEX usage_states_returned_by ON kiki.usage_states (returned_by_id, out_at, id);
CREATE INDEX usage_states_not_returned ON kiki.usage_states (device_id) WHERE returned_at IS NULL;

-- A use is open while it is not returned and nobody has taken the device out since. Those that are not are closed first, as a
-- device has one open use at the most.
UPDATE kiki.device_occupations occupation SET open = false
  FROM kiki.usage_states state
 WHERE state.id = occupation.id AND occupation.open
   AND (state.returned_at IS NOT NULL
        OR EXISTS (SELECT FROM kiki.usage_states later
                    WHERE later.device_id = state.device_id AND later.out_at > state.out_at));
UPDATE kiki.device_occupations occupation SET open = true
  FROM kiki.usage_states state
 WHERE state.id = occupation.id AND NOT occupation.open AND state.returned_at IS NULL
   AND NOT EXISTS (SELECT FROM kiki.usage_states later
                    WHERE later.device_id = state.device_id AND later.out_at > state.out_at);
