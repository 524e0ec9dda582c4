-- define: department_succession
json_build_object(
    'id', succession.id, 'department_id', succession.department_id,
    'department_name', (SELECT place.name FROM api.department_as(succession.department_id, succession.succeeds_on) place),
    'to_department_id', succession.to_department_id,
    'to_department_name', (SELECT place.name FROM api.department_as(succession.to_department_id, succession.succeeds_on) place),
    'on', succession.succeeds_on, 'order_number', succession.order_number, 'decided_by_id', succession.decided_by_id,
    'decided_by', succession.decided_by, 'taken_over_at', succession.taken_over_at, 'created_at', succession.created_at,
    'updated_at', succession.updated_at)

-- operation: get_department_succession(department_id uuid)
SELECT succession.version, {department_succession} FROM department_successions succession
 WHERE succession.department_id = :department_id

-- before: succeed_department(department_id uuid)
SELECT api.hold_tree(:department_id)

-- before: succeed_department(body jsonb)
SELECT api.hold_departments(ARRAY[(CAST(:body AS jsonb) ->> 'to_department_id')::uuid])

-- before: succeed_department(department_id uuid, body jsonb)
WITH seen AS MATERIALIZED (
    SELECT record.id, record.abolished_on, known.taken_over_at, given."on" AS succeeds_on, given.order_number,
           (SELECT successor.id FROM department_records successor
             WHERE successor.id = given.to_department_id AND successor.id <> record.id
               AND api.may_hold(successor.id, tstzrange(api.day_begins(given."on"), NULL))) AS successor_id
      FROM department_records record
     CROSS JOIN jsonb_to_record(:body) AS given (to_department_id uuid, "on" date, order_number text)
      LEFT JOIN department_successions known ON known.department_id = record.id
     WHERE record.id = :department_id
    -- refuse: not-in-this-state when taken_over_at IS NOT NULL OR NOT api.serves_on(abolished_on, api.today())
    -- refuse: value-not-accepted /on succession_past when succeeds_on < api.today()
    -- refuse: reference-not-found /to_department_id not_found when successor_id IS NULL
)
INSERT INTO department_successions AS succession (department_id, to_department_id, succeeds_on, moves_at, order_number)
SELECT id, successor_id, succeeds_on, api.day_begins(succeeds_on), order_number FROM seen
    ON CONFLICT (department_id) DO UPDATE
   SET to_department_id = excluded.to_department_id, succeeds_on = excluded.succeeds_on, moves_at = excluded.moves_at,
       order_number = excluded.order_number, decided_by_id = excluded.decided_by_id, decided_by = excluded.decided_by

-- before: succeed_department(department_id uuid)
UPDATE department_records record SET abolished_on = succession.succeeds_on
  FROM department_successions succession WHERE succession.department_id = record.id AND record.id = :department_id

-- operation: succeed_department(department_id uuid)
SELECT answer.* FROM department_successions succession
 CROSS JOIN api.emit('department.succeeded', 'departments/' || succession.department_id || '/succession',
                     succession.department_id, {department_succession})
 CROSS JOIN api.answer(201, succession.version, 'departments/' || succession.department_id || '/succession',
                       {department_succession}) answer
 WHERE succession.department_id = :department_id

-- task: succession_not_done
-- ja: 所属の承継（機器の移管）を実行できません。記録を確認してください：%s
-- en: A succession of departments could not be done; look at its records: %s
SELECT 'art2.4', api.day_begins(succession.succeeds_on), 'departments/' || succession.department_id || '/succession',
       ARRAY[place.name]
  FROM department_successions succession
 CROSS JOIN api.department_as(succession.department_id, succession.succeeds_on) place
 WHERE succession.taken_over_at IS NULL AND succession.moves_at > api.day_begins(succession.succeeds_on)
   AND api.may('operator')

-- task: staff_left_behind
-- ja: 廃止された所属に在籍している職員がいます。異動を登録してください：%1$s（%2$s人）
-- en: Staff still belong to a department that is no more; enter their transfers: %1$s (%2$s)
SELECT 'art2.4', api.day_begins(record.abolished_on), 'departments/' || record.id, ARRAY[place.name, count(*)::text]
  FROM department_records record JOIN department_days place ON place.department_id = record.id
       AND place.begins_on <= api.today() AND place.ends_on >= api.today()
  JOIN staff_transfers transfer ON transfer.department_id = record.id AND transfer.during @> api.today()
  JOIN staff_records member ON member.id = transfer.staff_id AND api.serves_on(member.left_on, api.today())
 WHERE NOT api.serves_on(record.abolished_on, api.today()) AND api.may('operator')
 GROUP BY record.id, record.abolished_on, place.name
