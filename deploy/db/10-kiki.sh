#!/bin/bash
# The roles with their passwords, and the database. Run by the official PostgreSQL image when its volume is empty, and by
# hand in the container when a password has changed: what is there already stays.
set -euo pipefail

psql=(psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres --quiet)
"${psql[@]}" --file /kiki/roles.sql
for role in migrator service worker; do
        # Read by psql itself, so that no password stands in a list of processes.
        "${psql[@]}" <<SQL
\set password \`cat /run/secrets/${role}_password\`
ALTER ROLE kiki_${role} PASSWORD :'password';
SQL
done
"${psql[@]}" <<'SQL'
SELECT $$CREATE DATABASE kiki OWNER kiki_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'$$
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'kiki') \gexec
REVOKE ALL ON DATABASE kiki FROM PUBLIC;
GRANT CONNECT ON DATABASE kiki TO kiki_migrator, kiki_service, kiki_worker;
SQL
