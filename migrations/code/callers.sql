-- Who calls: api.enter turns a token's subject into a caller with today's roles and departments.

SELECT api.protect('kiki.callers');

-- Who they are on each day on which something begins or ends that bears on these members of staff (art2): the roles of
-- the posts held, the departments whose records are seen, those of which he is usage manager, and for each role that is
-- held by acting alone, for whom. Who has left has no role, not even that of a user; he is still found, so that his token
-- never names another of the same subject. Their rows are locked first, so that of two changes the later sees the earlier
-- one. A change of a department or post finds whom it concerns, also those who are just coming to it: foreign keys and
-- api.hold_posts keep them from coming unseen. They may be a hundred thousand: they are joined, as an array is searched
-- from its beginning each time. Planning anew for each call would do so for each foreign key as well.
CREATE OR REPLACE FUNCTION api.settle_callers(affected uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp SET jit = off AS $$
BEGIN
    PERFORM FROM unnest(affected) a (id) JOIN staff s ON s.id = a.id ORDER BY s.id FOR NO KEY UPDATE OF s;
    DELETE FROM callers c USING unnest(affected) a (id) WHERE c.staff_id = a.id;
    INSERT INTO callers (staff_id, subject, issuer, during, roles, departments, managed, sees_all, acting)
    SELECT s.id, s.subject, s.issuer, stretch.during,
           CASE WHEN stretch.day < coalesce(s.left_on, 'infinity') THEN '{user}'::text[] || coalesce(given.roles, '{}')
               ELSE '{}' END,
           CASE WHEN place.shozoku_id = ANY (given.managed) THEN given.managed
                ELSE array_remove(coalesce(given.managed, '{}') || place.shozoku_id, NULL) END,
           coalesce(given.managed, '{}'), coalesce(given.roles && '{general_manager,equipment_manager,auditor}', false),
           given.acting
      FROM (SELECT turn.staff_id, turn.day,
                   daterange(turn.day, lead(turn.day) OVER (PARTITION BY turn.staff_id ORDER BY turn.day)) AS during
              FROM (SELECT t.staff_id, unnest(ARRAY[lower(t.during), upper(t.during)])
                      FROM unnest(affected) f (id) JOIN staff_transfers t ON t.staff_id = f.id
                     UNION
                    SELECT a.staff_id, unnest(ARRAY[lower(g.during), upper(g.during), p.abolished_on, d.abolished_on])
                      FROM unnest(affected) f (id)
                      JOIN post_assignments a ON a.staff_id = f.id
                      JOIN posts p ON p.id = a.post_id
                      JOIN departments d ON d.id = p.department_id
                      JOIN post_assignments g ON g.post_id = p.id
                     UNION
                    SELECT s.id, unnest(ARRAY['-infinity', s.left_on])
                      FROM unnest(affected) f (id) JOIN staff s ON s.id = f.id) turn (staff_id, day)
             WHERE turn.day IS NOT NULL) stretch
      JOIN staff s ON s.id = stretch.staff_id
      LEFT JOIN staff_transfers t ON t.staff_id = s.id AND t.during @> stretch.day
          AND stretch.day < coalesce(s.left_on, 'infinity')
      LEFT JOIN departments place ON place.id = t.department_id
      -- The few who hold anything: nothing is looked up for the many.
      LEFT JOIN (SELECT DISTINCT a.staff_id FROM unnest(affected) f (id) JOIN post_assignments a ON a.staff_id = f.id) holder
             ON holder.staff_id = s.id
      LEFT JOIN LATERAL (
          SELECT array_agg(held.role) AS roles, max(held.departments) AS managed,
                 jsonb_object_agg(held.role, held.holder_id) FILTER (WHERE held.acting) AS acting
            FROM (SELECT r.role, array_agg(DISTINCT h.id) FILTER (WHERE r.role = 'usage_manager') AS departments,
                         bool_and(a.kind = 'acting') AS acting,
                         (array_agg((SELECT g.staff_id FROM post_assignments g
                                      WHERE g.post_id = p.id AND g.kind = 'regular' AND g.during @> stretch.day)))[1] AS holder_id
                    FROM post_assignments a
                    JOIN posts p ON p.id = a.post_id AND (p.abolished_on IS NULL OR p.abolished_on > stretch.day)
                    LEFT JOIN departments h ON p.is_head AND h.id = p.department_id AND h.is_shozoku
                                           AND (h.abolished_on IS NULL OR h.abolished_on > stretch.day)
                   CROSS JOIN LATERAL (VALUES (p.role), (CASE WHEN h.id IS NOT NULL THEN 'usage_manager' END)) r (role)
                   WHERE holder.staff_id IS NOT NULL AND stretch.day < coalesce(s.left_on, 'infinity')
                     AND a.staff_id = s.id AND a.during @> stretch.day AND r.role IS NOT NULL
                   GROUP BY r.role) held) given ON true;
END $$;

-- What stands below follows, and with it those who belong there; whether a 所属 is there decides what its head is.
-- Moving those below is the same change: it is made here, once, so that all whom it concerns are locked in one order.
CREATE OR REPLACE FUNCTION api.settle_tree() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    moved uuid[];
    turned uuid[] := ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
                            WHERE (n.is_shozoku, n.abolished_on) IS DISTINCT FROM (o.is_shozoku, o.abolished_on));
