-- include: agreed

-- What the rules say of an entry as it stands: one row for each finding, in both languages.
-- define: told
CROSS JOIN LATERAL (
      SELECT element.finding ->> 'rule' AS rule, element.finding ->> 'level' AS level, element.finding ->> 'title' AS ja,
             state.findings #>> ARRAY['en', (element.n - 1)::text, 'title'] AS en,
             ARRAY(SELECT jsonb_array_elements_text(element.finding -> 'clauses')) AS clauses,
             entry.id || ' ' || (element.finding ->> 'rule') || ' ' || md5(element.finding ->> 'detail') AS subject
        FROM jsonb_array_elements(state.findings -> 'ja') WITH ORDINALITY element (finding, n)) told
-- Whose act a use is: the user's, also that of the user who was recorded before a correction, and that of who recorded it.
-- define: whose
ARRAY[state.user_staff_id, (state.recorded ->> 'user_staff_id')::uuid, entry.recorded_by_id]
-- define: entry
'usage-entries/' || entry.id, ARRAY[entry.device_name || '　' || state.user_name, told.ja, told.en]

-- finding: overdue_return
-- ja: 返却期限を過ぎても返却されていません：%s
-- en: Not returned, and overdue: %s
-- must act: usage_manager
SELECT state.id::text, '{art5.1.2}'::text[], NULL::text, state.department_id, state.user_staff_id, state.due_at,
       'usage-entries/' || entry.id, ARRAY[entry.device_name || '　' || state.user_name]
  FROM api.usage_asked() state JOIN usage_entries entry ON entry.id = state.id
 WHERE state.returned_at IS NULL AND state.due_at < api.asked_at()

-- finding: unlocked_return
-- ja: 返却した機器の施錠保管が確認されていません：%s
-- en: Brought back, and not locked away: %s
-- must act: usage_manager
SELECT state.id::text, '{art5.1.2}'::text[], NULL::text, state.department_id, state.returned_by_id, state.returned_at,
       'usage-entries/' || entry.id, ARRAY[entry.device_name || '　' || state.user_name]
  FROM api.usage_asked() state JOIN usage_entries entry ON entry.id = state.id
 WHERE state.unsecured

-- finding: usage_exception
-- ja: 例外の使用を利用管理者が確認していません：%1$s（%2$s）
-- en: The usage manager has not confirmed an exception: %1$s (rule: %3$s)
-- must act: usage_manager
SELECT told.subject, told.clauses, told.rule, state.department_id, NULL::uuid, state.judged_at, {entry}
  FROM api.usage_asked() state JOIN usage_entries entry ON entry.id = state.id
 {told}
 WHERE state.confirmed_at IS NULL AND state.verdict <> 'permitted' AND told.level = 'exception'
   -- What was agreed beforehand needs no confirmation.
   AND NOT (told.rule = 'check_out.other_department' AND {agreed})

-- finding: late_entry_violation
-- ja: 規定に適合しない使用が事後に入力されました：%1$s（%2$s）
-- en: A use against the regulation was recorded late: %1$s (%3$s)
-- noted by: usage_manager general_manager
SELECT told.subject, told.clauses, told.rule, state.department_id, NULL::uuid, state.judged_at, {entry}, {whose}
  FROM api.usage_asked() state JOIN usage_entries entry ON entry.id = state.id
 {told}
 WHERE entry.source = 'late' AND state.verdict <> 'permitted' AND told.level = 'violation'

-- What the rules would have refused, had it been said so when the device was taken out.
-- finding: corrected_use_violation
-- ja: 訂正の結果、規定に適合しない使用となりました：%1$s（%2$s）
-- en: As corrected, a use was against the regulation: %1$s (%3$s)
-- noted by: usage_manager general_manager
SELECT told.subject, told.clauses, told.rule, state.department_id, NULL::uuid, state.judged_at, {entry}, {whose}
  FROM api.usage_asked() state JOIN usage_entries entry ON entry.id = state.id
 {told}
 WHERE entry.source = 'checked_out' AND state.verdict <> 'permitted' AND told.level = 'violation'

-- finding: handover_violation
-- ja: 規定に適合しない引継ぎがありました：%1$s（%2$s）
-- en: A hand-over was against the regulation: %1$s (%3$s)
-- noted by: usage_manager general_manager
SELECT told.subject, told.clauses, told.rule, state.department_id, NULL::uuid, state.judged_at, {entry}, {whose}
  FROM api.usage_asked() state JOIN usage_entries entry ON entry.id = state.id
 {told}
 WHERE entry.source = 'handover' AND state.verdict <> 'permitted' AND told.level = 'violation'

