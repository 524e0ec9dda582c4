-- The month's ledger (annex1): what is now, in the columns of the form.
-- include: entry

-- The month of the path, for those who see the department; and how far its entries are. Its version grows with every
-- entry and whatever is added to one.
-- define: month
ledger AS MATERIALIZED (
    SELECT department.id, department.code, department.name, CAST(:month || '-01' AS date) AS month FROM departments department
     WHERE department.id = :department_id AND (api.sees_all() OR department.id = ANY (api.departments()))
)
-- define: totals
totals AS MATERIALIZED (
    SELECT count(*) AS entries, count(*) FILTER (WHERE state.returned_at IS NULL) AS not_returned,
           count(*) FILTER (WHERE state.confirmed_at IS NULL) AS not_confirmed,
           1 + coalesce(sum(state.version), 0)::bigint AS version
      FROM usage_states state
     WHERE state.department_id = :department_id AND {in_month}
)
-- define: closure
json_build_object(
    'department_id', ledger.id, 'month', to_char(ledger.month, 'YYYY-MM'), 'closed', closure.id IS NOT NULL,
    'closed_at', closure.closed_at, 'closed_by_id', closure.closed_by_id, 'acting_for_id', closure.acting_for_id,
    'remarks', closure.remarks, 'entries', totals.entries, 'not_returned', totals.not_returned,
    'not_confirmed', totals.not_confirmed)

-- operation: get_ledger_closure(department_id uuid, month text)
WITH {month}, {totals}
SELECT totals.version + CASE WHEN closure.id IS NULL THEN 0 ELSE 1 END, {closure}
  FROM ledger CROSS JOIN totals LEFT JOIN ledger_closures closure ON closure.department_id = ledger.id
       AND closure.month = ledger.month

-- Waits for entries of the month that are being written, and keeps new ones waiting.
-- before: close_ledger(department_id uuid, month text)
SELECT api.hold_ledger(department.id, CAST(:month || '-01' AS date), true) FROM departments department
 WHERE department.id = :department_id AND department.id = ANY (api.managed_departments())

-- operation: close_ledger(department_id uuid, month text, if_match bigint[], body jsonb)
WITH {month}, {totals}, seen AS (
    SELECT ledger.id, ledger.month, totals.version, totals.not_confirmed, closure.id AS closure_id
      FROM ledger CROSS JOIN totals LEFT JOIN ledger_closures closure ON closure.department_id = ledger.id
           AND closure.month = ledger.month
    -- refuse: forbidden unless id = ANY (api.managed_departments())
    -- refuse: month-closed when closure_id IS NOT NULL
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: month-not-over when api.month_begins((month + interval '1 month')::date) > api.clock()
    -- refuse: month-not-settled when not_confirmed > 0
), closure AS (
    INSERT INTO ledger_closures (department_id, month, remarks)
    SELECT id, month, CAST(:body AS jsonb) ->> 'remarks' FROM seen
    RETURNING *
)
SELECT answer.* FROM closure CROSS JOIN ledger CROSS JOIN totals
 CROSS JOIN api.emit('ledger.closed', 'departments/' || ledger.id || '/ledgers/' || to_char(ledger.month, 'YYYY-MM'), ledger.id,
                     {closure})
 CROSS JOIN api.answer(200, totals.version + 1, NULL, {closure}) answer

-- statement: ledger_head(department_id uuid, month text)
WITH {month}, {totals}
SELECT totals.version + CASE WHEN closure.id IS NULL THEN 0 ELSE 1 END, ledger.id, ledger.code, ledger.name,
       to_json(closure.closed_at) #>> '{}', member.name
  FROM ledger CROSS JOIN totals LEFT JOIN ledger_closures closure ON closure.department_id = ledger.id
       AND closure.month = ledger.month
  LEFT JOIN staff member ON member.id = closure.closed_by_id

-- A line: `state` has its number in the month and the present values, `entry` what never changes, the others the names of
-- those who acted.
-- define: line
(SELECT row_number() OVER (ORDER BY state.out_at, state.id) AS number, state.*
          FROM usage_states state WHERE state.department_id = :department_id AND {in_month}) state
  JOIN usage_entries entry ON entry.id = state.id
  LEFT JOIN storage_locations location ON location.id = state.storage_location_id
  LEFT JOIN staff stored ON stored.id = state.storage_confirmed_by_id
  LEFT JOIN staff seal ON seal.id = state.confirmed_by_id
  LEFT JOIN staff absent ON absent.id = state.confirmed_for_id

