-- The closing of a month (art5.1.3): its form is kept as it is, and whoever asks later whether it still is gets an answer.
-- include: form

-- How far the entries of the month are, and what came after its closing.
-- define: totals
totals AS MATERIALIZED (
    SELECT count(*) AS entries, count(*) FILTER (WHERE state.returned_at IS NULL) AS not_returned,
           count(*) FILTER (WHERE state.confirmed_at IS NULL) AS not_confirmed,
           count(*) FILTER (WHERE state.unsecured) AS not_locked,
           count(*) FILTER (WHERE state.own_use_confirmed) AS own_uses_confirmed,
           count(*) FILTER (WHERE state.user_staff_id = coalesce(closure.closed_by_id, api.staff_id())) AS closer_own_uses,
           1 + coalesce(sum(state.version), 0)::bigint AS version
      FROM usage_states state
      LEFT JOIN ledger_closures closure ON closure.department_id = state.department_id AND closure.month = state.month
     WHERE state.department_id = :department_id AND {in_month}
)
-- define: later
{after}, {addenda}, {secured}, later AS (
    SELECT (SELECT count(*) FROM correction) AS corrections, (SELECT count(*) FROM addendum) AS addenda,
           (SELECT count(*) FROM correction WHERE own_correction) AS own_corrections,
           (SELECT count(*) FROM securing) AS storage_confirmations,
           (SELECT count(*) FROM correction WHERE confirmed_at IS NULL)
           + (SELECT count(*) FROM addendum WHERE confirmed_at IS NULL) AS awaiting
)
-- define: earliest
CROSS JOIN LATERAL (SELECT min(open_month) AS month FROM api.open_months(ledger.id, ledger.month) open_month) earliest

-- define: closure
json_build_object(
    'department_id', ledger.id, 'month', to_char(ledger.month, 'YYYY-MM'), 'closed', closure.id IS NOT NULL,
    'kept', closure.head IS NOT NULL, 'check_code', closure.check_code,
    'closed_at', closure.closed_at, 'closed_by_id', closure.closed_by_id, 'acting_for_id', closure.acting_for_id,
    'closed_by', closure.closed_by, 'remarks', closure.remarks,
    'earliest_open_month', to_char(earliest.month, 'YYYY-MM'), 'entries', totals.entries,
    'not_returned', totals.not_returned, 'not_locked', totals.not_locked, 'not_confirmed', totals.not_confirmed,
    'own_uses_confirmed', coalesce((closure.head::json ->> 'own_uses_confirmed')::bigint, totals.own_uses_confirmed),
    'closer_own_uses', CASE WHEN closure.id IS NOT NULL
                            THEN coalesce((closure.head::json ->> 'closer_own_uses')::bigint, totals.closer_own_uses) END,
    'corrections_after', later.corrections,
    'own_corrections_after', later.own_corrections, 'addenda', later.addenda,
    'storage_confirmations_after', later.storage_confirmations, 'awaiting_confirmation', later.awaiting)

-- operation: get_ledger_closure(department_id uuid, month text)
WITH {month}, {totals}, {later}
SELECT totals.version + CASE WHEN closure.id IS NULL THEN 0 ELSE 1 END
       || coalesce(to_char(earliest.month, '".before"YYYYMM'), ''), {closure}
  FROM ledger CROSS JOIN totals CROSS JOIN later {earliest}
  LEFT JOIN ledger_closures closure ON closure.department_id = ledger.id AND closure.month = ledger.month

-- Waits for entries of the month that are being written, and keeps new ones waiting.
-- before: close_ledger(department_id uuid, month text)
SELECT api.hold_ledger(department.id, CAST(:month || '-01' AS date), true) FROM departments department
 WHERE department.id = :department_id AND department.id = ANY (api.managed_departments())

