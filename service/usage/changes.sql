-- What is added to an entry after it began: the lock, the row that is added, and the entry as it is then.
-- include: entry

-- One is named by its path.
-- before: return_device, extend_usage, confirm_storage, confirm_usage(usage_entry_id uuid)
SELECT api.hold_uses(ARRAY[entry.id]), api.choose(ARRAY[entry.id]) FROM usage_entries entry WHERE entry.id = :usage_entry_id

-- The entries with what was added, as the answer, in the order in which they were named.
-- define: as_they_are_then
answered AS MATERIALIZED (
    SELECT chosen.n, state.version, entry.id, entry.department_id, item.body
      FROM unnest(api.chosen()) WITH ORDINALITY AS chosen (id, n)
      JOIN usage_entries entry ON entry.id = chosen.id JOIN usage_states state ON state.id = entry.id
     CROSS JOIN LATERAL (SELECT {entry} AS body OFFSET 0) item
)
-- define: as_it_is_then
answered CROSS JOIN api.answer(200, answered.version, NULL, answered.body) answer
-- define: as_a_set
(SELECT json_build_object('items', json_agg(body ORDER BY n)) AS body FROM told) items
 CROSS JOIN api.answer(200, NULL, NULL, items.body) answer

-- define: unless_denied
-- refuse: forbidden unless api.serves(department_id)
-- refuse: precondition-failed unless api.match(version, :if_match)

-- The items of a set name devices that are out, or their entries.
-- define: returning
api.items(:body) sent CROSS JOIN jsonb_to_record(sent.given) AS told (usage_entry_id uuid, device_id uuid, device_code text)
  LEFT JOIN usage_states state ON state.id = coalesce(told.usage_entry_id, api.open_use(told.device_id, told.device_code))
-- define: confirming
api.items(:body) sent
 CROSS JOIN jsonb_to_record(sent.given) AS told (usage_entry_id uuid, device_id uuid, device_code text, version bigint)
  LEFT JOIN usage_states state
         ON state.id = coalesce(told.usage_entry_id, api.unconfirmed_use(told.device_id, told.device_code))
-- define: named
sent.n, sent.at, sent.named, num_nonnulls(told.usage_entry_id, told.device_id, told.device_code) AS names, state.id,
       row_number() OVER (PARTITION BY state.id ORDER BY sent.n) AS times, state.department_id, state.user_staff_id,
       state.version, state.returned_at, state.confirmed_at
-- define: unless_misnamed
-- refuse: value-not-accepted {named} named_twice when names > 1
-- refuse: value-not-accepted {named} not_named when names = 0

-- before: return_devices(body jsonb)
SELECT api.hold_uses(ARRAY(SELECT state.id FROM {returning}))

-- before: return_devices(body jsonb)
WITH chosen AS MATERIALIZED (
    SELECT {named} FROM {returning}
    {unless_misnamed}
    -- refuse: reference-not-found {named} not_out when id IS NULL
    -- refuse: value-not-accepted {named} item_twice when times > 1
    -- refuse: forbidden {named} not_served unless api.serves(department_id) OR user_staff_id = api.staff_id()
    -- refuse: value-not-accepted {named} not_out when returned_at IS NOT NULL
)
SELECT api.choose(array_agg(id ORDER BY n)) FROM chosen

-- The borrower of another department brings it back as well.
-- before: return_device(usage_entry_id uuid, if_match bigint[])
SELECT state.department_id, state.user_staff_id, state.version, state.returned_at FROM usage_states state
 WHERE state.id = :usage_entry_id
-- refuse: forbidden unless api.serves(department_id) OR user_staff_id = api.staff_id()
-- refuse: precondition-failed unless api.match(version, :if_match)
-- refuse: not-in-this-state when returned_at IS NOT NULL

-- before: return_device, return_devices(body jsonb)
-- never: usage_returns_once
WITH seen AS MATERIALIZED (
    SELECT sent.n, sent.at, state.id, state.department_id, state.out_at,
           api.as_told(given.returned_at, state.out_at) AS returned_at,
           num_nonnulls(given.storage_location_id, given.storage_location) AS places,
           sent.at || CASE WHEN given.storage_location_id IS NULL THEN '/storage_location'
                           ELSE '/storage_location_id' END AS place_named,
           place.id AS place_id, place.lockable, given.locked, given.abnormality,
           coalesce(given.accessories_missing, '{}') AS accessories_missing, given.remarks
      FROM api.items(:body, api.chosen()) sent
     CROSS JOIN jsonb_to_record(sent.given) AS given (
          usage_entry_id uuid, returned_at timestamptz, storage_location_id uuid, storage_location text, locked boolean,
          abnormality text, accessories_missing text[], remarks text)
      JOIN usage_states state ON state.id = given.usage_entry_id
      LEFT JOIN LATERAL api.place_named(state.department_id, given.storage_location_id, given.storage_location, state.device_id,
                                        api.day_of(api.as_told(given.returned_at, state.out_at))) place ON true
    -- refuse: value-not-accepted {at}/returned_at future when returned_at > api.clock()
    -- refuse: value-not-accepted {at}/returned_at before_out when returned_at < out_at
    -- refuse: value-not-accepted {place_named} named_twice when places > 1
    -- refuse: value-not-accepted {place_named} no_place_of_its_own when places = 0 AND place_id IS NULL
    -- refuse: reference-not-found {place_named} not_found when place_id IS NULL
    -- refuse: value-not-accepted {at}/locked required when locked IS NULL
    -- refuse: value-not-accepted {at}/locked location_not_lockable when locked AND NOT lockable
)
INSERT INTO usage_returns (usage_entry_id, department_id, returned_at, storage_location_id, locked, abnormality,
                           accessories_missing, remarks)
