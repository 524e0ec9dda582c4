-- The month's ledger (annex1): what is now, in the columns of the form.
-- include: entry

-- The month of the path, for those who see the department; and how far its entries are. Its version grows with every
-- entry and whatever is added to one.
-- define: month
m AS MATERIALIZED (
    SELECT d.id, d.code, d.name, CAST(:month || '-01' AS date) AS month FROM departments d
     WHERE d.id = :department_id AND (api.sees_all() OR d.id = ANY (api.departments()))
)
-- define: totals
t AS MATERIALIZED (
    SELECT count(*) AS entries, count(*) FILTER (WHERE s.returned_at IS NULL) AS not_returned,
           count(*) FILTER (WHERE s.confirmed_at IS NULL) AS not_confirmed, 1 + coalesce(sum(s.version), 0)::bigint AS version
      FROM usage_states s
     WHERE s.department_id = :department_id AND {in_month}
)
-- define: closure
json_build_object(
    'department_id', m.id, 'month', to_char(m.month, 'YYYY-MM'), 'closed', c.id IS NOT NULL, 'closed_at', c.closed_at,
    'closed_by_id', c.closed_by_id, 'acting_for_id', c.acting_for_id, 'remarks', c.remarks, 'entries', t.entries,
    'not_returned', t.not_returned, 'not_confirmed', t.not_confirmed)

-- operation: get_ledger_closure(department_id uuid, month text)
WITH {month}, {totals}
SELECT t.version + CASE WHEN c.id IS NULL THEN 0 ELSE 1 END, {closure}
  FROM m CROSS JOIN t LEFT JOIN ledger_closures c ON c.department_id = m.id AND c.month = m.month

-- Waits for entries of the month that are being written, and keeps new ones waiting.
-- before: close_ledger(department_id uuid, month text)
SELECT api.hold_ledger(d.id, CAST(:month || '-01' AS date), true) FROM departments d
 WHERE d.id = :department_id AND d.id = ANY (api.managed_departments())

-- operation: close_ledger(department_id uuid, month text, if_match bigint[], body jsonb)
WITH {month}, {totals}, seen AS (
    SELECT m.id, m.month, t.version, t.not_confirmed, c.id AS closure_id
      FROM m CROSS JOIN t LEFT JOIN ledger_closures c ON c.department_id = m.id AND c.month = m.month
    -- refuse: forbidden unless id = ANY (api.managed_departments())
    -- refuse: month-closed when closure_id IS NOT NULL
    -- refuse: precondition-failed unless api.match(version, :if_match)
    -- refuse: month-not-over when api.month_begins((month + interval '1 month')::date) > api.clock()
    -- refuse: month-not-settled when not_confirmed > 0
), c AS (
    INSERT INTO ledger_closures (department_id, month, remarks)
    SELECT id, month, CAST(:body AS jsonb) ->> 'remarks' FROM seen
    RETURNING *
)
SELECT answer.* FROM c CROSS JOIN m CROSS JOIN t
 CROSS JOIN api.emit('ledger.closed', 'departments/' || m.id || '/ledgers/' || to_char(m.month, 'YYYY-MM'), m.id, {closure})
 CROSS JOIN api.answer(200, t.version + 1, NULL, {closure}) answer

-- statement: ledger_head(department_id uuid, month text)
WITH {month}, {totals}
SELECT t.version + CASE WHEN c.id IS NULL THEN 0 ELSE 1 END, m.id, m.code, m.name, to_json(c.closed_at) #>> '{}', f.name
  FROM m CROSS JOIN t LEFT JOIN ledger_closures c ON c.department_id = m.id AND c.month = m.month
  LEFT JOIN staff f ON f.id = c.closed_by_id

-- A line: s has its number in the month and the present values, e what never changes, the others the names of those who
-- acted.
-- define: line
(SELECT row_number() OVER (ORDER BY s.out_at, s.id) AS number, s.*
          FROM usage_states s WHERE s.department_id = :department_id AND {in_month}) s
  JOIN usage_entries e ON e.id = s.id
  LEFT JOIN storage_locations l ON l.id = s.storage_location_id
  LEFT JOIN staff stored ON stored.id = s.storage_confirmed_by_id
  LEFT JOIN staff seal ON seal.id = s.confirmed_by_id
  LEFT JOIN staff absent ON absent.id = s.confirmed_for_id

