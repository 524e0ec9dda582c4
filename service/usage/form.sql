-- The form of the ledger (annex1): a line as JSON has it, and as the cells of its columns.
-- include: agreed
-- include: entry

-- The month of the path, for those who see the department.
-- define: month
ledger AS MATERIALIZED (
    SELECT department.id, month.first AS month, api.month_begins((month.first + interval '1 month')::date) AS ends_at,
           coalesce(called.code, department.code) AS code, coalesce(called.name, department.name) AS name
      FROM departments department CROSS JOIN (SELECT CAST(:month || '-01' AS date) AS first) month
      LEFT JOIN LATERAL api.department_as(department.id, least((month.first + interval '1 month')::date - 1, api.today()))
           called ON true
     WHERE department.id = :department_id AND api.sees(department.id)
)

-- The lines of the form by their present values, numbered; what was found after the closing is no line of it.
-- define: sheet
sheet AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY state.out_at, state.id) AS number, state.*
      FROM usage_states state JOIN usage_entries entry ON entry.id = state.id AND entry.addendum_reason IS NULL
     WHERE state.department_id = :department_id AND {in_month}
)

-- What was found after the closing, in the order in which it was recorded.
-- define: addenda
addendum AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY state.id) AS number, state.*
      FROM usage_entries entry JOIN usage_states state ON state.id = entry.id
     WHERE entry.department_id = :department_id AND entry.month = CAST(:month || '-01' AS date)
       AND entry.addendum_reason IS NOT NULL
)

-- `state` has a line's number and the present values, `entry` what never changes, the others the names of places.
-- define: joined
JOIN usage_entries entry ON entry.id = state.id
  LEFT JOIN storage_locations location ON location.id = state.storage_location_id
  LEFT JOIN storage_locations stored ON stored.id = state.storage_confirmed_location_id

-- define: correction_members
'field', correction.field, 'old_value', correction.old_value, 'old_name', correction.old_name,
'new_value', correction.new_value, 'new_name', correction.new_name, 'reason', correction.reason,
'corrected_at', correction.created_at, 'corrected_by', correction.corrected_by ->> 'name',
'corrected_by_actor', correction.corrected_by, 'own_correction', correction.own_correction,
'in_closed_month', correction.in_closed_month

-- What belongs to a line: of a line of the form the corrections before the closing, of an addendum all.
-- define: of_line
usage_corrections correction WHERE correction.usage_entry_id = entry.id
                    AND correction.in_closed_month = (entry.addendum_reason IS NOT NULL)

-- A line in the language `said.language`.
-- define: line
(SELECT row_to_json(item) FROM (SELECT
    state.number, api.day_of(state.out_at) AS used_on, api.wareki_day(api.day_of(state.out_at)) AS used_on_wareki,
    entry.id AS usage_entry_id, state.out_at, state.returned_at, state.user_department_name, state.user_title, state.user_name,
    entry.device_code, entry.device_name, state.accessories, state.purpose, state.purpose_note, state.partner_organisation,
    entry.meeting_title, entry.meeting_confidentiality, state.abnormality, state.accessories_missing, state.handed_over,
    state.storage_location_id, location.name AS storage_location, state.locked, state.storage_confirmed_at,
    state.storage_confirmed_by ->> 'name' AS storage_confirmed_by, state.storage_confirmed_by AS storage_confirmed_by_actor,
    state.storage_confirmed_location_id, stored.name AS storage_confirmed_location, state.storage_confirmation_remarks,
    state.confirmed_at, state.confirmed_by ->> 'name' AS confirmed_by, state.confirmed_by ->> 'title' AS confirmed_by_title,
    state.confirmed_by #>> '{acting,holder_name}' AS confirmed_for, state.confirmed_by AS confirmed_by_actor,
    state.own_use_confirmed, state.own_correction_confirmed, coalesce(state.own_correction, false) AS own_correction,
    state.confirmation_remarks, state.remarks, entry.late_reason, entry.addendum_reason,
    entry.exception_reason, entry.standing_agreement, state.verdict, state.findings -> said.language AS findings,
    state.not_judged, state.extensions,
    CASE WHEN state.corrections = 0 THEN '[]' ELSE (
        SELECT coalesce(jsonb_agg(jsonb_build_object({correction_members}) ORDER BY correction.created_at, correction.id), '[]')
          FROM {of_line}) END AS corrections) item)