SELECT id, department_id, returned_at, place_id, locked, abnormality, accessories_missing, remarks FROM seen ORDER BY n

-- define: told_of_return
{as_they_are_then}, told AS MATERIALIZED (
    SELECT n, version, body, api.emit('usage_entry.returned', 'usage-entries/' || id, department_id, body) AS emitted
      FROM answered
)
-- operation: return_device(language text)
WITH {told_of_return}
SELECT answer.* FROM told CROSS JOIN api.answer(200, told.version, NULL, told.body) answer

-- operation: return_devices(language text)
WITH {told_of_return}
SELECT answer.* FROM {as_a_set}

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

-- operation: extend_usage(language text)
WITH {as_they_are_then}
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('usage_entry.extended', 'usage-entries/' || answered.id, answered.department_id, answered.body)

-- Who brought it back puts it right as well, wherever he belongs by then.
-- before: confirm_storage(usage_entry_id uuid, if_match bigint[], body jsonb)
WITH seen AS MATERIALIZED (
    SELECT state.id, state.department_id, state.version, state.returned_by_id, state.unsecured,
           num_nonnulls(given.storage_location_id, given.storage_location) AS places,
           CASE WHEN given.storage_location IS NULL THEN '/storage_location_id' ELSE '/storage_location' END AS place_named,
           place.id AS place_id, place.lockable, given.remarks
      FROM usage_states state
     CROSS JOIN jsonb_to_record(coalesce(:body, '{}')) AS given (storage_location_id uuid, storage_location text, remarks text)
      LEFT JOIN LATERAL api.place_named(state.department_id, given.storage_location_id, given.storage_location, state.device_id,
                                        api.today(), state.storage_location_id) place ON true
     WHERE state.id = :usage_entry_id
    -- refuse: forbidden unless api.serves(department_id) OR returned_by_id = api.staff_id()
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: not-in-this-state unless unsecured
    -- refuse: value-not-accepted {place_named} named_twice when places > 1
    -- refuse: value-not-accepted {place_named} no_place_of_its_own when places = 0 AND place_id IS NULL
    -- refuse: reference-not-found {place_named} not_found when place_id IS NULL
    -- refuse: value-not-accepted {place_named} location_not_lockable unless lockable
)
INSERT INTO usage_storage_confirmations (usage_entry_id, department_id, storage_location_id, remarks)
SELECT id, department_id, place_id, remarks FROM seen

-- operation: confirm_storage(language text)
WITH {as_they_are_then}
SELECT answer.* FROM {as_it_is_then}
 CROSS JOIN api.emit('usage_entry.storage_confirmed', 'usage-entries/' || answered.id, answered.department_id, answered.body)

-- before: confirm_usage(usage_entry_id uuid, if_match bigint[])
SELECT state.department_id, state.version, state.returned_at, state.confirmed_at FROM usage_states state
 WHERE state.id = :usage_entry_id
-- refuse: forbidden unless department_id = ANY (api.managed_departments())
-- refuse: precondition-failed unless api.match(version, :if_match)
-- refuse: not-in-this-state unless returned_at IS NOT NULL AND confirmed_at IS NULL

-- before: confirm_uses(body jsonb)
SELECT api.hold_uses(ARRAY(SELECT state.id FROM {confirming}))

-- Who confirms many has read them in a list: an item may say of which version.
-- before: confirm_uses(body jsonb)
WITH chosen AS MATERIALIZED (
    SELECT {named}, told.version AS read_version FROM {confirming}
    {unless_misnamed}
    -- refuse: reference-not-found {named} none_to_confirm when id IS NULL
    -- refuse: value-not-accepted {named} item_twice when times > 1
    -- refuse: forbidden {named} not_managed unless department_id = ANY (api.managed_departments())
    -- refuse: value-not-accepted {at}/version changed_since when version <> read_version
    -- refuse: value-not-accepted {named} none_to_confirm unless returned_at IS NOT NULL AND confirmed_at IS NULL
)
SELECT api.choose(array_agg(id ORDER BY n)) FROM chosen

