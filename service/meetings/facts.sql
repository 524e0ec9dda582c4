-- What the rules of meetings are asked about: of a meeting `asked` (about, binding, explained, stage, plan, starts_at) its
-- settings, planned or as they were, the versions in force on its day, and the answer that it cites.
-- row: meeting_plan(stage meeting_stage, role meeting_role, confidentiality confidentiality, confidentiality_confirmed bool,
--     confidentiality_announced bool, service text, service_name text?, teams_premium bool, participants int,
--     server_region server_region, end_to_end_encryption bool, waiting_room bool, can_remove_participants bool,
--     other_admission_measure bool, admission_check bool, recording meeting_recording, transcription bool,
--     recording_consent recording_consent, screen_sharing bool, chat bool, file_transfer bool, personal_terminal bool,
--     terminal_kinds meeting_terminal_kind[], terminal_devices uuid[], personal_account bool, client meeting_client,
--     client_is_latest bool, venue meeting_venue, microphone_muted_when_idle bool, day date)
-- row: meeting_versions(regulation_version date, annex2_version date)
-- row: meeting_consultation(cited bool, usable bool, answered_name text?, answered_class confidentiality?, valid_from date?,
--     valid_until date?, conditions text?)
-- define: facts
SELECT asked.about, asked.binding, asked.explained, asked.stage,
       planned.role, planned.confidentiality, planned.confidentiality_confirmed, planned.confidentiality_announced,
       planned.service, api.folded(planned.service_name) AS service_name, planned.teams_premium, planned.participants,
       planned.server_region, planned.end_to_end_encryption, planned.waiting_room, planned.can_remove_participants,
       planned.other_admission_measure IS NOT NULL AS other_admission_measure, planned.admission_check, planned.recording,
       planned.transcription, planned.recording_consent, planned.screen_sharing, planned.chat, planned.file_transfer,
       'personal' = ANY (terminals.kinds) AS personal_terminal, terminals.kinds AS terminal_kinds,
       terminals.devices AS terminal_devices, planned.account ->> 'kind' = 'personal' AS personal_account, planned.client,
       planned.client_is_latest, planned.venue, planned.microphone_muted_when_idle, api.day_of(asked.starts_at) AS day,
       versions.regulation_version, versions.annex2_version, planned.service_consultation_id IS NOT NULL AS cited,
       coalesce(consultation.usable, false) AS usable, consultation.answered_name, consultation.answered_class,
       consultation.valid_from, consultation.valid_until, consultation.conditions
  FROM asked CROSS JOIN jsonb_populate_record(NULL::meeting_plan, asked.plan) planned
 CROSS JOIN LATERAL (SELECT coalesce(array_agg(element.terminal ->> 'kind' ORDER BY element.n), '{}') AS kinds,
                            coalesce(array_agg((element.terminal ->> 'device_id')::uuid ORDER BY element.n), '{}') AS devices
                       FROM jsonb_array_elements(planned.terminals) WITH ORDINALITY element (terminal, n)) terminals
 CROSS JOIN LATERAL (SELECT (SELECT max(edition.effective_on) FROM regulation_versions edition
                              WHERE edition.document = 'regulation' AND edition.effective_on <= api.day_of(asked.starts_at))
                                  AS regulation_version,
                            (SELECT edition.effective_on FROM regulation_versions edition
                              WHERE edition.id
                                    = api.catalogue_on(api.day_of(asked.starts_at))) AS annex2_version OFFSET 0) versions
 CROSS JOIN LATERAL api.answer_cited(planned.service_consultation_id) consultation

-- The services `service` as a version of the catalogue has them.
-- row: meeting_service(code text, usable_up_to confidentiality?, ismap bool, domestic_servers bool,
--     end_to_end_encryption encryption_offered, application bool, waiting_room bool, removal bool, screen_sharing bool,
--     chat bool, recording bool, file_transfer bool)
-- define: services_judged_by
SELECT service.code, service.usable_up_to, service.ismap, service.domestic_servers, service.end_to_end_encryption,
       service.application, service.waiting_room, service.removal, service.screen_sharing, service.chat, service.recording,
       service.file_transfer
  FROM meeting_services service
