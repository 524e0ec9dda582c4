-- Who calls: api.enter turns a token's subject into a caller with today's roles and departments.

SELECT api.protect('kiki.callers');

-- A department and those that have come after it by a day.
CREATE OR REPLACE FUNCTION api.line_of(department uuid, day date) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    WITH RECURSIVE line (id) AS (
        SELECT department
         UNION
        SELECT succession.to_department_id FROM line
          JOIN department_successions succession ON succession.department_id = line.id AND succession.succeeds_on <= day)
    SELECT ARRAY(SELECT id FROM line)
$$;

-- Departments, and those after which they have come by a day: whoever serves or manages the one does so for the others.
CREATE OR REPLACE FUNCTION api.with_predecessors(departments uuid[], day date) RETURNS uuid[] LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
    WITH RECURSIVE line (id) AS (
        SELECT unnest(departments)
         UNION
        SELECT succession.department_id FROM line
          JOIN department_successions succession ON succession.to_department_id = line.id AND succession.succeeds_on <= day)
    SELECT ARRAY(SELECT id FROM line ORDER BY array_position(departments, id), id)
$$;

-- Who they are on each day on which something begins or ends that bears on these members of staff (art2): the roles of
-- the posts held, the departments whose records are seen, those of which he is usage manager, and which roles he has by
-- acting, alone or besides: for whom is looked up when he does something (api.acting_as). Who has left has no role, not
-- even that of a user; he is still found, so that his token never names another of the same subject. Their rows are locked
-- first, so that of two changes the later sees the earlier one. A change of a department or post finds whom it concerns,
-- also those who are just coming to it: foreign keys and api.hold_posts keep them from coming unseen. They may be a hundred
-- thousand: they are joined, as an array is searched from its beginning each time. Planning anew for each call would do so
-- for each foreign key as well.
CREATE OR REPLACE FUNCTION api.settle_callers(affected uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp SET jit = off AS $$
DECLARE
    succeeded uuid[] := ARRAY(SELECT DISTINCT succession.to_department_id FROM department_successions succession);
BEGIN
    PERFORM FROM unnest(affected) element (id) JOIN staff_records member ON member.id = element.id
        ORDER BY member.id FOR NO KEY UPDATE OF member;
    DELETE FROM callers caller USING unnest(affected) element (id) WHERE caller.staff_id = element.id;
    INSERT INTO callers (staff_id, subject, issuer, during, roles, departments, managed, sees_all, acting)
    SELECT settled.id, settled.subject, settled.issuer, settled.during, settled.roles,
           CASE WHEN settled.departments && succeeded THEN api.with_predecessors(settled.departments, settled.day)
                ELSE settled.departments END,
           CASE WHEN settled.managed && succeeded THEN api.with_predecessors(settled.managed, settled.day)
                ELSE settled.managed END, settled.sees_all, settled.acting
      FROM (
    SELECT stretch.day, member.id, member.subject, member.issuer, stretch.during,
           CASE WHEN stretch.day < coalesce(member.left_on, 'infinity') THEN '{user}'::text[] || coalesce(given.roles, '{}')
               ELSE '{}' END AS roles,
           CASE WHEN place.shozoku_id = ANY (given.managed) THEN given.managed
                ELSE array_remove(coalesce(given.managed, '{}') || place.shozoku_id, NULL) END AS departments,
           coalesce(given.managed, '{}') AS managed,
           coalesce(given.roles && '{general_manager,equipment_manager,auditor}', false) AS sees_all, given.acting
      FROM (SELECT turn.staff_id, turn.day,
                   daterange(turn.day, lead(turn.day) OVER (PARTITION BY turn.staff_id ORDER BY turn.day)) AS during
              FROM (SELECT transfer.staff_id, unnest(ARRAY[lower(transfer.during), upper(transfer.during)])
                      FROM unnest(affected) element (id) JOIN staff_transfers transfer ON transfer.staff_id = element.id
                     UNION
                    SELECT transfer.staff_id, place.begins_on
                      FROM unnest(affected) element (id) JOIN staff_transfers transfer ON transfer.staff_id = element.id
                      JOIN department_days place ON place.department_id = transfer.department_id
                          AND transfer.during @> place.begins_on
                     UNION
                    SELECT assignment.staff_id, unnest(ARRAY[lower(assignment.during), upper(assignment.during),
                                                             post.established_on, post.abolished_on, term.begins_on,
                                                             department.established_on, department.abolished_on,
                                                             place.begins_on])
                      FROM unnest(affected) element (id)
                      JOIN post_assignments assignment ON assignment.staff_id = element.id
                      JOIN post_records post ON post.id = assignment.post_id
                      JOIN post_terms term ON term.post_id = post.id
                      JOIN department_records department ON department.id = term.department_id
                      JOIN department_days place ON place.department_id = department.id
                     UNION
                    SELECT transfer.staff_id, succession.succeeds_on
                      FROM unnest(affected) element (id) JOIN staff_transfers transfer ON transfer.staff_id = element.id
                      JOIN department_days place ON place.department_id = transfer.department_id
                          AND place.shozoku_id = ANY (succeeded)
                     CROSS JOIN department_successions succession
                     UNION
                    SELECT assignment.staff_id, succession.succeeds_on
                      FROM unnest(affected) element (id) JOIN post_assignments assignment ON assignment.staff_id = element.id
                      JOIN post_terms term ON term.post_id = assignment.post_id AND term.department_id = ANY (succeeded)
                     CROSS JOIN department_successions succession
                     UNION
                    SELECT member.id, unnest(ARRAY['-infinity', member.left_on])
                      FROM unnest(affected) element (id) JOIN staff_records member ON member.id = element.id) turn (staff_id, day)
             WHERE turn.day IS NOT NULL) stretch
      JOIN staff_records member ON member.id = stretch.staff_id
      LEFT JOIN staff_transfers transfer ON transfer.staff_id = member.id AND transfer.during @> stretch.day
          AND stretch.day < coalesce(member.left_on, 'infinity')
      LEFT JOIN department_days place ON place.department_id = transfer.department_id AND place.begins_on <= stretch.day
          AND place.ends_on >= stretch.day
      -- The few who hold anything: nothing is looked up for the many.
      LEFT JOIN (SELECT DISTINCT assignment.staff_id FROM unnest(affected) element (id)
                   JOIN post_assignments assignment ON assignment.staff_id = element.id) holder
             ON holder.staff_id = member.id
      LEFT JOIN LATERAL (
          SELECT array_agg(held.role) AS roles, max(held.departments) AS managed,
                 jsonb_agg(held.role ORDER BY held.role) FILTER (WHERE held.acting) AS acting
            FROM (SELECT carried.role, array_agg(DISTINCT headed.id) FILTER (WHERE carried.role = 'usage_manager') AS departments,
                         bool_or(assignment.kind = 'acting') AS acting
                    FROM post_assignments assignment
                    JOIN post_records record ON record.id = assignment.post_id
                        AND api.serves_on(record.abolished_on, stretch.day, record.established_on)
                    JOIN post_terms post ON post.post_id = record.id AND post.begins_on <= stretch.day
                        AND post.ends_on >= stretch.day
                    LEFT JOIN (department_records headed
                               JOIN department_days place ON place.department_id = headed.id AND place.is_shozoku)
                           ON post.is_head AND headed.id = post.department_id AND place.begins_on <= stretch.day
                              AND place.ends_on >= stretch.day
                              AND api.serves_on(headed.abolished_on, stretch.day, headed.established_on)
                   CROSS JOIN LATERAL (VALUES (post.role),
                                       (CASE WHEN headed.id IS NOT NULL THEN 'usage_manager' END)) carried (role)
                   WHERE holder.staff_id IS NOT NULL AND stretch.day < coalesce(member.left_on, 'infinity')
                     AND assignment.staff_id = member.id AND assignment.during @> stretch.day AND carried.role IS NOT NULL
                   GROUP BY carried.role) held) given ON true) settled;
END $$;

-- Those who belong to the departments `moved` on some day, and those who hold a post of one of `turned`.
CREATE OR REPLACE FUNCTION api.settle_callers_of(moved uuid[], turned uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF moved <> '{}' OR turned <> '{}' THEN
        PERFORM api.settle_callers(ARRAY(
            SELECT transfer.staff_id FROM staff_transfers transfer WHERE transfer.department_id = ANY (moved)
             UNION
            SELECT assignment.staff_id FROM post_terms term JOIN post_assignments assignment ON assignment.post_id = term.post_id
             WHERE term.department_id = ANY (turned)));
    END IF;
END $$;

-- A term that goes on with what a post gives, as one of another name does, concerns nobody.
CREATE OR REPLACE FUNCTION api.settle_post_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    changed uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        changed := ARRAY(SELECT new_row.post_id FROM new_rows new_row
                           JOIN post_terms before ON before.post_id = new_row.post_id AND before.ends_on = new_row.begins_on - 1
                          WHERE (new_row.role, new_row.is_head, new_row.department_id)
                                IS DISTINCT FROM (before.role, before.is_head, before.department_id));
    ELSE
        changed := ARRAY(SELECT new_row.post_id FROM new_rows new_row JOIN old_rows old_row USING (id)
                          WHERE (new_row.role, new_row.is_head, new_row.department_id, new_row.there)
                                IS DISTINCT FROM (old_row.role, old_row.is_head, old_row.department_id, old_row.there));
    END IF;
    IF changed <> '{}' THEN
        PERFORM api.settle_callers(ARRAY(SELECT DISTINCT assignment.staff_id FROM post_assignments assignment
                                          WHERE assignment.post_id = ANY (changed)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER post_terms_callers_insert AFTER INSERT ON kiki.post_terms REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_post_callers();
CREATE TRIGGER post_terms_callers_update AFTER UPDATE ON kiki.post_terms REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_post_callers();

-- Whom the same statement gave a department is settled by that.
CREATE OR REPLACE FUNCTION api.settle_staff_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.settle_callers(ARRAY(SELECT new_row.id FROM new_rows new_row
                                      WHERE NOT EXISTS (SELECT FROM staff_transfers transfer
                                                         WHERE transfer.staff_id = new_row.id)));
    RETURN NULL;
END $$;
CREATE TRIGGER staff_callers_insert AFTER INSERT ON kiki.staff_records REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_staff_callers();

CREATE OR REPLACE FUNCTION api.settle_changed_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.settle_callers(ARRAY(SELECT new_row.id FROM new_rows new_row JOIN old_rows old_row USING (id)
                                      WHERE (new_row.subject, new_row.issuer, new_row.left_on) IS DISTINCT FROM (old_row.subject,
                                          old_row.issuer, old_row.left_on)));
    RETURN NULL;
END $$;
CREATE TRIGGER staff_callers_update AFTER UPDATE ON kiki.staff_records REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_changed_callers();

CREATE OR REPLACE FUNCTION api.settle_transferred_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.settle_callers(ARRAY(SELECT DISTINCT new_row.staff_id FROM new_rows new_row));
    RETURN NULL;
END $$;
CREATE TRIGGER staff_transfers_callers_insert AFTER INSERT ON kiki.staff_transfers REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_transferred_callers();
CREATE TRIGGER staff_transfers_callers_update AFTER UPDATE ON kiki.staff_transfers REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_transferred_callers();

CREATE OR REPLACE FUNCTION api.settle_assigned_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.hold_posts(ARRAY(SELECT DISTINCT new_row.post_id FROM new_rows new_row), '{}');
    PERFORM api.settle_callers(ARRAY(SELECT DISTINCT new_row.staff_id FROM new_rows new_row));
    RETURN NULL;
END $$;
CREATE TRIGGER post_assignments_callers_insert AFTER INSERT ON kiki.post_assignments REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_assigned_callers();
CREATE TRIGGER post_assignments_callers_update AFTER UPDATE ON kiki.post_assignments REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_assigned_callers();

-- Finds the caller, checks that he may do the operation, and sets the context of this transaction.
-- `subject` names a member of staff by his subject, or by his number where `matches` is number; with `client` given instead,
-- an API client by its client_id, or by its subject where `matches` is subject, whose registered scopes hold `scope`, or any
-- where `allowed` has client. With `patience` that is how long a lock may keep it waiting.
CREATE OR REPLACE FUNCTION api.enter(issuer text, subject text, client text, scope text, allowed text[], operation text,
                          request_id text, patience text DEFAULT NULL, matches text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
DECLARE
    caller record;
    stands_in boolean := false;
    told text;
BEGIN
    IF EXISTS (SELECT FROM department_successions WHERE taken_over_at IS NULL AND moves_at <= api.now()) THEN
        PERFORM api.take_over();
    END IF;
    IF client IS NOT NULL THEN
        SELECT known.id, known.scopes AS roles, coalesce(known.department_ids, '{}') AS departments,
               '{}'::uuid[] AS managed,
               known.department_ids IS NULL AS sees_all, 'client' AS kind, known.active
          INTO caller FROM api_clients known
         WHERE CASE WHEN matches = 'subject' THEN known.subject ELSE known.client_id END = client
           AND (known.issuer IS NULL OR known.issuer = enter.issuer)
         ORDER BY known.issuer LIMIT 1;
        IF caller.id IS NULL OR NOT caller.active THEN
            PERFORM api.refuse('unknown-caller');
        ELSIF NOT 'client' = ANY (allowed) AND (scope = '' OR NOT scope = ANY (caller.roles)) THEN
            PERFORM api.refuse('insufficient-scope');
        END IF;
        -- A token may hold fewer scopes than are registered; this operation asked for one.
        caller.roles := ARRAY[scope];
    ELSE
        IF matches = 'number' THEN
            SELECT settled.staff_id AS id, settled.roles, settled.departments, settled.managed, settled.sees_all, 'staff' AS kind,
                   settled.acting
              INTO caller FROM staff_records member JOIN callers settled ON settled.staff_id = member.id
             WHERE member.number = enter.subject AND (settled.issuer IS NULL OR settled.issuer = enter.issuer)
               AND settled.during @> api.today();
        ELSE
            SELECT settled.staff_id AS id, settled.roles, settled.departments, settled.managed, settled.sees_all, 'staff' AS kind,
                   settled.acting
              INTO caller FROM callers settled
             WHERE settled.subject = enter.subject AND (settled.issuer IS NULL OR settled.issuer = enter.issuer)
               AND settled.during @> api.today()
             ORDER BY settled.issuer LIMIT 1;
        END IF;
        IF caller.id IS NULL OR caller.roles = '{}' THEN
            PERFORM api.refuse('unknown-caller');
        ELSIF NOT caller.roles && allowed THEN
            PERFORM api.refuse('forbidden');
        END IF;
        stands_in := caller.acting IS NOT NULL;
    END IF;
    -- Assignments, as PERFORM would run a query of its own.
    told := set_config('kiki.caller', caller.id::text, true);
    told := set_config('kiki.caller_kind', caller.kind, true);
    told := set_config('kiki.roles', caller.roles::text, true);
    told := set_config('kiki.departments', caller.departments::text, true);
    told := set_config('kiki.managed_departments', caller.managed::text, true);
    told := set_config('kiki.sees_all', CASE WHEN caller.sees_all THEN 'on' ELSE 'off' END, true);
    told := set_config('kiki.opened_by', ARRAY(SELECT unnest(caller.roles) INTERSECT SELECT unnest(allowed))::text, true);
    told := set_config('kiki.stands_in', CASE WHEN stands_in THEN 'on' ELSE '' END, true);
    told := set_config('kiki.acting_for', CASE WHEN stands_in THEN coalesce(api.acting_as(NULL) ->> 'holder_id', '') ELSE '' END,
                       true);
    told := set_config('kiki.operation', enter.operation, true);
    told := set_config('kiki.request_id', enter.request_id, true);
    IF patience IS NOT NULL THEN
        told := set_config('lock_timeout', patience, true);
    END IF;
END $$;

-- By which of the roles that open the operation the caller does what he does, where that is known: whoever has several is
-- shown with the one (api.actor), and by none of them where he does it as himself. It never adds one.
CREATE OR REPLACE FUNCTION api.acts_by(used text[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('kiki.opened_by',
                       ARRAY(SELECT unnest(api.context('opened_by')::text[]) INTERSECT SELECT unnest(used))::text, true);
END $$;

-- What is kept of those who act is made by this file.
SELECT api.settle_callers(ARRAY(SELECT DISTINCT assignment.staff_id FROM kiki.post_assignments assignment
                                 WHERE assignment.kind = 'acting'));

SELECT api.let_execute('kiki_service', 'acts_by', 'enter');