-- statement: ledger_lines(department_id uuid, month text, device_id uuid?)
SELECT s.number, api.day_of(s.out_at), json_build_object(
           'usage_entry_id', e.id, 'out_at', s.out_at, 'returned_at', s.returned_at,
           'user_department_name', s.user_department_name,
           'user_title', s.user_title, 'user_name', s.user_name,
           'device_code', e.device_code, 'device_name', e.device_name, 'accessories', s.accessories,
           'purpose', s.purpose, 'purpose_note', s.purpose_note, 'partner_organisation', s.partner_organisation,
           'meeting_title', e.meeting_title, 'meeting_confidentiality', e.meeting_confidentiality,
           'abnormality', s.abnormality, 'handed_over', s.handed_over, 'storage_location', l.name, 'locked', s.locked,
           'storage_confirmed_at', s.storage_confirmed_at, 'storage_confirmed_by', stored.name,
           'confirmed_at', s.confirmed_at, 'confirmed_by', seal.name, 'confirmed_by_title', seal.title,
           'confirmed_for', absent.name, 'own_use_confirmed', s.own_use_confirmed, 'remarks', s.remarks,
           'late_reason', e.late_reason, 'exception_reason', e.exception_reason,
           'corrections', CASE WHEN s.corrections = 0 THEN '[]' ELSE (
               SELECT json_agg(json_build_object('field', c.field, 'old_value', c.old_value, 'new_value', c.new_value,
                          'reason', c.reason, 'corrected_at', c.created_at, 'corrected_by', coalesce(f.name, ''),
                          'in_closed_month', c.in_closed_month) ORDER BY c.created_at, c.id)
                 FROM usage_corrections c LEFT JOIN staff f ON f.id = c.corrected_by_id WHERE c.usage_entry_id = e.id) END)
  FROM {line}
 WHERE true
   AND e.device_id = :device_id                         --? device_id
 ORDER BY s.number

-- define: purpose_words
purpose (word, ja) AS (
    SELECT w.word, coalesce(w.also, w.ja) || coalesce(c.clause, '')
      FROM (VALUES {words:purpose}) w (word, ja, en, also)
      LEFT JOIN (VALUES ('web_meeting', '（第6条第1号）'), ('training', '（第6条第2号）'), ('document_work', '（第6条第3号）'),
                        ('approved_other', '（第6条第4号）'), ('system_update', '（第7条第1号）')) c (word, clause) USING (word)
)