-- statement: ledger_lines(department_id uuid, month text, device_id uuid?)
SELECT state.number, api.day_of(state.out_at), json_build_object(
           'usage_entry_id', entry.id, 'out_at', state.out_at, 'returned_at', state.returned_at,
           'user_department_name', state.user_department_name, 'user_title', state.user_title, 'user_name', state.user_name,
           'device_code', entry.device_code, 'device_name', entry.device_name, 'accessories', state.accessories,
           'purpose', state.purpose, 'purpose_note', state.purpose_note, 'partner_organisation', state.partner_organisation,
           'meeting_title', entry.meeting_title, 'meeting_confidentiality', entry.meeting_confidentiality,
           'abnormality', state.abnormality, 'handed_over', state.handed_over, 'storage_location', location.name,
           'locked', state.locked, 'storage_confirmed_at', state.storage_confirmed_at, 'storage_confirmed_by', stored.name,
           'confirmed_at', state.confirmed_at, 'confirmed_by', seal.name, 'confirmed_by_title', seal.title,
           'confirmed_for', absent.name, 'own_use_confirmed', state.own_use_confirmed, 'remarks', state.remarks,
           'late_reason', entry.late_reason, 'exception_reason', entry.exception_reason,
           'corrections', CASE WHEN state.corrections = 0 THEN '[]' ELSE (
               SELECT json_agg(json_build_object(
                          'field', correction.field, 'old_value', correction.old_value, 'new_value', correction.new_value,
                          'reason', correction.reason, 'corrected_at', correction.created_at,
                          'corrected_by', coalesce(member.name, ''), 'in_closed_month', correction.in_closed_month)
                               ORDER BY correction.created_at, correction.id)
                 FROM usage_corrections correction LEFT JOIN staff member ON member.id = correction.corrected_by_id
                WHERE correction.usage_entry_id = entry.id) END)
  FROM {line}
 WHERE true
   AND entry.device_id = :device_id    --? device_id
 ORDER BY state.number

-- define: purpose_words
purpose (word, ja) AS (
    SELECT known.word, coalesce(known.also, known.ja) || coalesce(cited.clause, '')
      FROM (VALUES {words:purpose}) known (word, ja, en, also)
      LEFT JOIN (VALUES ('web_meeting', '（第6条第1号）'), ('training', '（第6条第2号）'), ('document_work', '（第6条第3号）'),
                        ('approved_other', '（第6条第4号）'), ('system_update', '（第7条第1号）')) cited (word, clause) USING (word)
)

