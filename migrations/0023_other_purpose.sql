-- The general manager is told of a use for a purpose that article 6 does not list (art7.1.1).
ALTER TABLE kiki.notices DROP CONSTRAINT notices_kind_check,
    ADD CONSTRAINT notices_kind CHECK (kind IN ('post', 'assignment', 'api_client', 'disposal', 'other_purpose'));
