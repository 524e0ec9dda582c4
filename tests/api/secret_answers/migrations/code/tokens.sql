-- The secret stands in its column alone.
SELECT api.let_execute('kiki_service', 'secret');
SELECT api.track('kiki.tokens', 'secret');
GRANT SELECT, INSERT ON kiki.tokens TO kiki_service;
CREATE POLICY readers ON kiki.tokens FOR SELECT TO kiki_service USING (true);
CREATE POLICY writers ON kiki.tokens FOR INSERT TO kiki_service WITH CHECK ((SELECT api.may('operator')));