-- finding: corrected_entry_unconfirmed
-- ja: 確認後に訂正された使用管理簿を利用管理者が確認していません：%s
-- en: The usage manager has not confirmed an entry that was corrected after being confirmed: %s
-- must act: usage_manager
SELECT state.id || ' ' || state.corrections, '{art5.1.3}'::text[], NULL::text, state.department_id, NULL::uuid,
       correction.created_at, 'usage-entries/' || entry.id, ARRAY[entry.device_name || '　' || state.user_name]
  FROM api.usage_asked() state JOIN usage_entries entry ON entry.id = state.id
 CROSS JOIN LATERAL (SELECT max(made.created_at) AS created_at FROM usage_corrections made
                      WHERE made.usage_entry_id = state.id AND made.created_at <= api.asked_at()) correction
 WHERE state.confirmed_at IS NULL AND state.corrections > 0
   AND EXISTS (SELECT FROM usage_confirmations confirmation
                WHERE confirmation.usage_entry_id = state.id AND confirmation.created_at <= api.asked_at())

-- finding: addendum_unconfirmed
-- ja: 締切り後に追記された使用を利用管理者が確認していません：%s
-- en: The usage manager has not confirmed a use that was added to a closed month: %s
-- must act: usage_manager
SELECT state.id::text, '{art5.1.3}'::text[], NULL::text, state.department_id, NULL::uuid, entry.created_at,
       'usage-entries/' || entry.id, ARRAY[entry.device_name || '　' || state.user_name]
  FROM api.usage_asked() state JOIN usage_entries entry ON entry.id = state.id
 WHERE state.confirmed_at IS NULL AND state.corrections = 0 AND entry.addendum_reason IS NOT NULL

-- finding: own_use_confirmed
-- ja: 利用管理者が自らの使用を確認しました：%s
-- en: Own use confirmed by the usage manager: %s
-- noted by: general_manager
SELECT state.id || ' ' || extract(epoch FROM state.confirmed_at), '{art5.1.3}'::text[], NULL::text, state.department_id,
       NULL::uuid, state.confirmed_at, 'usage-entries/' || entry.id, ARRAY[entry.device_name || '　' || state.user_name],
       ARRAY[state.confirmed_by_id]
  FROM api.usage_asked() state JOIN usage_entries entry ON entry.id = state.id
 WHERE state.own_use_confirmed

-- finding: own_correction_confirmed
-- ja: 利用管理者が自らの訂正を確認しました：%s
-- en: Own correction confirmed by the usage manager: %s
-- noted by: general_manager
SELECT state.id || ' ' || extract(epoch FROM state.confirmed_at), '{art5.1.3}'::text[], NULL::text, state.department_id,
       NULL::uuid, state.confirmed_at, 'usage-entries/' || entry.id, ARRAY[entry.device_name || '　' || state.user_name],
       ARRAY[state.confirmed_by_id]
  FROM api.usage_asked() state JOIN usage_entries entry ON entry.id = state.id
 WHERE state.own_correction_confirmed

-- finding: own_sealed_line_corrected
-- ja: 締切り後の使用管理簿について、自らの使用の記録を訂正しました：%s
-- en: Own line of a closed ledger corrected: %s
-- noted by: general_manager
SELECT correction.id::text, '{art5.1.3}'::text[], NULL::text, correction.department_id, NULL::uuid, correction.created_at,
       'usage-entries/' || entry.id, ARRAY[entry.device_name || '　' || state.user_name],
       ARRAY[correction.corrected_by_id]
  FROM usage_corrections correction
  JOIN usage_states state ON state.id = correction.usage_entry_id
  JOIN usage_entries entry ON entry.id = state.id
 WHERE correction.in_closed_month AND correction.own_correction AND correction.created_at <= api.asked_at()

-- Each month that has ended with entries in it and was not closed, however old. Whoever does not see a department's entries
-- is kept from going through them.
-- finding: ledger_month_open
-- ja: 使用管理簿（%2$s分）が締め切られていません：%1$s
-- en: The usage ledger of %3$s has not been closed: %1$s
-- must act: usage_manager
SELECT department.id || ' ' || to_char(month.first, 'YYYY-MM'), '{art5.1.3}'::text[], NULL::text, department.id, NULL::uuid,
       api.month_begins((month.first + interval '1 month')::date),
       'departments/' || department.id || '/ledgers/' || to_char(month.first, 'YYYY-MM'),
       ARRAY[called.name, api.wareki_month(month.first), to_char(month.first, 'FMMonth YYYY')]
  FROM (SELECT place.id FROM departments place WHERE api.sees(place.id) OFFSET 0) department
 CROSS JOIN LATERAL api.open_months(department.id, api.month_of(api.asked_at()), api.asked_at()) month (first)
 CROSS JOIN LATERAL api.department_as(department.id, api.asked_on()) called