-- The words of a correction for the remarks: times, names and words as the form has them.
-- define: shown
CASE WHEN v IS NULL OR v = 'null' THEN 'なし'
     WHEN c.field IN ('out_at', 'returned_at') THEN api.wareki_time((v #>> '{}')::timestamptz)
     WHEN c.field = 'user_staff_id' THEN (SELECT f.name FROM staff f WHERE f.id = (v #>> '{}')::uuid)
     WHEN c.field = 'storage_location_id' THEN (SELECT l.name FROM storage_locations l WHERE l.id = (v #>> '{}')::uuid)
     WHEN c.field = 'purpose' THEN (SELECT p.ja FROM purpose p WHERE p.word = v #>> '{}')
     WHEN c.field = 'locked' THEN CASE WHEN v = 'true' THEN '施錠' ELSE '未施錠' END
     WHEN c.field = 'accessories' THEN (SELECT string_agg(a, '、') FROM jsonb_array_elements_text(v) a)
     ELSE v #>> '{}' END

-- That the head of the department was stood in for, or that nobody held the post on that day.
-- define: acted
(SELECT p.name || coalesce('（' || absent.name || '）不在', '欠員') || 'につき代決' FROM posts p
  WHERE p.department_id = s.department_id AND p.is_head
    AND (p.abolished_on IS NULL OR p.abolished_on > api.day_of(s.confirmed_at))
    AND (absent.id IS NOT NULL
         OR EXISTS (SELECT FROM post_assignments a WHERE a.post_id = p.id AND a.kind = 'acting'
                       AND a.staff_id = s.confirmed_by_id AND a.during @> api.day_of(s.confirmed_at))
            AND (SELECT m.holder_id IS NULL FROM api.management(api.day_of(s.confirmed_at)) m WHERE m.post_id = p.id))
  ORDER BY p.created_at LIMIT 1)

-- The cells of the form, in the order of its columns; the day of use is written by the caller in both calendars.
-- The data used is a column of the form that is not kept yet.
-- statement: ledger_cells(department_id uuid, month text, device_id uuid?)
WITH {purpose_words}, field (word, ja) AS (VALUES
    ('user_staff_id', '利用者'), ('purpose', '利用目的'), ('purpose_note', '目的の説明'), ('partner_organisation', '関係機関'),
    ('out_at', '開始時刻'), ('returned_at', '返却時刻'), ('accessories', '付属品'), ('storage_location_id', '保管場所'),
    ('locked', '施錠'), ('abnormality', '異常の有無'), ('remarks', '備考'))
SELECT api.day_of(s.out_at), s.number, to_char(s.out_at, 'HH24:MI'),
       CASE WHEN api.day_of(s.returned_at) = api.day_of(s.out_at) THEN to_char(s.returned_at, 'HH24:MI')
            ELSE api.wareki_time(s.returned_at) END,
       s.user_department_name,
       concat_ws('　', s.user_title, s.user_name),
       e.device_code, e.device_name, array_to_string(s.accessories, '、'),
       concat_ws('　', purpose.ja, s.purpose_note, s.partner_organisation), e.meeting_title,
       CASE e.meeting_confidentiality WHEN 'I' THEN 'Ⅰ' WHEN 'II' THEN 'Ⅱ' WHEN 'III' THEN 'Ⅲ' END,
       CASE WHEN s.returned_at IS NULL THEN NULL ELSE coalesce(s.abnormality, 'なし') END,
       CASE WHEN s.handed_over THEN '引継ぎ' WHEN s.locked THEN concat_ws('　', '施錠', l.name)
            WHEN s.storage_confirmed_at IS NOT NULL
            THEN concat_ws('　', '未施錠', l.name,
                           '（' || concat_ws('　', '施錠確認', api.wareki_time(s.storage_confirmed_at), stored.title, stored.name)
                               || '）')
            WHEN NOT s.locked THEN concat_ws('　', '未施錠', l.name) END,
       NULL,
       CASE WHEN s.confirmed_at IS NOT NULL THEN
           concat_ws('　', {acted}, seal.title, seal.name,
                     CASE WHEN s.own_use_confirmed THEN '（本人使用）' END, api.wareki_time(s.confirmed_at)) END,
       concat_ws('／', s.remarks, '付属品不足：' || nullif(array_to_string(s.accessories_missing, '、'), ''),
                 '例外（理由：' || e.exception_reason || '）', '事後入力（理由：' || e.late_reason || '）',
                 CASE WHEN s.corrections > 0 THEN (
                     SELECT string_agg('訂正　' || field.ja || '：' || w.was || '→' || w.will || '（'
                                       || concat_ws('　', api.wareki_time(c.created_at), f.title, f.name, '理由：' || c.reason)
                                       || '）', '／' ORDER BY c.created_at, c.id)
                       FROM usage_corrections c JOIN field ON field.word = c.field LEFT JOIN staff f ON f.id = c.corrected_by_id
                      CROSS JOIN LATERAL (SELECT (SELECT {shown} FROM (VALUES (c.old_value)) o (v)) AS was,
                                                 (SELECT {shown} FROM (VALUES (c.new_value)) o (v)) AS will) w
                      WHERE c.usage_entry_id = e.id) END)
  FROM {line}
  JOIN purpose ON purpose.word = s.purpose
 WHERE true
   AND e.device_id = :device_id                         --? device_id
 ORDER BY s.number

-- task: ledger_closure
-- ja: 使用管理簿（%2$s分）を締め切ってください：%1$s
-- en: Close the usage ledger of %3$s: %1$s
SELECT 'art5.1.3', month.ends_at, 'departments/' || d.id || '/ledgers/' || to_char(month.first, 'YYYY-MM'),
       ARRAY[d.name, api.wareki_month(month.first), to_char(month.first, 'FMMonth YYYY')]
  FROM departments d
 -- Bounds worked out beforehand reach the index under row-level security; OFFSET keeps them so.
 CROSS JOIN (SELECT m::date AS first, api.month_begins(m::date) AS begins_at,
                    api.month_begins((m + interval '1 month')::date) AS ends_at
               FROM generate_series(api.month_of(api.now()) - interval '1 year',
                                    api.month_of(api.now()) - interval '1 month', interval '1 month') m OFFSET 0) month
 WHERE d.id = ANY ((SELECT api.managed_departments())::uuid[])
   AND (SELECT s.id FROM usage_states s
         WHERE s.department_id = d.id AND s.out_at >= month.begins_at AND s.out_at < month.ends_at
         ORDER BY s.out_at LIMIT 1) IS NOT NULL
   AND NOT EXISTS (SELECT FROM ledger_closures c WHERE c.department_id = d.id AND c.month = month.first)
