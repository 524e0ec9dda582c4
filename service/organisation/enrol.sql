-- statement: enrol_become_owner()
SELECT set_config('role', 'kiki_owner', true), set_config('kiki.operation', 'enrol_client', true),
       set_config('search_path', 'kiki, api', true)

-- statement: enrol_client_scopes(client_id text, scopes text[])
INSERT INTO api_clients (client_id, name, scopes) VALUES (:client_id, :client_id, :scopes)
    ON CONFLICT (client_id, issuer) WHERE client_id IS NOT NULL
    DO UPDATE SET scopes = excluded.scopes, active = true