-- What is missing is told with its count, an earlier month by its name.
-- before: close_ledger(department_id uuid, month text, if_match bigint[])
WITH {month}, {totals}, seen AS (
    SELECT ledger.id, ledger.month, ledger.ends_at, to_char(earliest.month, 'YYYY-MM') AS earliest_open_month,
           closure.id AS closure_id, totals.version, totals.not_returned, totals.not_locked, totals.not_confirmed
      FROM ledger CROSS JOIN totals {earliest}
      LEFT JOIN ledger_closures closure ON closure.department_id = ledger.id AND closure.month = ledger.month
    -- refuse: forbidden unless id = ANY (api.managed_departments())
    -- refuse: month-closed when closure_id IS NOT NULL
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: month-not-over when ends_at > api.clock()
    -- refuse: month-without-ledger unless month >= api.first_ledger_month(id)
    -- refuse: month-not-settled with not_returned, not_locked, not_confirmed when not_returned + not_locked + not_confirmed > 0
    -- refuse: earlier-month-open with earliest_open_month when earliest_open_month IS NOT NULL
)
SELECT FROM seen

-- before: close_ledger(department_id uuid, month text)
WITH {month}, {sheet}, {words}, line AS MATERIALIZED (
    SELECT state.number, entry.id, entry.device_id, said.language, {line} AS told, {cells} AS cells
      FROM sheet state {joined} JOIN purpose ON purpose.word = state.purpose CROSS JOIN (VALUES ('ja'), ('en')) said (language)
)
INSERT INTO ledger_kept_lines (department_id, month, number, usage_entry_id, device_id, ja, en, cells)
SELECT ledger.id, ledger.month, line.number, line.id, line.device_id, line.told, english.told, line.cells
  FROM ledger JOIN line ON line.language = 'ja' JOIN line english ON english.number = line.number AND english.language = 'en'
 WHERE ledger.id = ANY (api.managed_departments())

-- operation: close_ledger(department_id uuid, month text, body jsonb)
WITH {month}, {totals}, later AS (
    SELECT 0 AS corrections, 0 AS own_corrections, 0 AS addenda, 0 AS storage_confirmations, 0 AS awaiting
), closure AS (
    INSERT INTO ledger_closures (department_id, month, remarks, closed_by, head)
    SELECT ledger.id, ledger.month, given.remarks, actor.told, (SELECT row_to_json(item) FROM (SELECT
               ledger.id AS department_id, ledger.code AS department_code, ledger.name AS department_name,
               to_char(ledger.month, 'YYYY-MM') AS month, api.wareki_month(ledger.month) AS month_wareki,
               api.now() AS closed_at, actor.told ->> 'name' AS closed_by, actor.told AS closed_by_actor, given.remarks,
               totals.own_uses_confirmed, totals.closer_own_uses) item)::text
      FROM ledger CROSS JOIN totals CROSS JOIN (SELECT CAST(:body AS jsonb) ->> 'remarks' AS remarks) given
     CROSS JOIN LATERAL (SELECT api.actor(ledger.id) AS told OFFSET 0) actor
     WHERE ledger.id = ANY (api.managed_departments())
    RETURNING *
)
SELECT answer.* FROM closure CROSS JOIN ledger CROSS JOIN totals CROSS JOIN later CROSS JOIN (SELECT NULL::date AS month) earliest
 CROSS JOIN api.emit('ledger.closed', 'departments/' || ledger.id || '/ledgers/' || to_char(ledger.month, 'YYYY-MM'), ledger.id,
                     {closure})
 CROSS JOIN api.answer(200, totals.version + 1, NULL, {closure}) answer

