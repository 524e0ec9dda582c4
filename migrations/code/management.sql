-- Who answers for the equipment on a day (art2): the posts and who holds them, and which departments held equipment.

-- Readable also by those who may not see the placements.
CREATE OR REPLACE FUNCTION api.held_equipment(department uuid, day date) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT EXISTS (SELECT FROM placements placement
                    WHERE placement.department_id = department
                      -- By the department, not by the days of all there are.
                      AND lower(placement.during) < api.day_begins(day + 1)
                      AND coalesce(upper(placement.during), 'infinity') > api.day_begins(day))
$$;

-- One row for the general manager, one for the equipment manager, and one for the usage manager of each 所属 that was there on
-- the day. Without a post, or without a regular holder in office, it is vacant from `vacant_since` on, as far as the records
-- tell; that is no later than the day, about which the records say the same for ever.
CREATE OR REPLACE FUNCTION api.management(day date)
RETURNS TABLE (role text, clause text, department_id uuid, held_equipment boolean, post_id uuid, holder_id uuid,
               assignment_id uuid, vacant_since date)
LANGUAGE sql STABLE AS $$
    SELECT managed.role, managed.clause, managed.department_id, managed.held_equipment, post.id, post.staff_id,
           post.assignment_id,
           CASE WHEN post.assignment_id IS NULL THEN least(day, greatest(coalesce(
               (SELECT max(least(assignment.ends_on + 1, member.left_on))
                  FROM kiki.post_assignments assignment JOIN kiki.staff_records member ON member.id = assignment.staff_id
                 WHERE assignment.post_id = post.id AND assignment.kind = 'regular' AND NOT isempty(assignment.during)
                   AND least(assignment.ends_on + 1, member.left_on) <= day),
               -- Where there is no such post any more: since the last one was one.
               (SELECT max(upper(term.during * record.there))
                  FROM kiki.post_terms term JOIN kiki.post_records record ON record.id = term.post_id
                 WHERE post.id IS NULL AND upper(term.during * record.there) <= day
                   AND (term.role = managed.role OR term.is_head AND term.department_id = managed.department_id)),
               post.established_on, managed.established_on,
               (SELECT min(edition.effective_on) FROM kiki.regulation_versions edition)),
               -- And not before this post became one.
               (SELECT max(term.ends_on) + 1 FROM kiki.post_terms term
                 WHERE term.post_id = post.id AND term.ends_on < day
                   AND (term.role = managed.role OR term.is_head AND term.department_id = managed.department_id) IS NOT TRUE)))
           END
      FROM (SELECT 'general_manager', 'art2.2', NULL::uuid, NULL::boolean, NULL::date
             UNION ALL
            SELECT 'equipment_manager', 'art2.3', NULL, NULL, NULL
             UNION ALL
            SELECT 'usage_manager', 'art2.4', record.id, api.held_equipment(record.id, day), record.established_on
              FROM kiki.department_records record
              JOIN kiki.department_days place ON place.department_id = record.id AND place.begins_on <= day
                                             AND place.ends_on >= day
             WHERE place.is_shozoku AND api.serves_on(record.abolished_on, day, record.established_on))
           managed (role, clause, department_id, held_equipment, established_on)
      LEFT JOIN LATERAL (
          SELECT post.id, post.established_on, assignment.staff_id, assignment.id AS assignment_id
            FROM api.posts_on(day) post
            LEFT JOIN (kiki.post_assignments assignment
                       JOIN kiki.staff_records member ON member.id = assignment.staff_id
                           AND (member.left_on IS NULL OR member.left_on > day))
                   ON assignment.post_id = post.id AND assignment.kind = 'regular' AND assignment.during @> day
           WHERE post.role = managed.role OR post.is_head AND post.department_id = managed.department_id
           ORDER BY assignment.id IS NULL, post.created_at
           LIMIT 1) post ON true
$$;