-- define: purpose_words
purpose (word, ja) AS (
    SELECT known.word, coalesce(known.also, known.ja) || coalesce(cited.clause, '')
      FROM (VALUES {words:purpose}) known (word, ja, en, also)
      LEFT JOIN (VALUES ('web_meeting', '（第6条第1号）'), ('training', '（第6条第2号）'), ('document_work', '（第6条第3号）'),
                        ('approved_other', '（第6条第4号）'), ('system_update', '（第7条第1号）')) cited (word, clause) USING (word)
)
-- define: words
{purpose_words}, field (word, ja, en, also) AS (VALUES {words:usage_correctable}),
     level (word, ja, en, also) AS (VALUES {words:rule_level})

-- The words of a correction for the remarks: times, names and words as the form has them.
-- define: shown
CASE WHEN shown.value IS NULL OR shown.value = 'null' THEN 'なし'
     WHEN shown.name IS NOT NULL THEN shown.name
     WHEN correction.field IN ('out_at', 'returned_at') THEN api.wareki_time((shown.value #>> '{}')::timestamptz)
     WHEN correction.field = 'purpose' THEN (SELECT purpose.ja FROM purpose WHERE purpose.word = shown.value #>> '{}')
     WHEN correction.field = 'locked' THEN CASE WHEN shown.value = 'true' THEN '施錠' ELSE '未施錠' END
     WHEN correction.field = 'accessories'
     THEN coalesce((SELECT string_agg(named, '、') FROM jsonb_array_elements_text(shown.value) named), 'なし')
     ELSE shown.value #>> '{}' END
-- define: correction_words
(SELECT field.ja || '：' || (SELECT {shown} FROM (VALUES (correction.old_value, correction.old_name)) shown (value, name)) || '→'
                || (SELECT {shown} FROM (VALUES (correction.new_value, correction.new_name)) shown (value, name)) || '（'
                || concat_ws('　', api.wareki_time(correction.created_at), api.actor_words(correction.corrected_by),
                             CASE WHEN correction.own_correction AND correction.in_closed_month THEN '（本人による訂正）' END,
                             '理由：' || correction.reason) || '）'
   FROM field WHERE field.word = correction.field)

-- What the rules find, and who agreed to it by confirming the use.
-- define: found
CASE WHEN jsonb_array_length(state.findings -> 'ja') > 0 THEN (
          SELECT string_agg(level.ja || '　' || (finding.told ->> 'title') || '（'
                            || (SELECT string_agg(api.clause_words(cited.clause), '、' ORDER BY cited.n)
                                  FROM jsonb_array_elements_text(finding.told -> 'clauses') WITH ORDINALITY AS cited (clause, n))
                            || '）', '／' ORDER BY finding.n)
            FROM jsonb_array_elements(state.findings -> 'ja') WITH ORDINALITY AS finding (told, n)
            JOIN level ON level.word = finding.told ->> 'level') END,
     CASE WHEN state.verdict = 'permitted_with_exception'
               OR entry.exception_reason IS NOT NULL AND state.verdict <> 'permitted' THEN
          '例外（' || concat_ws('　', '理由：' || entry.exception_reason,
                                CASE WHEN {agreed} THEN
                                     '包括的な同意：' || (entry.standing_agreement ->> 'number') || '　'
                                         || api.actor_words(entry.standing_agreement -> 'agreed_by') END,
                                CASE WHEN state.confirmed_at IS NOT NULL THEN '同意：' || api.actor_words(state.confirmed_by)
                                     WHEN NOT {agreed} THEN '利用管理者の確認待ち' END) || '）' END

-- The cells of the form, in the order of its columns. The data used is a column of the form that is not kept yet.
-- define: cells
array_replace(ARRAY[
    state.number::text, api.wareki_day(api.day_of(state.out_at)), api.day_of(state.out_at)::text,
    to_char(state.out_at, 'HH24:MI'),
    CASE WHEN api.day_of(state.returned_at) = api.day_of(state.out_at) THEN to_char(state.returned_at, 'HH24:MI')
         ELSE api.wareki_time(state.returned_at) END,
    state.user_department_name, concat_ws('　', state.user_title, state.user_name), entry.device_code, entry.device_name,
    array_to_string(state.accessories, '、'), concat_ws('　', purpose.ja, state.purpose_note, state.partner_organisation),
    entry.meeting_title,
    CASE entry.meeting_confidentiality WHEN 'I' THEN 'Ⅰ' WHEN 'II' THEN 'Ⅱ' WHEN 'III' THEN 'Ⅲ' END,
    CASE WHEN state.returned_at IS NULL THEN NULL ELSE coalesce(state.abnormality, 'なし') END,
    CASE WHEN state.handed_over THEN '引継ぎ' WHEN state.locked THEN concat_ws('　', '施錠', location.name)
         WHEN state.storage_confirmed_at IS NOT NULL
         THEN concat_ws('　', '未施錠', location.name,
                        '（' || concat_ws('　', '施錠確認',
                                          CASE WHEN stored.id <> location.id THEN stored.name END,
                                          api.wareki_time(state.storage_confirmed_at),
                                          api.actor_words(state.storage_confirmed_by)) || '）')
         WHEN NOT state.locked THEN concat_ws('　', '未施錠', location.name) END,
    NULL,
    CASE WHEN state.confirmed_at IS NOT NULL THEN
         concat_ws('　', api.actor_words(state.confirmed_by), CASE WHEN state.own_use_confirmed THEN '（本人使用）' END,
                   api.wareki_time(state.confirmed_at))
         WHEN entry.addendum_reason IS NOT NULL THEN '確認待ち' END,
    concat_ws('／', '追記（理由：' || entry.addendum_reason || '　' || api.wareki_time(entry.created_at) || '　'
                   || coalesce(api.actor_words(api.actor_on(entry.recorded_by_id, api.day_of(entry.created_at))), '') || '）',
              state.remarks, '付属品不足：' || nullif(array_to_string(state.accessories_missing, '、'), ''),
              {found}, '事後入力（理由：' || entry.late_reason || '）',
              CASE WHEN state.extensions <> '[]' THEN (
                   SELECT string_agg('延長　' || api.wareki_time((extension.told ->> 'due_at')::timestamptz) || 'まで（'
                                     || concat_ws('　', api.wareki_time((extension.told ->> 'extended_at')::timestamptz),
                                                  api.actor_words(extension.told -> 'extended_by'),
                                                  '理由：' || (extension.told ->> 'reason')) || '）', '／' ORDER BY extension.n)
                     FROM jsonb_array_elements(state.extensions) WITH ORDINALITY AS extension (told, n)) END,
              '施錠確認時：' || state.storage_confirmation_remarks, '確認時：' || state.confirmation_remarks,
              CASE WHEN state.corrections > 0 THEN (
                   SELECT string_agg('訂正　' || {correction_words}, '／' ORDER BY correction.created_at, correction.id)
                     FROM {of_line}) END)], NULL, '')

-- The corrections of the form's lines that came after the closing, with the confirmation that followed.
-- define: after
correction AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY correction.created_at, correction.id) AS n, correction.*, kept.number, entry.device_code,
           entry.device_name, seal.confirmed_at, seal.confirmed_by
      FROM usage_entries entry
      JOIN usage_corrections correction ON correction.usage_entry_id = entry.id AND correction.in_closed_month
      LEFT JOIN ledger_kept_lines kept ON kept.usage_entry_id = entry.id
      LEFT JOIN LATERAL (SELECT confirmation.confirmed_at, confirmation.confirmed_by FROM usage_confirmations confirmation
                          WHERE confirmation.usage_entry_id = entry.id AND confirmation.id > correction.id
                          ORDER BY confirmation.id LIMIT 1) seal ON true
     WHERE correction.department_id = :department_id AND entry.month = CAST(:month || '-01' AS date)
       AND entry.addendum_reason IS NULL
)
-- Where lines of the form were locked away after all, once a correction after the closing said that they had not been.
-- define: secured
securing AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY stored.id) AS n, stored.*, kept.number, entry.device_id, entry.device_code,
           entry.device_name, location.name AS place
      FROM ledger_closures closure
      JOIN usage_states state ON state.department_id = :department_id AND {in_month}
      JOIN usage_entries entry ON entry.id = state.id AND entry.addendum_reason IS NULL
      JOIN usage_storage_confirmations stored ON stored.usage_entry_id = entry.id AND stored.id > closure.id
      JOIN storage_locations location ON location.id = stored.storage_location_id
      LEFT JOIN ledger_kept_lines kept ON kept.usage_entry_id = entry.id
     WHERE closure.department_id = :department_id AND closure.month = CAST(:month || '-01' AS date)
)
-- define: secured_after
jsonb_build_object('usage_entry_id', securing.usage_entry_id, 'number', securing.number, 'device_code', securing.device_code,
                   'storage_location_id', securing.storage_location_id, 'storage_location', securing.place,
                   'storage_confirmed_at', securing.confirmed_at,
                   'storage_confirmed_by', securing.recorded_by ->> 'name',
                   'storage_confirmed_by_actor', securing.recorded_by, 'remarks', securing.remarks)
-- define: correction_after
jsonb_build_object('usage_entry_id', correction.usage_entry_id, 'number', correction.number,
                   'device_code', correction.device_code, {correction_members}, 'confirmed_at', correction.confirmed_at,
                   'confirmed_by_actor', correction.confirmed_by)
