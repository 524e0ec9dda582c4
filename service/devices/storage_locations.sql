-- define: storage_location
json_build_object(
    'id', l.id, 'department_id', l.department_id, 'name', l.name, 'lockable', l.lockable, 'remarks', l.remarks,
    'abolished_on', l.abolished_on, 'created_at', l.created_at, 'updated_at', l.updated_at)

-- operation: get_storage_location(storage_location_id uuid)
SELECT l.version, {storage_location} FROM storage_locations l WHERE l.id = :storage_location_id

-- page: list_storage_locations(department_id uuid[]?, lockable bool?)
-- sort: name text, created_at timestamptz
SELECT l.id AS tie, l.name, l.created_at, {storage_location} AS item
  FROM storage_locations l
 WHERE true
   AND l.department_id = ANY (:department_id)            --? department_id
   AND l.lockable = CAST(:lockable AS boolean)           --? lockable

-- operation: create_storage_location(body jsonb)
WITH b AS (
    SELECT * FROM jsonb_populate_record(NULL::storage_locations, :body)
    -- refuse: reference-not-found /department_id not_found unless EXISTS (SELECT FROM departments d
    --   WHERE d.id = b.department_id AND d.is_shozoku AND (d.abolished_on IS NULL OR d.abolished_on > api.today())
    --     AND (d.id = ANY (api.managed_departments()) OR api.may('equipment_manager', 'devices:write') AND api.sees(d.id)))
), l AS (
    INSERT INTO storage_locations (department_id, name, lockable, remarks)
    SELECT department_id, name, lockable, remarks FROM b
    RETURNING *
)
SELECT answer.* FROM l
 CROSS JOIN api.emit('storage_location.added', 'storage-locations/' || l.id, l.department_id, {storage_location})
 CROSS JOIN api.answer(201, l.version, 'storage-locations/' || l.id, {storage_location}) answer

-- operation: change_storage_location(storage_location_id uuid, if_match bigint[], body jsonb)
WITH {change: storage_locations l (name, lockable, remarks, abolished_on)}
SELECT answer.* FROM l JOIN seen USING (id)
 CROSS JOIN api.emit_if(l.version <> seen.version, 'storage_location.changed', 'storage-locations/' || l.id, l.department_id,
                        {storage_location})
 CROSS JOIN api.answer(200, l.version, NULL, {storage_location}) answer
