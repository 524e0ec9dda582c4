-- What the rules of meetings are asked about: of a meeting b (about, binding, explained, plan, starts_at) its plan, the
-- versions in force on its day, and the answer that it cites.
-- row: meeting_plan(role meeting_role, confidentiality confidentiality, confidentiality_confirmed bool,
--     confidentiality_announced bool, service meeting_service_choice, service_name text?, teams_premium bool, participants int,
--     server_region server_region, end_to_end_encryption bool, waiting_room bool, can_remove_participants bool,
--     other_admission_measure bool, admission_check bool, recording meeting_recording, transcription bool,
--     recording_consent recording_consent, screen_sharing bool, chat bool, file_transfer bool, personal_terminal bool,
--     terminal_kinds meeting_terminal_kind[], terminal_devices uuid[], personal_account bool, client meeting_client,
--     client_is_latest bool, venue meeting_venue, microphone_muted_when_idle bool, day date)
-- row: meeting_versions(regulation_version date, annex2_version date)
-- row: meeting_consultation(cited bool, usable bool, answered_name text?, answered_class confidentiality?, valid_from date?,
--     valid_until date?)
-- define: facts
SELECT b.about, b.binding, b.explained,
       p.role, p.confidentiality, p.confidentiality_confirmed, p.confidentiality_announced, p.service,
       api.folded(p.service_name) AS service_name, p.teams_premium, p.participants, p.server_region, p.end_to_end_encryption,
       p.waiting_room, p.can_remove_participants, p.other_admission_measure IS NOT NULL AS other_admission_measure,
       p.admission_check, p.recording, p.transcription, p.recording_consent, p.screen_sharing, p.chat, p.file_transfer,
       'personal' = ANY (t.kinds) AS personal_terminal, t.kinds AS terminal_kinds, t.devices AS terminal_devices,
       p.account ->> 'kind' = 'personal' AS personal_account, p.client, p.client_is_latest, p.venue,
       p.microphone_muted_when_idle, api.day_of(b.starts_at) AS day,
       v.regulation_version, v.annex2_version,
       p.service_consultation_id IS NOT NULL AS cited, coalesce(c.usable, false) AS usable, c.answered_name, c.answered_class,
       c.valid_from, c.valid_until
  FROM b CROSS JOIN jsonb_populate_record(NULL::meeting_plan, b.plan) p
 CROSS JOIN LATERAL (SELECT coalesce(array_agg(x.terminal ->> 'kind' ORDER BY x.n), '{}') AS kinds,
                            coalesce(array_agg((x.terminal ->> 'device_id')::uuid ORDER BY x.n), '{}') AS devices
                       FROM jsonb_array_elements(p.terminals) WITH ORDINALITY x (terminal, n)) t
 CROSS JOIN LATERAL (SELECT (SELECT max(r.effective_on) FROM regulation_versions r
                              WHERE r.document = 'regulation' AND r.effective_on <= api.day_of(b.starts_at))
                                  AS regulation_version,
                            (SELECT r.effective_on FROM regulation_versions r
                              WHERE r.id = api.catalogue_on(api.day_of(b.starts_at))) AS annex2_version OFFSET 0) v
 CROSS JOIN LATERAL api.consultation_cited(p.service_consultation_id) c

-- The services s as a version of the catalogue has them.
-- row: meeting_service(code meeting_service_choice, usable_up_to confidentiality?, ismap bool, domestic_servers bool,
--     end_to_end_encryption encryption_offered, screen_sharing bool, chat bool, recording bool, file_transfer bool)
-- define: services_judged_by
SELECT s.code, s.usable_up_to, s.ismap, s.domestic_servers, s.end_to_end_encryption, s.screen_sharing, s.chat, s.recording,
       s.file_transfer
  FROM meeting_services s
