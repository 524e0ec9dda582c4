-- Who stood in for whom (art2), what the managers are told of (art3.1.1, art3.1.2), and who did something, as records show it
-- for ever (api.actor). Of what is on record already the present names are known.
CREATE TABLE kiki.known_actors AS
    SELECT id, jsonb_build_object('kind', 'staff', 'id', id, 'name', name, 'title', title, 'acting', NULL) AS actor FROM kiki.staff
     UNION ALL
    SELECT id, jsonb_build_object('kind', 'client', 'id', id, 'name', name, 'title', NULL, 'acting', NULL) FROM kiki.api_clients
     UNION ALL
    SELECT '00000000-0000-0000-0000-000000000000',
           jsonb_build_object('kind', 'system', 'id', NULL, 'name', 'kiki', 'title', NULL, 'acting', NULL);
ALTER TABLE kiki.known_actors ADD PRIMARY KEY (id);

ALTER TABLE kiki.placements ADD COLUMN decided_by jsonb;
UPDATE kiki.placements SET decided_by = (SELECT actor FROM kiki.known_actors known WHERE known.id = decided_by_id);
ALTER TABLE kiki.placements ALTER COLUMN decided_by SET NOT NULL, ALTER COLUMN decided_by SET DEFAULT api.actor();

ALTER TABLE kiki.placement_requests ADD COLUMN requested_by jsonb, ADD COLUMN decided_by jsonb;
UPDATE kiki.placement_requests
   SET requested_by = (SELECT actor FROM kiki.known_actors known WHERE known.id = requested_by_id),
       decided_by = CASE WHEN decided_at IS NOT NULL THEN (SELECT actor FROM kiki.known_actors known WHERE known.id = decided_by_id) END;
ALTER TABLE kiki.placement_requests ALTER COLUMN requested_by SET NOT NULL, ALTER COLUMN requested_by SET DEFAULT api.actor(),
    ADD CONSTRAINT placement_requests_decided_by CHECK ((decided_by IS NULL) = (decided_at IS NULL));

ALTER TABLE kiki.placement_request_comments ADD COLUMN written_by jsonb;
UPDATE kiki.placement_request_comments SET written_by = (SELECT actor FROM kiki.known_actors known WHERE known.id = written_by_id);
ALTER TABLE kiki.placement_request_comments ALTER COLUMN written_by SET NOT NULL,
    ALTER COLUMN written_by SET DEFAULT api.actor();

ALTER TABLE kiki.device_records ADD COLUMN recorded_by jsonb;
UPDATE kiki.device_records SET recorded_by = (SELECT actor FROM kiki.known_actors known WHERE known.id = recorded_by_id);
ALTER TABLE kiki.device_records ALTER COLUMN recorded_by SET NOT NULL, ALTER COLUMN recorded_by SET DEFAULT api.actor();

ALTER TABLE kiki.settings_changes ADD COLUMN changed_by jsonb;
UPDATE kiki.settings_changes SET changed_by = (SELECT actor FROM kiki.known_actors known WHERE known.id = changed_by_id);
ALTER TABLE kiki.settings_changes ALTER COLUMN changed_by SET NOT NULL, ALTER COLUMN changed_by SET DEFAULT api.actor();

ALTER TABLE kiki.identity_changes ADD COLUMN requested_by jsonb, ADD COLUMN decided_by jsonb, ADD COLUMN acknowledged_by jsonb;
UPDATE kiki.identity_changes
   SET requested_by = (SELECT actor FROM kiki.known_actors known WHERE known.id = requested_by_id),
       decided_by = CASE WHEN decided_at IS NOT NULL THEN (SELECT actor FROM kiki.known_actors known WHERE known.id = decided_by_id) END,
       acknowledged_by = CASE WHEN acknowledged_at IS NOT NULL
                              THEN (SELECT actor FROM kiki.known_actors known WHERE known.id = acknowledged_by_id) END;
ALTER TABLE kiki.identity_changes ALTER COLUMN requested_by SET NOT NULL, ALTER COLUMN requested_by SET DEFAULT api.actor(),
    ADD CONSTRAINT identity_changes_acknowledged_by CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL));

