-- Who answers for the equipment on a day (art2): the posts and who holds them, and which departments held equipment.

-- Readable also by those who may not see the placements.
CREATE OR REPLACE FUNCTION api.held_equipment(department uuid, day date) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT EXISTS (SELECT FROM placements p
                    WHERE p.department_id = department
                      AND p.during && tstzrange(api.day_begins(day), api.day_begins(day + 1)))
$$;

-- One row for the general manager, one for the equipment manager, and one for the usage manager of each 所属. Without a
-- post, or without a regular holder in office, it is vacant from `vacant_since` on, as far as the records tell.
CREATE OR REPLACE FUNCTION api.management(day date)
RETURNS TABLE (role text, clause text, department_id uuid, held_equipment boolean, post_id uuid, holder_id uuid,
               assignment_id uuid, vacant_since date)
LANGUAGE sql STABLE AS $$
    SELECT m.role, m.clause, m.department_id, m.held_equipment, p.id, p.staff_id, p.assignment_id,
           CASE WHEN p.assignment_id IS NULL THEN coalesce(
               (SELECT max(least(a.ends_on + 1, s.left_on))
                  FROM kiki.post_assignments a JOIN kiki.staff s ON s.id = a.staff_id
                 WHERE a.post_id = p.id AND a.kind = 'regular' AND NOT isempty(a.during) AND a.begins_on <= day),
               (SELECT max(q.abolished_on) FROM kiki.posts q
                 WHERE p.id IS NULL AND (q.role = m.role OR q.is_head AND q.department_id = m.department_id)),
               api.day_of(coalesce(p.created_at, m.since)),
               (SELECT min(v.effective_on) FROM kiki.regulation_versions v))
           END
      FROM (SELECT 'general_manager', 'art2.2', NULL::uuid, NULL::boolean, NULL::timestamptz
             UNION ALL
            SELECT 'equipment_manager', 'art2.3', NULL, NULL, NULL
             UNION ALL
            SELECT 'usage_manager', 'art2.4', d.id, api.held_equipment(d.id, day), d.created_at
              FROM kiki.departments d
             WHERE d.is_shozoku AND (d.abolished_on IS NULL OR d.abolished_on > day))
           m (role, clause, department_id, held_equipment, since)
      LEFT JOIN LATERAL (
          SELECT p.id, p.created_at, a.staff_id, a.id AS assignment_id
            FROM kiki.posts p
            LEFT JOIN (kiki.post_assignments a
                       JOIN kiki.staff s ON s.id = a.staff_id AND (s.left_on IS NULL OR s.left_on > day))
                   ON a.post_id = p.id AND a.kind = 'regular' AND a.during @> day
           WHERE (p.abolished_on IS NULL OR p.abolished_on > day)
             AND (p.role = m.role OR p.is_head AND p.department_id = m.department_id)
           ORDER BY a.id IS NULL, p.created_at
           LIMIT 1) p ON true
$$;

-- Whether somebody answered for a department's equipment on a day, as holder of its head post or for him, who then is
-- `acting_for_id`. No row: he did not.
CREATE OR REPLACE FUNCTION api.answered_for(department uuid, staff uuid, day date) RETURNS TABLE (acting_for_id uuid)
LANGUAGE sql STABLE AS $$
    SELECT CASE a.kind WHEN 'acting' THEN
               (SELECT r.staff_id FROM kiki.post_assignments r JOIN kiki.staff h ON h.id = r.staff_id
                 WHERE r.post_id = p.id AND r.kind = 'regular' AND r.during @> day AND (h.left_on IS NULL OR h.left_on > day))
           END
      FROM kiki.posts p
      JOIN kiki.post_assignments a ON a.post_id = p.id AND a.staff_id = staff AND a.during @> day
      JOIN kiki.staff s ON s.id = a.staff_id AND (s.left_on IS NULL OR s.left_on > day)
     WHERE p.is_head AND p.department_id = department AND (p.abolished_on IS NULL OR p.abolished_on > day)
     ORDER BY a.kind DESC
     LIMIT 1
$$;

SELECT api.let_execute('kiki_service', 'answered_for', 'held_equipment', 'management');
