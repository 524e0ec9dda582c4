-- Every change is on record. What numbered migrations fill is as well, by what stood here before them.

-- Writes the audit, and says to the transaction that it has changed something. Arguments: columns never written down (secrets).
-- Nor is what api.derived names.
CREATE OR REPLACE FUNCTION api.record_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
DECLARE
    operation text := nullif(current_setting('kiki.operation', true), '');
    secrets text[] := coalesce(TG_ARGV, ARRAY[]::text[]) || api.derived();
    -- The post stood in for; for a usage manager it depends on whose record it is. Few stand in for anybody.
    acting jsonb := CASE WHEN api.context('stands_in') IS NOT NULL THEN api.acting_as(NULL) END;
    by_department boolean := api.context('stands_in') IS NOT NULL AND 'usage_manager' = ANY (api.context('opened_by')::text[]);
    -- What they are to those who read (code/dated.sql).
    shown text := CASE TG_TABLE_NAME WHEN 'department_records' THEN 'departments' WHEN 'post_records' THEN 'posts'
                                     WHEN 'staff_records' THEN 'staff' ELSE TG_TABLE_NAME END;
    -- What something is on some days stands under the thing itself.
    owner text := CASE TG_TABLE_NAME WHEN 'department_terms' THEN 'department_id' WHEN 'post_terms' THEN 'post_id'
                                     WHEN 'staff_names' THEN 'staff_id' END;
BEGIN
    IF operation IS NULL THEN
        RAISE EXCEPTION 'a change of % outside any operation', TG_TABLE_NAME;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit_log (actor_kind, actor_id, acting_for_id, acting_post_id, operation, request_id, subject_type,
                               subject_id, action, after)
        SELECT coalesce(api.context('caller_kind'), 'system'), api.caller(), (stood_in.post ->> 'holder_id')::uuid,
               (stood_in.post ->> 'post_id')::uuid, operation, api.context('request_id'), shown,
               CASE WHEN owner IS NULL THEN new_row.id ELSE (to_jsonb(new_row) ->> owner)::uuid END, 'insert',
               to_jsonb(new_row) - secrets
          FROM new_rows new_row
         CROSS JOIN LATERAL (SELECT CASE WHEN by_department THEN api.acting_as((to_jsonb(new_row) ->> 'department_id')::uuid)
                                    ELSE acting END) stood_in (post);
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO audit_log (actor_kind, actor_id, acting_for_id, acting_post_id, operation, request_id, subject_type,
                               subject_id, action, before, after)
        SELECT coalesce(api.context('caller_kind'), 'system'), api.caller(), (stood_in.post ->> 'holder_id')::uuid,
               (stood_in.post ->> 'post_id')::uuid, operation, api.context('request_id'), shown,
               CASE WHEN owner IS NULL THEN new_row.id ELSE (to_jsonb(new_row) ->> owner)::uuid END, 'update',
               to_jsonb(old_row) - secrets,
               to_jsonb(new_row) - secrets
          FROM new_rows new_row JOIN old_rows old_row USING (id)
         CROSS JOIN LATERAL (SELECT CASE WHEN by_department THEN api.acting_as((to_jsonb(new_row) ->> 'department_id')::uuid)
                                    ELSE acting END) stood_in (post)
         WHERE new_row IS DISTINCT FROM old_row;
    ELSE
        INSERT INTO audit_log (actor_kind, actor_id, acting_for_id, acting_post_id, operation, request_id, subject_type,
                               subject_id, action, before)
        SELECT coalesce(api.context('caller_kind'), 'system'), api.caller(), (stood_in.post ->> 'holder_id')::uuid,
               (stood_in.post ->> 'post_id')::uuid, operation, api.context('request_id'), shown,
               CASE WHEN owner IS NULL THEN old_row.id ELSE (to_jsonb(old_row) ->> owner)::uuid END, 'delete',
               to_jsonb(old_row) - secrets
          FROM old_rows old_row
         CROSS JOIN LATERAL (SELECT CASE WHEN by_department THEN api.acting_as((to_jsonb(old_row) ->> 'department_id')::uuid)
                                    ELSE acting END) stood_in (post);
    END IF;
    IF FOUND THEN
        PERFORM set_config('kiki.changed', 'on', true);
    END IF;
    IF api.context('secrets') IS NOT NULL AND TG_OP <> 'DELETE' THEN
        PERFORM api.keep_secrets((to_jsonb(new_row) - secrets)::text, 'the audit of ' || TG_TABLE_NAME) FROM new_rows new_row;
    END IF;
    RETURN NULL;
END $$;
