-- Who calls: api.enter turns a token's subject into a caller with today's roles and departments.

-- What holds of a member of staff on a day (art2): the roles of the posts held, the departments whose records are seen,
-- those of which he is usage manager, and for each role that is held by acting alone, for whom.
CREATE OR REPLACE FUNCTION api.caller_on(staff kiki.staff, day date, OUT roles text[], OUT departments uuid[], OUT managed uuid[],
                              OUT acting jsonb)
RETURNS record LANGUAGE sql STABLE SET search_path = kiki, api, pg_temp AS $$
    WITH held AS (
        SELECT r.role, h.id AS department_id, a.kind = 'acting' AS acting,
               (SELECT g.staff_id FROM post_assignments g
                 WHERE g.post_id = p.id AND g.kind = 'regular' AND g.during @> day) AS holder_id
          FROM post_assignments a
          JOIN posts p ON p.id = a.post_id AND (p.abolished_on IS NULL OR p.abolished_on > day)
          LEFT JOIN departments h ON p.is_head AND h.id = p.department_id AND h.is_shozoku
                                 AND (h.abolished_on IS NULL OR h.abolished_on > day)
         CROSS JOIN LATERAL (VALUES (p.role), (CASE WHEN h.id IS NOT NULL THEN 'usage_manager' END)) r (role)
         WHERE a.staff_id = staff.id AND a.during @> day AND r.role IS NOT NULL
    ), heads AS (
        SELECT DISTINCT department_id FROM held WHERE role = 'usage_manager'
    )
    SELECT '{user}'::text[] || coalesce((SELECT array_agg(DISTINCT role) FROM held), '{}'),
           ARRAY(SELECT department_id FROM heads
                  UNION
                 SELECT d.shozoku_id FROM staff_transfers t JOIN departments d ON d.id = t.department_id
                  WHERE t.staff_id = staff.id AND t.during @> day AND d.shozoku_id IS NOT NULL),
           ARRAY(SELECT department_id FROM heads),
           (SELECT jsonb_object_agg(role, holder_id)
              FROM (SELECT role, (array_agg(holder_id))[1] AS holder_id FROM held GROUP BY role HAVING bool_and(acting)) o)
$$;

SELECT api.protect('kiki.callers');

-- Every day on which something begins or ends that bears on these members of staff. NULL: all of them.
CREATE OR REPLACE FUNCTION api.settle_callers(affected uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    -- One at a time: of two changes the later must see the earlier one.
    PERFORM pg_advisory_xact_lock(hashtext('kiki.callers'));
    DELETE FROM callers c WHERE affected IS NULL OR c.staff_id = ANY (affected);
    INSERT INTO callers (staff_id, subject, issuer, during, roles, departments, managed, sees_all, acting)
    SELECT s.id, s.subject, s.issuer, stretch.during, c.roles, c.departments, c.managed,
           c.roles && '{general_manager,equipment_manager,auditor}', c.acting
      FROM staff s
     CROSS JOIN LATERAL (
         SELECT day, daterange(day, lead(day) OVER (ORDER BY day)) AS during
           FROM (SELECT '-infinity'::date AS day
                 UNION SELECT lower(t.during) FROM staff_transfers t WHERE t.staff_id = s.id
                 UNION SELECT upper(t.during) FROM staff_transfers t WHERE t.staff_id = s.id
                 UNION SELECT unnest(ARRAY[lower(g.during), upper(g.during), p.abolished_on, d.abolished_on])
                         FROM post_assignments a
                         JOIN posts p ON p.id = a.post_id
                         JOIN departments d ON d.id = p.department_id
                         JOIN post_assignments g ON g.post_id = p.id
                        WHERE a.staff_id = s.id
                 UNION SELECT s.left_on) days
          WHERE day IS NOT NULL) stretch
     CROSS JOIN LATERAL api.caller_on(s, stretch.day) c
     WHERE (affected IS NULL OR s.id = ANY (affected)) AND (s.left_on IS NULL OR s.left_on > stretch.day);
END $$;

CREATE OR REPLACE FUNCTION api.settle_all_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.settle_callers(NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER departments_callers AFTER UPDATE ON kiki.departments
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_all_callers();
CREATE TRIGGER posts_callers AFTER UPDATE ON kiki.posts
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_all_callers();

CREATE OR REPLACE FUNCTION api.settle_staff_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.settle_callers(ARRAY(SELECT n.id FROM new_rows n));
    RETURN NULL;
END $$;
CREATE TRIGGER staff_callers_insert AFTER INSERT ON kiki.staff REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_staff_callers();
CREATE TRIGGER staff_callers_update AFTER UPDATE ON kiki.staff REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_staff_callers();

CREATE OR REPLACE FUNCTION api.settle_transferred_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.settle_callers(ARRAY(SELECT n.staff_id FROM new_rows n));
    RETURN NULL;
END $$;
CREATE TRIGGER staff_transfers_callers_insert AFTER INSERT ON kiki.staff_transfers REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_transferred_callers();
CREATE TRIGGER staff_transfers_callers_update AFTER UPDATE ON kiki.staff_transfers REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_transferred_callers();

-- Who acts for a holder is concerned by his change as well.
CREATE OR REPLACE FUNCTION api.settle_assigned_callers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    PERFORM api.settle_callers(ARRAY(SELECT DISTINCT a.staff_id FROM new_rows n
                                       JOIN kiki.post_assignments a ON a.post_id = n.post_id));
    RETURN NULL;
END $$;
CREATE TRIGGER post_assignments_callers_insert AFTER INSERT ON kiki.post_assignments REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_assigned_callers();
CREATE TRIGGER post_assignments_callers_update AFTER UPDATE ON kiki.post_assignments REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION api.settle_assigned_callers();

-- Finds the caller, checks that he may do the operation, and sets the context of this transaction.
-- `subject` is a member of staff; with `client` given instead, an API client whose registered scopes hold `scope`, or any
-- where `allowed` has client.
CREATE OR REPLACE FUNCTION api.enter(issuer text, subject text, client text, scope text, allowed text[], operation text, request_id text)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
DECLARE
    caller record;
    acting_for text := '';
    told text;
BEGIN
    IF client IS NOT NULL THEN
        SELECT c.id, c.scopes AS roles, coalesce(c.department_ids, '{}') AS departments, '{}'::uuid[] AS managed,
               c.department_ids IS NULL AS sees_all, 'client' AS kind
          INTO caller FROM api_clients c WHERE c.client_id = client AND c.active;
        IF caller.id IS NULL THEN
            PERFORM api.refuse('unknown-caller');
        ELSIF NOT 'client' = ANY (allowed) AND (scope = '' OR NOT scope = ANY (caller.roles)) THEN
            PERFORM api.refuse('insufficient-scope');
        END IF;
        -- A token may hold fewer scopes than are registered; this operation asked for one.
        caller.roles := ARRAY[scope];
    ELSE
        SELECT c.staff_id AS id, c.roles, c.departments, c.managed, c.sees_all, 'staff' AS kind, c.acting
          INTO caller FROM callers c
         WHERE c.subject = enter.subject AND (c.issuer IS NULL OR c.issuer = enter.issuer) AND c.during @> api.today()
         ORDER BY c.issuer LIMIT 1;
        IF caller.id IS NULL THEN
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
END $$;

SELECT api.let_execute('kiki_service', 'enter');