-- Whether somebody answered for a department's equipment on a day, as holder of its head post or for him, who then is
-- `acting_for_id`. No row: he did not.
CREATE OR REPLACE FUNCTION api.answered_for(department uuid, staff uuid, day date) RETURNS TABLE (acting_for_id uuid)
LANGUAGE sql STABLE AS $$
    SELECT CASE assignment.kind WHEN 'acting' THEN
               (SELECT regular.staff_id
                  FROM kiki.post_assignments regular JOIN kiki.staff_records holder ON holder.id = regular.staff_id
                 WHERE regular.post_id = post.id AND regular.kind = 'regular' AND regular.during @> day
                   AND (holder.left_on IS NULL OR holder.left_on > day))
           END
      FROM api.posts_on(day) post
      JOIN kiki.post_assignments assignment ON assignment.post_id = post.id AND assignment.staff_id = staff
          AND assignment.during @> day
      JOIN kiki.staff_records member ON member.id = assignment.staff_id AND (member.left_on IS NULL OR member.left_on > day)
     WHERE post.is_head AND post.department_id = department
     ORDER BY assignment.kind DESC
     LIMIT 1
$$;

-- For whom the caller does what he does today: {post_id, post_name, holder_id, holder_name}, of the post that he stands in
-- for; the holder is null while it is vacant, and who has left holds nothing. NULL where he may by a post or membership of
-- his own: that goes before. A usage manager's power is that over `department`, and over any while it is NULL.
CREATE OR REPLACE FUNCTION api.acting_as(department uuid) RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    opened_by text[] := coalesce(api.context('opened_by'), '{}');
    stood_in jsonb;
BEGIN
    IF api.context('stands_in') IS NULL OR 'user' = ANY (opened_by) THEN
        RETURN NULL;
    END IF;
    SELECT CASE assignment.kind WHEN 'acting' THEN jsonb_build_object(
               'post_id', post.id, 'post_name', post.name, 'holder_id', holder.id, 'holder_name', holder.name) END
      INTO stood_in
      FROM post_assignments assignment
      JOIN api.posts_on(api.today()) post ON post.id = assignment.post_id
      JOIN departments place ON place.id = post.department_id
      LEFT JOIN LATERAL (
          SELECT member.id, called.name
            FROM post_assignments term
            JOIN staff_records member ON member.id = term.staff_id AND (member.left_on IS NULL OR member.left_on > api.today())
           CROSS JOIN api.known_as(member.id, api.today()) called
           WHERE term.post_id = post.id AND term.kind = 'regular' AND term.during @> api.today()) holder ON true
     WHERE assignment.staff_id = api.staff_id() AND assignment.during @> api.today()
       AND (post.role = ANY (opened_by)
            OR 'usage_manager' = ANY (opened_by) AND post.is_head AND place.id = coalesce(department, place.id)
               AND place.is_shozoku AND api.serves_on(place.abolished_on, api.today()))
     ORDER BY assignment.kind = 'acting', post.code
     LIMIT 1;
    RETURN stood_in;
END $$;

-- Whether the caller is the regular holder of a post that carries the role today.
CREATE OR REPLACE FUNCTION api.holds_role(wanted text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT EXISTS (SELECT FROM api.posts_on(api.today()) post
                    WHERE post.role = wanted AND api.holds_post(api.staff_id(), post.id, api.today()))
$$;

-- For whom the ledger says that somebody acted: depends on the department whose record it is. What a file tells of others stays.
CREATE OR REPLACE FUNCTION api.set_acting_for() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF NEW.acting_for_id IS NOT DISTINCT FROM api.context('acting_for')::uuid THEN
        NEW.acting_for_id := (api.acting_as(NEW.department_id) ->> 'holder_id')::uuid;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER usage_confirmations_acting_for BEFORE INSERT ON kiki.usage_confirmations FOR EACH ROW
    WHEN (api.context('stands_in') IS NOT NULL) EXECUTE FUNCTION api.set_acting_for();
CREATE TRIGGER ledger_closures_acting_for BEFORE INSERT ON kiki.ledger_closures FOR EACH ROW
    WHEN (api.context('stands_in') IS NOT NULL) EXECUTE FUNCTION api.set_acting_for();
CREATE TRIGGER usage_corrections_acting_for BEFORE INSERT ON kiki.usage_corrections FOR EACH ROW
    WHEN (api.context('stands_in') IS NOT NULL) EXECUTE FUNCTION api.set_acting_for();

SELECT api.let_execute('kiki_service', 'answered_for', 'held_equipment', 'management', 'posts_on');