-- The present values without what came after the closing: the corrections give back what they changed, the judgement too, and
-- of the confirmations the last before the closure counts.
-- define: rewound
rewound AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY was.out_at, was.id) AS number, was.*
      FROM ledger JOIN ledger_closures closure ON closure.department_id = ledger.id AND closure.month = ledger.month
       AND closure.head IS NOT NULL
      JOIN usage_states state ON state.department_id = :department_id AND {in_month}
      JOIN usage_entries entry ON entry.id = state.id AND entry.addendum_reason IS NULL
      LEFT JOIN LATERAL (
          SELECT jsonb_object_agg(first.field, first.old_value) AS members
            FROM (SELECT DISTINCT ON (correction.field) correction.field, correction.old_value FROM usage_corrections correction
                   WHERE correction.usage_entry_id = state.id AND correction.in_closed_month
                   ORDER BY correction.field, correction.id) first) undone ON true
      LEFT JOIN LATERAL (SELECT correction.old_judgement AS members FROM usage_corrections correction
                          WHERE correction.usage_entry_id = state.id AND correction.in_closed_month
                            AND correction.old_judgement IS NOT NULL
                          ORDER BY correction.id LIMIT 1) judged ON true
      LEFT JOIN LATERAL (SELECT confirmation.*, EXISTS (SELECT FROM usage_corrections correction
                                                         WHERE correction.usage_entry_id = state.id AND correction.own_correction
                                                           AND NOT correction.in_closed_month) AS own_correction_made
                           FROM usage_confirmations confirmation
                          WHERE confirmation.usage_entry_id = state.id AND confirmation.id < closure.id
                          ORDER BY confirmation.id DESC LIMIT 1) seal ON true
      LEFT JOIN LATERAL (SELECT stored.* FROM usage_storage_confirmations stored
                          WHERE stored.usage_entry_id = state.id AND stored.id < closure.id
                          ORDER BY stored.id DESC LIMIT 1) stored ON true
      -- Who the user was then, where his person or his day was put right since.
      LEFT JOIN LATERAL (
          SELECT CASE WHEN EXISTS (SELECT FROM usage_corrections correction
                                    WHERE correction.usage_entry_id = state.id AND NOT correction.in_closed_month
                                      AND correction.field IN ('user_staff_id', 'out_at'))
                      THEN (SELECT jsonb_build_object('user_name', named.name, 'user_title', named.title,
                                                      'user_department_name', named.department_name)
                              FROM api.user_on(coalesce((undone.members ->> 'user_staff_id')::uuid, state.user_staff_id),
                                               api.day_of(coalesce((undone.members ->> 'out_at')::timestamptz,
                                                                   state.out_at))) named)
                      WHEN state.recorded ? 'user_name'
                      THEN jsonb_build_object('user_name', state.recorded -> 'user_name',
                                              'user_title', state.recorded -> 'user_title',
                                              'user_department_name', state.recorded -> 'user_department_name')
                 END AS members
           WHERE undone.members ?| '{user_staff_id,out_at}') borrower ON true
     CROSS JOIN LATERAL jsonb_populate_record(
         state, coalesce(borrower.members, '{}') || coalesce(undone.members, '{}') || coalesce(judged.members, '{}')
             || jsonb_build_object(
         'confirmed_at', seal.confirmed_at, 'confirmed_by', seal.confirmed_by, 'confirmation_remarks', seal.remarks,
         'own_correction_confirmed', seal.own_correction, 'own_correction', seal.own_correction_made,
         'own_use_confirmed', seal.confirmed_by_id = coalesce((undone.members ->> 'user_staff_id')::uuid, state.user_staff_id),
         'storage_confirmed_at', stored.confirmed_at, 'storage_confirmed_by', stored.recorded_by,
         'storage_confirmed_location_id', stored.storage_location_id, 'storage_confirmation_remarks', stored.remarks)) was
)
-- A line of which nothing differs is as it was kept. Names of places are those of then, and members that lines got since are
-- none of a line that was kept before.
-- define: differing
difference AS (
    SELECT coalesce(kept.number, again.number) AS number, coalesce(kept.usage_entry_id, again.id) AS usage_entry_id,
           unlike.members
      FROM (SELECT state.number, state.id, {line}::jsonb - '{storage_location,storage_confirmed_location}'::text[] AS told
              FROM rewound state {joined} CROSS JOIN (VALUES ('ja')) said (language)) again
      FULL JOIN (SELECT kept.* FROM ledger JOIN ledger_kept_lines kept
                     ON kept.department_id = ledger.id AND kept.month = ledger.month) kept ON kept.usage_entry_id = again.id
     CROSS JOIN LATERAL (
         SELECT CASE WHEN kept.usage_entry_id IS NULL OR again.id IS NULL THEN ARRAY['line']
                     ELSE array_agg(member.key ORDER BY member.key) END AS members
           FROM jsonb_each(again.told) member
          WHERE kept.ja::jsonb ? member.key
            AND member.value IS DISTINCT FROM (kept.ja::jsonb || jsonb_build_object('number', kept.number)) -> member.key) unlike
     WHERE unlike.members IS NOT NULL
)

