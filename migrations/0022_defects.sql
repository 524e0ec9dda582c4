-- What came back with something wrong, until its use is confirmed.
CREATE INDEX usage_states_defect ON kiki.usage_states (device_id) WHERE abnormality IS NOT NULL AND confirmed_at IS NULL;
