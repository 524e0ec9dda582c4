-- What is added to an entry after it began: the lock, the row that is added, and the entry as it is then.
-- include: entry

-- before: return_device, extend_usage, confirm_storage, confirm_usage(usage_entry_id uuid)
SELECT api.hold_usage(entry.id) FROM usage_entries entry WHERE entry.id = :usage_entry_id

-- The entry with what was added, as the answer.
-- define: as_it_is_then
usage_entries entry JOIN usage_states state ON state.id = entry.id
 CROSS JOIN LATERAL (SELECT {entry} AS body OFFSET 0) item
 CROSS JOIN api.answer(200, state.version, NULL, item.body) answer

-- define: unless_denied
-- refuse: forbidden unless api.serves(department_id)
-- refuse: precondition-failed unless api.match(version, :if_match)

-- The borrower of another department brings it back as well.
-- before: return_device(usage_entry_id uuid, if_match bigint[], body jsonb)
WITH seen AS MATERIALIZED (
    SELECT state.id, state.department_id, state.version, state.user_staff_id, state.out_at,
           state.returned_at AS came_back_at, api.as_told(given.returned_at, state.out_at) AS at, given.storage_location_id,
           given.locked, given.abnormality, coalesce(given.accessories_missing, '{}') AS accessories_missing, given.remarks
      FROM usage_states state
     CROSS JOIN jsonb_to_record(:body) AS given (returned_at timestamptz, storage_location_id uuid, locked boolean,
                                                 abnormality text, accessories_missing text[], remarks text)
     WHERE state.id = :usage_entry_id
    -- refuse: forbidden unless api.serves(department_id) OR user_staff_id = api.staff_id()
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state when came_back_at IS NOT NULL
    -- refuse: value-not-accepted /returned_at future when at > api.clock()
    -- refuse: value-not-accepted /returned_at before_out when at < out_at
    -- refuse: reference-not-found /storage_location_id not_found unless (
    --   api.place_of(storage_location_id, department_id, api.day_of(at))).known
    -- refuse: value-not-accepted /locked location_not_lockable when locked AND NOT (
    --   api.place_of(storage_location_id, department_id, api.day_of(at))).lockable
)
INSERT INTO usage_returns (usage_entry_id, department_id, returned_at, storage_location_id, locked, abnormality,
                           accessories_missing, remarks)
SELECT id, department_id, at, storage_location_id, locked, abnormality, accessories_missing, remarks FROM seen