-- view: verify_ledger(department_id uuid, month text)
WITH {month}, {later}, {rewound}, {differing}, told AS (
    SELECT ledger.id, ledger.month, closure.id IS NOT NULL AS closed, closure.head IS NOT NULL AS kept, closure.closed_at,
           closure.closed_by, closure.check_code, again.code AS recomputed,
           (SELECT json_agg(json_build_object('number', difference.number, 'usage_entry_id', difference.usage_entry_id,
                                              'members', difference.members) ORDER BY difference.number)
              FROM difference) AS differences
      FROM ledger LEFT JOIN ledger_closures closure ON closure.department_id = ledger.id AND closure.month = ledger.month
     CROSS JOIN LATERAL (SELECT CASE WHEN closure.head IS NOT NULL THEN
                                     api.check_code(api.ledger_text(closure.head, ledger.id, ledger.month)) END AS code) again
)
SELECT json_build_object(
    'department_id', told.id, 'month', to_char(told.month, 'YYYY-MM'), 'closed', told.closed, 'kept', told.kept,
    'closed_at', told.closed_at, 'closed_by', told.closed_by, 'check_code', told.check_code,
    'recomputed_check_code', told.recomputed, 'same_code', told.check_code = told.recomputed,
    'same_records', CASE WHEN told.kept THEN told.differences IS NULL END,
    'intact', CASE WHEN told.kept THEN told.check_code = told.recomputed AND told.differences IS NULL END,
    'differences', coalesce(told.differences, '[]'),
    'corrections', coalesce((SELECT json_agg({correction_after} ORDER BY correction.n) FROM correction), '[]'),
    'addenda', coalesce((SELECT json_agg(json_build_object(
        'usage_entry_id', entry.id, 'number', addendum.number, 'addendum_reason', entry.addendum_reason,
        'recorded_at', entry.created_at, 'recorded_by', api.actor_on(entry.recorded_by_id, api.day_of(entry.created_at)),
        'confirmed_at', addendum.confirmed_at, 'confirmed_by_actor', addendum.confirmed_by) ORDER BY addendum.number)
          FROM addendum JOIN usage_entries entry ON entry.id = addendum.id), '[]'),
    'storage_confirmations', coalesce((SELECT json_agg({secured_after} ORDER BY securing.n) FROM securing), '[]'),
    'awaiting_confirmation', later.awaiting)
  FROM told CROSS JOIN later

-- task: ledger_closure
-- ja: 使用管理簿（%2$s分）を締め切ってください：%1$s
-- en: Close the usage ledger of %3$s: %1$s
SELECT 'art5.1.3', api.month_begins((open_month.first + interval '1 month')::date),
       'departments/' || department.id || '/ledgers/' || to_char(open_month.first, 'YYYY-MM'),
       ARRAY[department.name, api.wareki_month(open_month.first), to_char(open_month.first, 'FMMonth YYYY')]
  FROM departments department
 CROSS JOIN LATERAL api.open_months(department.id, api.month_of(api.now())) open_month (first)
 WHERE department.id = ANY ((SELECT api.managed_departments())::uuid[])
