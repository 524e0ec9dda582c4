-- What is out, by its device.
CREATE INDEX usage_states_device_out ON kiki.usage_states (device_id) WHERE returned_at IS NULL;