-- The words of a correction for the remarks: times, names and words as the form has them.
-- define: shown
CASE WHEN v IS NULL OR v = 'null' THEN 'なし'
     WHEN correction.field IN ('out_at', 'returned_at') THEN api.wareki_time((v #>> '{}')::timestamptz)
     WHEN correction.field = 'user_staff_id' THEN (SELECT member.name FROM staff member WHERE member.id = (v #>> '{}')::uuid)
     WHEN correction.field = 'storage_location_id' THEN (SELECT location.name FROM storage_locations location
                                                          WHERE location.id = (v #>> '{}')::uuid)
     WHEN correction.field = 'purpose' THEN (SELECT purpose.ja FROM purpose WHERE purpose.word = v #>> '{}')
     WHEN correction.field = 'locked' THEN CASE WHEN v = 'true' THEN '施錠' ELSE '未施錠' END
     WHEN correction.field = 'accessories'
     THEN coalesce((SELECT string_agg(named, '、') FROM jsonb_array_elements_text(v) named), 'なし')
     ELSE v #>> '{}' END

-- That the head of the department was stood in for, or that nobody held the post on that day.
-- define: acted
(SELECT post.name || coalesce('（' || absent.name || '）不在', '欠員') || 'につき代決' FROM posts post
  WHERE post.department_id = state.department_id AND post.is_head
    AND api.serves_on(post.abolished_on, api.day_of(state.confirmed_at))
    AND (absent.id IS NOT NULL
         OR EXISTS (SELECT FROM post_assignments acting WHERE acting.post_id = post.id AND acting.kind = 'acting'
                       AND acting.staff_id = state.confirmed_by_id AND acting.during @> api.day_of(state.confirmed_at))
            AND (SELECT managed.holder_id IS NULL FROM api.management(api.day_of(state.confirmed_at)) managed
                  WHERE managed.post_id = post.id))
  ORDER BY post.created_at LIMIT 1)

-- The cells of the form, in the order of its columns; the day of use is written by the caller in both calendars.
-- The data used is a column of the form that is not kept yet.
-- statement: ledger_cells(department_id uuid, month text, device_id uuid?)
WITH {purpose_words}, field (word, ja) AS (VALUES
    ('user_staff_id', '利用者'), ('purpose', '利用目的'), ('purpose_note', '目的の説明'), ('partner_organisation', '関係機関'),
    ('out_at', '開始時刻'), ('returned_at', '返却時刻'), ('accessories', '付属品'), ('storage_location_id', '保管場所'),
    ('locked', '施錠'), ('abnormality', '異常の有無'), ('remarks', '備考'))
SELECT api.day_of(state.out_at), state.number, to_char(state.out_at, 'HH24:MI'),
       CASE WHEN api.day_of(state.returned_at) = api.day_of(state.out_at) THEN to_char(state.returned_at, 'HH24:MI')
            ELSE api.wareki_time(state.returned_at) END,
       state.user_department_name,
       concat_ws('　', state.user_title, state.user_name),
       entry.device_code, entry.device_name, array_to_string(state.accessories, '、'),
       concat_ws('　', purpose.ja, state.purpose_note, state.partner_organisation), entry.meeting_title,
       CASE entry.meeting_confidentiality WHEN 'I' THEN 'Ⅰ' WHEN 'II' THEN 'Ⅱ' WHEN 'III' THEN 'Ⅲ' END,
       CASE WHEN state.returned_at IS NULL THEN NULL ELSE coalesce(state.abnormality, 'なし') END,
       CASE WHEN state.handed_over THEN '引継ぎ' WHEN state.locked THEN concat_ws('　', '施錠', location.name)
            WHEN state.storage_confirmed_at IS NOT NULL
            THEN concat_ws('　', '未施錠', location.name,
                           '（' || concat_ws('　', '施錠確認', api.wareki_time(state.storage_confirmed_at), stored.title, stored.name)
                               || '）')
            WHEN NOT state.locked THEN concat_ws('　', '未施錠', location.name) END,
       NULL,
       CASE WHEN state.confirmed_at IS NOT NULL THEN
           concat_ws('　', {acted}, seal.title, seal.name,
                     CASE WHEN state.own_use_confirmed THEN '（本人使用）' END, api.wareki_time(state.confirmed_at)) END,
       concat_ws('／', state.remarks, '付属品不足：' || nullif(array_to_string(state.accessories_missing, '、'), ''),
                 '例外（理由：' || entry.exception_reason || '）', '事後入力（理由：' || entry.late_reason || '）',
                 CASE WHEN state.corrections > 0 THEN (
                     SELECT string_agg('訂正　' || field.ja || '：' || words.was || '→' || words.will || '（'
                                       || concat_ws('　', api.wareki_time(correction.created_at), member.title, member.name,
                                                    '理由：' || correction.reason)
                                       || '）', '／' ORDER BY correction.created_at, correction.id)
                       FROM usage_corrections correction JOIN field ON field.word = correction.field
                       LEFT JOIN staff member ON member.id = correction.corrected_by_id
                      CROSS JOIN LATERAL (SELECT (SELECT {shown} FROM (VALUES (correction.old_value)) shown (v)) AS was,
                                                 (SELECT {shown} FROM (VALUES (correction.new_value)) shown (v)) AS will) words
                      WHERE correction.usage_entry_id = entry.id) END)
  FROM {line}
  JOIN purpose ON purpose.word = state.purpose
 WHERE true
   AND entry.device_id = :device_id    --? device_id
 ORDER BY state.number

-- task: ledger_closure
-- ja: 使用管理簿（%2$s分）を締め切ってください：%1$s
-- en: Close the usage ledger of %3$s: %1$s
SELECT 'art5.1.3', month.ends_at, 'departments/' || department.id || '/ledgers/' || to_char(month.first, 'YYYY-MM'),
       ARRAY[department.name, api.wareki_month(month.first), to_char(month.first, 'FMMonth YYYY')]
  FROM departments department
 -- Bounds worked out beforehand reach the index under row-level security; OFFSET keeps them so.
 CROSS JOIN (SELECT month_start::date AS first, api.month_begins(month_start::date) AS begins_at,
                    api.month_begins((month_start + interval '1 month')::date) AS ends_at
               FROM generate_series(api.month_of(api.now()) - interval '1 year',
                                    api.month_of(api.now()) - interval '1 month', interval '1 month') month_start OFFSET 0) month
 WHERE department.id = ANY ((SELECT api.managed_departments())::uuid[])
   AND (SELECT state.id FROM usage_states state
         WHERE state.department_id = department.id AND state.out_at >= month.begins_at AND state.out_at < month.ends_at
         ORDER BY state.out_at LIMIT 1) IS NOT NULL
   AND NOT EXISTS (SELECT FROM ledger_closures closure WHERE closure.department_id = department.id
                      AND closure.month = month.first)
