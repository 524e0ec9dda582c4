-- What is added to an entry after it began: the lock, the row that is added, and the entry as it is then.
-- include: entry

-- before: return_device, extend_usage, confirm_storage, confirm_usage(usage_entry_id uuid)
SELECT api.hold_usage(e.id) FROM usage_entries e WHERE e.id = :usage_entry_id

-- The entry with what was added, as the answer.
-- define: as_it_is_then
usage_entries e JOIN usage_states s ON s.id = e.id
 CROSS JOIN LATERAL (SELECT {entry} AS body OFFSET 0) item
 CROSS JOIN api.answer(200, s.version, NULL, item.body) answer

-- define: unless_denied
-- refuse: forbidden unless api.serves(department_id)
-- refuse: precondition-failed unless api.match(version, :if_match)

-- before: return_device(usage_entry_id uuid, if_match bigint[], body jsonb)
WITH seen AS MATERIALIZED (
    SELECT s.id, s.department_id, s.version, s.out_at, s.returned_at AS came_back_at, coalesce(b.returned_at, api.clock()) AS at,
           b.storage_location_id, b.locked, b.abnormality, coalesce(b.accessories_missing, '{}') AS accessories_missing, b.remarks
      FROM usage_states s
     CROSS JOIN jsonb_to_record(:body) AS b (returned_at timestamptz, storage_location_id uuid, locked boolean,
                                             abnormality text, accessories_missing text[], remarks text)
     WHERE s.id = :usage_entry_id
    {unless_denied}
    -- refuse: not-in-this-state when came_back_at IS NOT NULL
    -- refuse: value-not-accepted /returned_at future when at > api.clock()
    -- refuse: value-not-accepted /returned_at before_out when at < out_at
    -- refuse: reference-not-found /storage_location_id not_found unless EXISTS (SELECT FROM storage_locations l
    --   WHERE l.id = seen.storage_location_id AND l.department_id = seen.department_id
    --     AND (l.abolished_on IS NULL OR l.abolished_on > api.day_of(seen.at)))
)
INSERT INTO usage_returns (usage_entry_id, department_id, returned_at, storage_location_id, locked, abnormality,
                           accessories_missing, remarks)
SELECT id, department_id, at, storage_location_id, locked, abnormality, accessories_missing, remarks FROM seen

-- operation: return_device(usage_entry_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('usage_entry.returned', 'usage-entries/' || e.id, e.department_id, item.body)
 WHERE e.id = :usage_entry_id

-- before: extend_usage(usage_entry_id uuid, if_match bigint[], body jsonb)
WITH seen AS MATERIALIZED (
    SELECT s.id, s.department_id, s.version, s.returned_at, s.due_at AS before,
           s.out_at + make_interval(days => g.longest_loan_days) AS latest, b.due_at, b.reason
      FROM usage_states s
     CROSS JOIN jsonb_to_record(:body) AS b (due_at timestamptz, reason text)
     CROSS JOIN settings g
     WHERE s.id = :usage_entry_id
    {unless_denied}
    -- refuse: not-in-this-state when returned_at IS NOT NULL
    -- refuse: value-not-accepted /due_at not_later when due_at <= greatest(before, api.clock())
    -- refuse: value-not-accepted /due_at loan_too_long when due_at > latest
)
INSERT INTO usage_extensions (usage_entry_id, department_id, due_at, reason)
SELECT id, department_id, due_at, reason FROM seen

-- operation: extend_usage(usage_entry_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('usage_entry.extended', 'usage-entries/' || e.id, e.department_id, item.body)
 WHERE e.id = :usage_entry_id

-- before: confirm_storage(usage_entry_id uuid, if_match bigint[], body jsonb)
WITH seen AS MATERIALIZED (
    SELECT s.id, s.department_id, s.version, s.unsecured,
           coalesce(b.storage_location_id, s.storage_location_id) AS storage_location_id,
           b.remarks
      FROM usage_states s
     CROSS JOIN jsonb_to_record(coalesce(:body, '{}')) AS b (storage_location_id uuid, remarks text)
     WHERE s.id = :usage_entry_id
    {unless_denied}
    -- refuse: not-in-this-state unless unsecured
    -- refuse: reference-not-found /storage_location_id not_found unless EXISTS (SELECT FROM storage_locations l
    --   WHERE l.id = seen.storage_location_id AND l.department_id = seen.department_id
    --     AND (l.abolished_on IS NULL OR l.abolished_on > api.today()))
)
INSERT INTO usage_storage_confirmations (usage_entry_id, department_id, storage_location_id, remarks)
SELECT id, department_id, storage_location_id, remarks FROM seen

-- operation: confirm_storage(usage_entry_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('usage_entry.storage_confirmed', 'usage-entries/' || e.id, e.department_id, item.body)
 WHERE e.id = :usage_entry_id

-- before: confirm_usage(usage_entry_id uuid, if_match bigint[], body jsonb)
WITH seen AS MATERIALIZED (
    SELECT *, user_staff_id = api.staff_id() AS own_use FROM usage_states WHERE id = :usage_entry_id
    -- refuse: forbidden unless department_id = ANY (api.managed_departments())
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state unless returned_at IS NOT NULL AND confirmed_at IS NULL
)
INSERT INTO usage_confirmations (usage_entry_id, department_id, own_use, remarks)
SELECT id, department_id, own_use, CAST(:body AS jsonb) ->> 'remarks' FROM seen

-- operation: confirm_usage(usage_entry_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('usage_entry.confirmed', 'usage-entries/' || e.id, e.department_id, item.body)
 WHERE e.id = :usage_entry_id

-- task: usage_confirmation
-- ja: 使用管理簿の確認（確認印）をしてください：%s
-- en: Confirm an entry of the usage ledger: %s
SELECT 'art5.1.3', s.returned_at, 'usage-entries/' || e.id,
       ARRAY[e.device_name || '　' || s.user_name]
  FROM usage_states s JOIN usage_entries e USING (id)
 WHERE s.department_id = ANY ((SELECT api.managed_departments())::uuid[]) AND s.returned_at IS NOT NULL AND s.confirmed_at IS NULL

-- task: overdue_return
-- ja: 返却期限を超過しています：%s
-- en: Overdue: %s
SELECT 'art5.1.2', s.due_at, 'usage-entries/' || e.id, ARRAY[e.device_name || '　' || s.user_name]
  FROM usage_states s JOIN usage_entries e USING (id)
 WHERE s.returned_at IS NULL AND s.due_at < api.now()
   AND (s.department_id = ANY ((SELECT api.managed_departments())::uuid[]) OR s.user_staff_id = api.staff_id())

-- task: unsecured_return
-- ja: 施錠保管が未確認です：%s
-- en: Not yet locked away: %s
SELECT 'art5.1.2', s.returned_at, 'usage-entries/' || e.id, ARRAY[e.device_name || '　' || s.user_name]
  FROM usage_states s JOIN usage_entries e USING (id)
 WHERE s.unsecured AND (s.department_id = ANY ((SELECT api.managed_departments())::uuid[]) OR s.returned_by_id = api.staff_id())