-- The last day of a regular holder who had none and was followed by another is the day before that one's first. When the
-- other is withdrawn, the term is as it was.
ALTER TABLE kiki.post_assignments ADD COLUMN named_by jsonb, ADD COLUMN cut_short boolean NOT NULL DEFAULT false;
UPDATE kiki.post_assignments assignment
   SET named_by = (SELECT known.actor FROM kiki.known_actors known
                    WHERE known.id = coalesce(assignment.named_by_id, (
                        SELECT logged.actor_id FROM kiki.audit_log logged
                         WHERE logged.subject_id = assignment.id AND logged.action = 'insert' LIMIT 1),
                        '00000000-0000-0000-0000-000000000000')),
       cut_short = assignment.kind = 'regular' AND (
           SELECT logged.operation = 'create_post_assignment' AND logged.before ->> 'ends_on' IS NULL FROM kiki.audit_log logged
            WHERE logged.subject_id = assignment.id AND logged.action = 'update'
              AND logged.before ->> 'ends_on' IS DISTINCT FROM logged.after ->> 'ends_on'
            ORDER BY logged.at DESC, logged.id DESC LIMIT 1) IS TRUE;
ALTER TABLE kiki.post_assignments ALTER COLUMN named_by SET NOT NULL, ALTER COLUMN named_by SET DEFAULT api.actor(),
    ADD CONSTRAINT post_assignments_cut_short CHECK (NOT cut_short OR kind = 'regular' AND ends_on IS NOT NULL);

-- Who reported as general manager reported to himself (art4.2). Nobody acknowledges what he reported; what was acknowledged
-- so before stays as it is.
ALTER TABLE kiki.placement_reports ADD COLUMN own_report boolean;
UPDATE kiki.placement_reports report
   SET own_report = EXISTS (SELECT FROM kiki.post_assignments assignment JOIN kiki.posts post ON post.id = assignment.post_id
                             WHERE post.role = 'general_manager' AND assignment.staff_id = report.reported_by_id
                               AND assignment.during @> api.day_of(report.created_at));
ALTER TABLE kiki.placement_reports ALTER COLUMN own_report SET NOT NULL,
    ALTER COLUMN own_report SET DEFAULT api.may('general_manager'),
    ADD CONSTRAINT placement_reports_second_person CHECK (acknowledged_by_id <> reported_by_id) NOT VALID;
CREATE INDEX placement_reports_own ON kiki.placement_reports (id) WHERE own_report;

-- Which post's holder the actor stood in for, also while it is vacant: `acting_for_id` is nobody then.
ALTER TABLE kiki.audit_log ADD COLUMN acting_post_id uuid;

-- What somebody is told of and notes: the general manager of posts, their holders and API clients, the equipment manager of
-- disposals. It is addressed to whoever holds a role, or to a member of staff; `ja` and `en` are what he is told.
CREATE TABLE kiki.notices (
    id uuid PRIMARY KEY DEFAULT api.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT api.now(),
    updated_at timestamptz NOT NULL DEFAULT api.now(),
    kind text NOT NULL CHECK (kind IN ('post', 'assignment', 'api_client', 'disposal')),
    clause text NOT NULL,
    subject text NOT NULL,
    ja text NOT NULL,
    en text NOT NULL,
    role text CHECK (role IN ('general_manager', 'equipment_manager')),
    staff_id uuid REFERENCES kiki.staff,
    told_by_id uuid DEFAULT api.caller(),
    told_by jsonb NOT NULL DEFAULT api.actor(),
    acknowledged_by_id uuid,
    acknowledged_by jsonb,
    acknowledged_at timestamptz,
    CONSTRAINT notices_to_one CHECK (num_nonnulls(role, staff_id) = 1),
    CONSTRAINT notices_acknowledged CHECK ((acknowledged_by_id IS NULL) = (acknowledged_at IS NULL)
                                           AND (acknowledged_by IS NULL) = (acknowledged_at IS NULL)),
    CONSTRAINT notices_second_person CHECK (acknowledged_by_id <> told_by_id)
);
CREATE INDEX notices_open ON kiki.notices (id) WHERE acknowledged_at IS NULL;
CREATE INDEX notices_staff ON kiki.notices (staff_id) WHERE staff_id IS NOT NULL;

DROP TABLE kiki.known_actors;