-- operation: return_device(usage_entry_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('usage_entry.returned', 'usage-entries/' || entry.id, entry.department_id, item.body)
 WHERE entry.id = :usage_entry_id

-- before: extend_usage(usage_entry_id uuid, if_match bigint[], body jsonb)
WITH seen AS MATERIALIZED (
    SELECT state.id, state.department_id, state.version, state.returned_at, state.due_at AS before,
           (SELECT member.left_on FROM staff member WHERE member.id = state.user_staff_id) AS left_on,
           state.out_at + make_interval(days => setting.longest_loan_days) AS latest, given.due_at, given.reason
      FROM usage_states state
     CROSS JOIN jsonb_to_record(:body) AS given (due_at timestamptz, reason text)
     CROSS JOIN settings setting
     WHERE state.id = :usage_entry_id
    {unless_denied}
    -- refuse: not-in-this-state when returned_at IS NOT NULL
    -- refuse: value-not-accepted /due_at not_later when due_at <= greatest(before, api.clock())
    -- refuse: value-not-accepted /due_at loan_too_long when due_at > latest
    -- refuse: value-not-accepted /due_at user_left when left_on <= api.day_of(due_at)
)
INSERT INTO usage_extensions (usage_entry_id, department_id, due_at, reason)
SELECT id, department_id, due_at, reason FROM seen

-- operation: extend_usage(usage_entry_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('usage_entry.extended', 'usage-entries/' || entry.id, entry.department_id, item.body)
 WHERE entry.id = :usage_entry_id

-- Who brought it back puts it right as well, wherever he belongs by then.
-- before: confirm_storage(usage_entry_id uuid, if_match bigint[], body jsonb)
WITH seen AS MATERIALIZED (
    SELECT state.id, state.department_id, state.version, state.returned_by_id, state.unsecured,
           coalesce(given.storage_location_id, state.storage_location_id) AS storage_location_id,
           given.remarks
      FROM usage_states state
     CROSS JOIN jsonb_to_record(coalesce(:body, '{}')) AS given (storage_location_id uuid, remarks text)
     WHERE state.id = :usage_entry_id
    -- refuse: forbidden unless api.serves(department_id) OR returned_by_id = api.staff_id()
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state unless unsecured
    -- refuse: reference-not-found /storage_location_id not_found unless (
    --   api.place_of(storage_location_id, department_id, api.today())).known
    -- refuse: value-not-accepted /storage_location_id location_not_lockable when NOT (
    --   api.place_of(storage_location_id, department_id, api.today())).lockable
)
INSERT INTO usage_storage_confirmations (usage_entry_id, department_id, storage_location_id, remarks)
SELECT id, department_id, storage_location_id, remarks FROM seen

-- operation: confirm_storage(usage_entry_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('usage_entry.storage_confirmed', 'usage-entries/' || entry.id, entry.department_id, item.body)
 WHERE entry.id = :usage_entry_id

-- before: confirm_usage(usage_entry_id uuid, if_match bigint[], body jsonb)
WITH seen AS MATERIALIZED (
    SELECT *, user_staff_id = api.staff_id() AS own_use,
           EXISTS (SELECT FROM usage_corrections correction
                    WHERE correction.usage_entry_id = state.id AND correction.corrected_by_id = api.caller()) AS corrected_it
      FROM usage_states state WHERE id = :usage_entry_id
    -- refuse: forbidden unless department_id = ANY (api.managed_departments())
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state unless returned_at IS NOT NULL AND confirmed_at IS NULL
)
INSERT INTO usage_confirmations (usage_entry_id, department_id, corrections, own_use, own_correction, remarks)
SELECT id, department_id, corrections, own_use, corrected_it, CAST(:body AS jsonb) ->> 'remarks' FROM seen

-- operation: confirm_usage(usage_entry_id uuid, language text)
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('usage_entry.confirmed', 'usage-entries/' || entry.id, entry.department_id, item.body)
 WHERE entry.id = :usage_entry_id

-- task: usage_confirmation
-- ja: 使用管理簿の確認（確認印）をしてください：%s
-- en: Confirm an entry of the usage ledger: %s
SELECT 'art5.1.3', state.returned_at, 'usage-entries/' || entry.id,
       ARRAY[entry.device_name || '　' || state.user_name]
  FROM usage_states state JOIN usage_entries entry USING (id)
 WHERE state.department_id = ANY ((SELECT api.managed_departments())::uuid[]) AND state.returned_at IS NOT NULL
   AND state.confirmed_at IS NULL
   AND NOT EXISTS (SELECT FROM usage_confirmations confirmation WHERE confirmation.usage_entry_id = state.id)

-- What a correction took the confirmation from.
-- task: usage_correction
-- ja: 訂正された使用管理簿の確認（確認印）をしてください：%1$s（%2$s　%3$sによる訂正）
-- en: Confirm an entry of the usage ledger that was corrected: %1$s (by %3$s on %4$s)
SELECT 'art5.1.3', correction.created_at, 'usage-entries/' || entry.id,
       ARRAY[entry.device_name || '　' || state.user_name, api.wareki_time(correction.created_at),
             correction.corrected_by ->> 'name', to_char(api.in_japan(correction.created_at), 'FMDD FMMonth YYYY')]
  FROM usage_states state JOIN usage_entries entry USING (id)
 CROSS JOIN LATERAL (SELECT made.created_at, made.corrected_by FROM usage_corrections made
                      WHERE made.usage_entry_id = state.id ORDER BY made.created_at DESC, made.id DESC LIMIT 1) correction
 WHERE state.department_id = ANY ((SELECT api.managed_departments())::uuid[]) AND state.returned_at IS NOT NULL
   AND state.confirmed_at IS NULL AND state.corrections > 0
   AND EXISTS (SELECT FROM usage_confirmations confirmation WHERE confirmation.usage_entry_id = state.id)

-- task: overdue_return
-- ja: 返却期限を超過しています：%s
-- en: Overdue: %s
SELECT 'art5.1.2', state.due_at, 'usage-entries/' || entry.id, ARRAY[entry.device_name || '　' || state.user_name]
  FROM usage_states state JOIN usage_entries entry USING (id)
 WHERE state.returned_at IS NULL AND state.due_at < api.now()
   AND (state.department_id = ANY ((SELECT api.managed_departments())::uuid[]) OR state.user_staff_id = api.staff_id())

-- task: unsecured_return
-- ja: 施錠保管が未確認です：%s
-- en: Not yet locked away: %s
SELECT 'art5.1.2', state.returned_at, 'usage-entries/' || entry.id, ARRAY[entry.device_name || '　' || state.user_name]
  FROM usage_states state JOIN usage_entries entry USING (id)
 WHERE state.unsecured AND (state.department_id = ANY ((SELECT api.managed_departments())::uuid[])
                            OR state.returned_by_id = api.staff_id())

-- Who has left brings nothing back by himself.
-- task: left_with_device
-- ja: 在籍していない職員が使用中の機器があります。返却又は引継ぎをしてください：%s
-- en: Somebody who has left has a device out; see to its return or hand-over: %s
SELECT 'art5.1.3', api.day_begins(member.left_on), 'usage-entries/' || entry.id,
       ARRAY[entry.device_name || '　' || state.user_name]
  FROM usage_states state JOIN usage_entries entry USING (id) JOIN staff member ON member.id = state.user_staff_id
 WHERE state.returned_at IS NULL AND member.left_on <= api.today()
   AND (state.department_id = ANY ((SELECT api.managed_departments())::uuid[])
        OR state.user_department_id = ANY ((SELECT api.managed_departments())::uuid[]))