BEGIN
    IF pg_trigger_depth() > 1 THEN
        RETURN NULL;
    END IF;
    WITH RECURSIVE below (id, shozoku_id) AS (
        SELECT n.id, n.shozoku_id FROM new_rows n JOIN old_rows o USING (id) WHERE n.shozoku_id IS DISTINCT FROM o.shozoku_id
         UNION ALL
        SELECT d.id, below.shozoku_id FROM below JOIN departments d ON d.parent_id = below.id AND NOT d.is_shozoku
    ), follow AS (
        UPDATE departments d SET shozoku_id = below.shozoku_id
          FROM below WHERE d.id = below.id AND d.shozoku_id IS DISTINCT FROM below.shozoku_id
    )
    SELECT array_agg(id) INTO moved FROM below;
    IF moved IS NOT NULL OR turned <> '{}' THEN
        PERFORM api.settle_callers(ARRAY(
            SELECT t.staff_id FROM staff_transfers t WHERE t.department_id = ANY (moved)
             UNION
            SELECT a.staff_id FROM posts p JOIN post_assignments a ON a.post_id = p.id WHERE p.department_id = ANY (turned)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER departments_callers AFTER UPDATE ON kiki.departments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_tree();

CREATE OR REPLACE FUNCTION api.settle_post_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    changed uuid[] := ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
                             WHERE (n.role, n.is_head, n.department_id, n.abolished_on)
                                   IS DISTINCT FROM (o.role, o.is_head, o.department_id, o.abolished_on));
BEGIN
    IF changed <> '{}' THEN
        PERFORM api.settle_callers(ARRAY(SELECT DISTINCT a.staff_id FROM post_assignments a WHERE a.post_id = ANY (changed)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER posts_callers AFTER UPDATE ON kiki.posts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_post_callers();

-- Whom the same statement gave a department is settled by that.
CREATE OR REPLACE FUNCTION api.settle_staff_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.settle_callers(ARRAY(SELECT n.id FROM new_rows n
                                      WHERE NOT EXISTS (SELECT FROM staff_transfers t WHERE t.staff_id = n.id)));
    RETURN NULL;
END $$;
CREATE TRIGGER staff_callers_insert AFTER INSERT ON kiki.staff REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_staff_callers();

CREATE OR REPLACE FUNCTION api.settle_changed_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.settle_callers(ARRAY(SELECT n.id FROM new_rows n JOIN old_rows o USING (id)
                                      WHERE (n.subject, n.issuer, n.left_on) IS DISTINCT FROM (o.subject, o.issuer, o.left_on)));
    RETURN NULL;
END $$;
CREATE TRIGGER staff_callers_update AFTER UPDATE ON kiki.staff REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_changed_callers();

CREATE OR REPLACE FUNCTION api.settle_transferred_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.settle_callers(ARRAY(SELECT DISTINCT n.staff_id FROM new_rows n));
    RETURN NULL;
END $$;
CREATE TRIGGER staff_transfers_callers_insert AFTER INSERT ON kiki.staff_transfers REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_transferred_callers();
CREATE TRIGGER staff_transfers_callers_update AFTER UPDATE ON kiki.staff_transfers REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_transferred_callers();

-- Who acts for a holder is concerned by his change as well.
CREATE OR REPLACE FUNCTION api.settle_assigned_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    posts uuid[] := ARRAY(SELECT DISTINCT n.post_id FROM new_rows n);
BEGIN
    PERFORM api.hold_posts(posts, '{}');
    PERFORM api.settle_callers(ARRAY(SELECT DISTINCT a.staff_id FROM post_assignments a WHERE a.post_id = ANY (posts)));
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
    acting_for text := '';
    told text;
BEGIN
    IF client IS NOT NULL THEN
        SELECT c.id, c.scopes AS roles, coalesce(c.department_ids, '{}') AS departments, '{}'::uuid[] AS managed,
               c.department_ids IS NULL AS sees_all, 'client' AS kind, c.active
          INTO caller FROM api_clients c
         WHERE CASE WHEN matches = 'subject' THEN c.subject ELSE c.client_id END = client
           AND (c.issuer IS NULL OR c.issuer = enter.issuer)
         ORDER BY c.issuer LIMIT 1;
        IF caller.id IS NULL OR NOT caller.active THEN
            PERFORM api.refuse('unknown-caller');
        ELSIF NOT 'client' = ANY (allowed) AND (scope = '' OR NOT scope = ANY (caller.roles)) THEN
            PERFORM api.refuse('insufficient-scope');
        END IF;
        -- A token may hold fewer scopes than are registered; this operation asked for one.
        caller.roles := ARRAY[scope];
    ELSE
        IF matches = 'number' THEN
            SELECT c.staff_id AS id, c.roles, c.departments, c.managed, c.sees_all, 'staff' AS kind, c.acting
              INTO caller FROM staff s JOIN callers c ON c.staff_id = s.id
             WHERE s.number = enter.subject AND (c.issuer IS NULL OR c.issuer = enter.issuer) AND c.during @> api.today();
        ELSE
            SELECT c.staff_id AS id, c.roles, c.departments, c.managed, c.sees_all, 'staff' AS kind, c.acting
              INTO caller FROM callers c
             WHERE c.subject = enter.subject AND (c.issuer IS NULL OR c.issuer = enter.issuer) AND c.during @> api.today()
             ORDER BY c.issuer LIMIT 1;
        END IF;
        IF caller.id IS NULL OR caller.roles = '{}' THEN
            PERFORM api.refuse('unknown-caller');
        ELSIF NOT caller.roles && allowed THEN
            PERFORM api.refuse('forbidden');
        ELSIF caller.acting IS NOT NULL AND NOT 'user' = ANY (allowed) THEN
            -- Whom the caller stands in for, when every role that opens this operation is held by acting.
            SELECT coalesce(min(caller.acting ->> r), '') INTO acting_for FROM unnest(caller.roles) r WHERE r = ANY (allowed)
            HAVING bool_and(caller.acting ? r);
        END IF;
    END IF;
    -- Assignments, as PERFORM would run a query of its own.
    told := set_config('kiki.caller', caller.id::text, true);
    told := set_config('kiki.caller_kind', caller.kind, true);
    told := set_config('kiki.roles', caller.roles::text, true);
    told := set_config('kiki.departments', caller.departments::text, true);
    told := set_config('kiki.managed_departments', caller.managed::text, true);
    told := set_config('kiki.sees_all', CASE WHEN caller.sees_all THEN 'on' ELSE 'off' END, true);
    told := set_config('kiki.acting_for', coalesce(acting_for, ''), true);
    told := set_config('kiki.operation', enter.operation, true);
    told := set_config('kiki.request_id', enter.request_id, true);
    IF patience IS NOT NULL THEN
        told := set_config('lock_timeout', patience, true);
    END IF;
END $$;

SELECT api.let_execute('kiki_service', 'enter');
