-- The month's ledger (annex1), in the columns of the form: what was kept when it was closed, and before that what is now.
-- What came after the closing stands behind it.
-- include: form

-- Its version grows with every entry and whatever is added to one.
-- define: version
1 + coalesce((SELECT sum(state.version) FROM usage_states state WHERE state.department_id = :department_id AND {in_month}), 0)
  + CASE WHEN closure.id IS NULL THEN 0 ELSE 1 END
-- define: closed
ledger LEFT JOIN ledger_closures closure ON closure.department_id = ledger.id AND closure.month = ledger.month

-- statement: ledger_head(department_id uuid, month text)
WITH {month}
SELECT ({version})::bigint, coalesce(closure.head::json ->> 'department_code', ledger.code) FROM {closed}

-- Of a month that was closed before forms were kept the lines are the present ones, as they are of an open one.
-- statement: ledger_json(department_id uuid, month text, device_id uuid?, language text)
WITH {month}, {sheet}, {addenda}, {after}, {secured}, said AS (SELECT CAST(:language AS text) AS language), head AS (
    SELECT ledger.id, ledger.month, closure.head IS NOT NULL AS kept, closure.check_code, coalesce(closure.head, (
        SELECT row_to_json(item) FROM (SELECT
            ledger.id AS department_id, ledger.code AS department_code, ledger.name AS department_name,
            to_char(ledger.month, 'YYYY-MM') AS month, api.wareki_month(ledger.month) AS month_wareki, closure.closed_at,
            closure.closed_by ->> 'name' AS closed_by, closure.closed_by AS closed_by_actor, closure.remarks) item)::text) AS told
      FROM {closed}
), line AS (
    SELECT kept.number, CASE said.language WHEN 'ja' THEN kept.ja ELSE kept.en END AS told
      FROM head JOIN ledger_kept_lines kept ON kept.department_id = head.id AND kept.month = head.month CROSS JOIN said
     WHERE head.kept
       AND kept.device_id = :device_id    --? device_id
    UNION ALL
    SELECT state.number, {line}::text FROM sheet state {joined} CROSS JOIN said
     WHERE NOT (SELECT head.kept FROM head)
       AND entry.device_id = :device_id    --? device_id
), added AS (
    SELECT state.number, {line} AS told FROM addendum state {joined} CROSS JOIN said
     WHERE true
       AND entry.device_id = :device_id    --? device_id
), corrected AS (
    SELECT correction.n, {correction_after} AS told
      FROM correction JOIN usage_entries entry ON entry.id = correction.usage_entry_id
     WHERE true
       AND entry.device_id = :device_id    --? device_id
), locked_after AS (
    SELECT securing.n, {secured_after} AS told FROM securing
     WHERE true
       AND securing.device_id = :device_id    --? device_id
)
SELECT left(head.told, -1) || ',"kept":' || to_json(head.kept) || ',"check_code":'
       || coalesce(to_json(head.check_code)::text, 'null')
       || ',"lines":[' || coalesce((SELECT string_agg(line.told, ',' ORDER BY line.number) FROM line), '')
       || '],"corrections":[' || coalesce((SELECT string_agg(corrected.told::text, ',' ORDER BY corrected.n) FROM corrected), '')
       || '],"addenda":[' || coalesce((SELECT string_agg(added.told::text, ',' ORDER BY added.number) FROM added), '')
       || '],"storage_confirmations":['
       || coalesce((SELECT string_agg(locked_after.told::text, ',' ORDER BY locked_after.n) FROM locked_after), '') || ']}'
  FROM head

-- The cells of the form, and behind them a row for each correction, each storage confirmation and each addendum.
-- statement: ledger_cells(department_id uuid, month text, device_id uuid?)
WITH {month}, {sheet}, {addenda}, {after}, {secured}, {words}, closure AS (SELECT closure.head FROM {closed}),
     row (part, number, cells) AS (
    SELECT 1, kept.number, kept.cells FROM closure CROSS JOIN ledger_kept_lines kept
     WHERE closure.head IS NOT NULL AND kept.department_id = :department_id AND kept.month = CAST(:month || '-01' AS date)
       AND kept.device_id = :device_id    --? device_id
    UNION ALL
    SELECT 1, state.number, {cells} FROM sheet state {joined} JOIN purpose ON purpose.word = state.purpose
     WHERE (SELECT closure.head FROM closure) IS NULL
       AND entry.device_id = :device_id    --? device_id
    UNION ALL
    SELECT 2, correction.n,
           ARRAY['訂正' || correction.n, api.wareki_day(api.day_of(correction.created_at)),
                 api.day_of(correction.created_at)::text, '', '', '', '', correction.device_code, correction.device_name,
                 '', '', '', '', '', '', '',
                 coalesce(api.actor_words(correction.confirmed_by) || '　' || api.wareki_time(correction.confirmed_at), '確認待ち'),
                 '締切り後の訂正　' || coalesce('番号' || correction.number || '　', '') || {correction_words}]
      FROM correction JOIN usage_entries entry ON entry.id = correction.usage_entry_id
     WHERE true
       AND entry.device_id = :device_id    --? device_id
    UNION ALL
    SELECT 3, securing.n,
           ARRAY['保管確認' || securing.n, api.wareki_day(api.day_of(securing.confirmed_at)),
                 api.day_of(securing.confirmed_at)::text, '', '', '', '', securing.device_code, securing.device_name,
                 '', '', '', '', '',
                 concat_ws('　', '施錠確認', securing.place, api.wareki_time(securing.confirmed_at),
                           api.actor_words(securing.recorded_by)), '', '',
                 concat_ws('　', '締切り後の施錠保管の確認', '番号' || securing.number, '施錠確認時：' || securing.remarks)]
      FROM securing
     WHERE true
       AND securing.device_id = :device_id    --? device_id
    UNION ALL
    SELECT 4, state.number, array_prepend('追記' || state.number, ({cells})[2:])
      FROM addendum state {joined} JOIN purpose ON purpose.word = state.purpose
     WHERE true
       AND entry.device_id = :device_id    --? device_id
)
SELECT cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7], cells[8], cells[9], cells[10], cells[11], cells[12],
       cells[13], cells[14], cells[15], cells[16], cells[17], cells[18]
  FROM row ORDER BY part, number

-- statement: ledger_canonical(department_id uuid, month text)
WITH {month}
SELECT api.ledger_text(closure.head, ledger.id, ledger.month) FROM {closed} WHERE closure.head IS NOT NULL
