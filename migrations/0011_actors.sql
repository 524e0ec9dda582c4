-- Who did something, as records show it for ever (api.actor). Of what is on record already the present names are known.
ALTER TABLE kiki.placement_reports ADD COLUMN reported_by jsonb, ADD COLUMN acknowledged_by jsonb;

WITH known (id, actor) AS (
    SELECT id, jsonb_build_object('kind', 'staff', 'id', id, 'name', name, 'title', title, 'acting', NULL) FROM kiki.staff
     UNION ALL
    SELECT id, jsonb_build_object('kind', 'client', 'id', id, 'name', name, 'title', NULL, 'acting', NULL) FROM kiki.api_clients
)
UPDATE kiki.placement_reports report
   SET reported_by = (SELECT actor FROM known WHERE known.id = report.reported_by_id),
       acknowledged_by = (SELECT actor FROM known WHERE known.id = report.acknowledged_by_id);

ALTER TABLE kiki.placement_reports ALTER COLUMN reported_by SET NOT NULL, ALTER COLUMN reported_by SET DEFAULT api.actor(),
    ADD CONSTRAINT placement_reports_acknowledged_by CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL));
