-- statement: import_allow(milliseconds int)
SELECT set_config('statement_timeout', CAST(:milliseconds AS text), true)

-- statement: import_begin(milliseconds int)
SELECT api.begin_import(:milliseconds)

-- statement: import_stage(rows jsonb)
INSERT INTO import_rows (line, cells) SELECT (element ->> 'line')::int, element - 'line' FROM jsonb_array_elements(:rows) element

-- statement: import_weigh()
SELECT api.weigh_import()

-- What is new has them all.
-- statement: import_need(columns text[])
INSERT INTO import_faults
SELECT item.line, needed, 'required'
  FROM import_items item JOIN import_rows imported USING (line) CROSS JOIN unnest(CAST(:columns AS text[])) needed
 WHERE item.action = 'create' AND imported.cells ->> needed IS NULL

-- The first of them, each with their number.
-- statement: import_faults(most int)
-- row: import_fault(line int, cell text, code text, total bigint)
SELECT line, "column" AS cell, code, count(*) OVER () AS total FROM import_faults ORDER BY line, "column", code LIMIT :most

-- statement: import_answer(event text, subject text, dry_run bool)
SELECT * FROM api.answer_import(:event, :subject, :dry_run)
