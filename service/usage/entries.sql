-- include: entry

-- Time alone makes an entry overdue, so its ETag says so.
-- operation: get_usage_entry(usage_entry_id uuid, language text)
SELECT s.version || CASE WHEN s.returned_at IS NULL AND s.due_at <= api.now() THEN '.overdue' ELSE '' END, {entry}
  FROM usage_entries e JOIN usage_states s ON s.id = e.id
 WHERE e.id = :usage_entry_id

-- One department is a condition of its own: then the index gives the order of the page as well.
-- list: entries_list(department_id uuid?, departments uuid[]?, device_id uuid[]?, user_staff_id uuid[]?, month text?,
--                    status text[]?, unconfirmed text?, purpose text[]?, meeting_id uuid?, out_at_from timestamptz?,
--                    out_at_to timestamptz?, language text)
-- sort: out_at timestamptz
SELECT s.id AS tie, s.out_at, {entry} AS item
  FROM usage_states s JOIN usage_entries e ON e.id = s.id
 WHERE true
   AND s.department_id = :department_id                                                     --? department_id
   AND s.department_id = ANY (:departments)                                                 --? departments
   AND s.device_id = ANY (:device_id)                                                       --? device_id
   AND s.user_staff_id = ANY (:user_staff_id)                                               --? user_staff_id
   AND {in_month}                                                                           --? month
   AND api.usage_status(s.due_at, s.returned_at, s.confirmed_at) = ANY (:status)            --? status
   AND s.confirmed_at IS NULL                                                               --? unconfirmed
   AND s.purpose = ANY (:purpose)                                                           --? purpose
   AND e.meeting_id = :meeting_id                                                           --? meeting_id
   AND s.out_at >= :out_at_from                                                             --? out_at_from
   AND s.out_at <= :out_at_to                                                               --? out_at_to
