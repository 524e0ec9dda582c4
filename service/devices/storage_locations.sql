-- define: storage_location
json_build_object(
    'id', location.id, 'department_id', location.department_id, 'name', location.name, 'lockable', location.lockable,
    'remarks', location.remarks, 'abolished_on', location.abolished_on, 'created_at', location.created_at,
    'updated_at', location.updated_at)

-- operation: get_storage_location(storage_location_id uuid)
SELECT location.version, {storage_location} FROM storage_locations location WHERE location.id = :storage_location_id

-- page: list_storage_locations(department_id uuid[]?, lockable bool?)
-- sort: name text, created_at timestamptz
SELECT location.id AS tie, location.name, location.created_at, {storage_location} AS item
  FROM storage_locations location
 WHERE true
   AND location.department_id = ANY (:department_id)     --? department_id
   AND location.lockable = CAST(:lockable AS boolean)    --? lockable

-- operation: create_storage_location(body jsonb)
WITH given AS (
    SELECT * FROM jsonb_populate_record(NULL::storage_locations, :body)
    -- refuse: reference-not-found /department_id not_found unless EXISTS (SELECT FROM departments department
    --   WHERE department.id = given.department_id AND department.is_shozoku
    --     AND api.serves_on(department.abolished_on, api.today())
    --     AND (department.id = ANY (api.managed_departments()) OR api.may('equipment_manager', 'devices:write')
    --     AND api.sees(department.id)))
), location AS (
    INSERT INTO storage_locations (department_id, name, lockable, remarks)
    SELECT department_id, name, lockable, remarks FROM given
    RETURNING *
)
SELECT answer.* FROM location
 CROSS JOIN api.emit('storage_location.added', 'storage-locations/' || location.id, location.department_id, {storage_location})
 CROSS JOIN api.answer(201, location.version, 'storage-locations/' || location.id, {storage_location}) answer

-- operation: change_storage_location(storage_location_id uuid, if_match bigint[], body jsonb)
WITH {change: storage_locations location (name, lockable, remarks, abolished_on)}
SELECT answer.* FROM location JOIN seen USING (id)
 CROSS JOIN api.emit_if(location.version <> seen.version, 'storage_location.changed', 'storage-locations/' || location.id,
                        location.department_id, {storage_location})
 CROSS JOIN api.answer(200, location.version, NULL, {storage_location}) answer