-- before: confirm_usage, confirm_uses(body jsonb)
-- never: usage_confirmations_once
INSERT INTO usage_confirmations (usage_entry_id, department_id, corrections, own_use, own_correction, remarks, confirmed_by)
SELECT state.id, state.department_id, state.corrections, state.user_staff_id = api.staff_id(),
       EXISTS (SELECT FROM usage_corrections correction
                WHERE correction.usage_entry_id = state.id AND correction.corrected_by_id = api.caller()),
       sent.given ->> 'remarks', api.actor(state.department_id)
  FROM api.items(:body, api.chosen()) sent JOIN usage_states state ON state.id = CAST(sent.given ->> 'usage_entry_id' AS uuid)
 ORDER BY sent.n

-- define: told_of_confirmation
{as_they_are_then}, told AS MATERIALIZED (
    SELECT n, version, body, api.emit('usage_entry.confirmed', 'usage-entries/' || id, department_id, body) AS emitted
      FROM answered
)
-- operation: confirm_usage(language text)
WITH {told_of_confirmation}
SELECT answer.* FROM told CROSS JOIN api.answer(200, told.version, NULL, told.body) answer

-- operation: confirm_uses(language text)
WITH {told_of_confirmation}
SELECT answer.* FROM {as_a_set}

-- task: usage_confirmation
-- ja: 使用管理簿の確認（確認印）をしてください：%1$s（%2$s返却）
-- en: Confirm an entry of the usage ledger: %1$s (returned on %3$s)
SELECT 'art5.1.3', state.returned_at, 'usage-entries/' || entry.id,
       ARRAY[entry.device_name || '　' || state.user_name, api.wareki_time(state.returned_at),
             api.english_day(api.day_of(state.returned_at))]
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
             correction.corrected_by ->> 'name', api.english_day(api.day_of(correction.created_at))]
  FROM usage_states state JOIN usage_entries entry USING (id)
 CROSS JOIN LATERAL (SELECT made.created_at, made.corrected_by FROM usage_corrections made
                      WHERE made.usage_entry_id = state.id ORDER BY made.created_at DESC, made.id DESC LIMIT 1) correction
 WHERE state.department_id = ANY ((SELECT api.managed_departments())::uuid[]) AND state.returned_at IS NOT NULL
   AND state.confirmed_at IS NULL AND state.corrections > 0
   AND EXISTS (SELECT FROM usage_confirmations confirmation WHERE confirmation.usage_entry_id = state.id)

-- task: overdue_return
-- ja: 返却期限（%2$s）を超過しています：%1$s
-- en: Overdue since %3$s: %1$s
SELECT 'art5.1.2', state.due_at, 'usage-entries/' || entry.id,
       ARRAY[entry.device_name || '　' || state.user_name, api.wareki_time(state.due_at),
             api.english_day(api.day_of(state.due_at))]
  FROM usage_states state JOIN usage_entries entry USING (id)
 WHERE state.returned_at IS NULL AND state.due_at < api.now()
   AND (state.department_id = ANY ((SELECT api.managed_departments())::uuid[]) OR state.user_staff_id = api.staff_id())

-- task: unsecured_return
-- ja: 施錠保管が未確認です：%1$s（%2$s返却）
-- en: Not yet locked away: %1$s (returned on %3$s)
SELECT 'art5.1.2', state.returned_at, 'usage-entries/' || entry.id,
       ARRAY[entry.device_name || '　' || state.user_name, api.wareki_time(state.returned_at),
             api.english_day(api.day_of(state.returned_at))]
  FROM usage_states state JOIN usage_entries entry USING (id)
 WHERE state.unsecured AND (state.department_id = ANY ((SELECT api.managed_departments())::uuid[])
                            OR state.returned_by_id = api.staff_id())

-- Who has left brings nothing back by himself.
-- task: left_with_device
-- ja: %2$sから在籍していない職員が使用中の機器があります。返却又は引継ぎをしてください：%1$s
-- en: Somebody who left on %3$s has a device out; see to its return or hand-over: %1$s
SELECT 'art5.1.3', api.day_begins(member.left_on), 'usage-entries/' || entry.id,
       ARRAY[entry.device_name || '　' || state.user_name, api.wareki_day(member.left_on), api.english_day(member.left_on)]
  FROM usage_states state JOIN usage_entries entry USING (id) JOIN staff member ON member.id = state.user_staff_id
 WHERE state.returned_at IS NULL AND member.left_on <= api.today()
   AND (state.department_id = ANY ((SELECT api.managed_departments())::uuid[])
        OR state.user_department_id = ANY ((SELECT api.managed_departments())::uuid[]))
