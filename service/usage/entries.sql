-- include: entry

-- Time alone makes an entry overdue, so its ETag says so.
-- operation: get_usage_entry(usage_entry_id uuid, language text)
SELECT state.version || CASE WHEN state.returned_at IS NULL AND state.due_at <= api.now() THEN '.overdue' ELSE '' END, {entry}
  FROM usage_entries entry JOIN usage_states state ON state.id = entry.id
 WHERE entry.id = :usage_entry_id

-- One department is a condition of its own: then the index gives the order of the page as well.
-- list: entries_list(department_id uuid?, departments uuid[]?, device_id uuid[]?, user_staff_id uuid[]?, month text?,
--                    status text[]?, unconfirmed text?, purpose text[]?, meeting_id uuid?, out_at_from timestamptz?,
--                    out_at_to timestamptz?, language text)
-- sort: out_at timestamptz
SELECT state.id AS tie, state.out_at, {entry} AS item
  FROM usage_states state JOIN usage_entries entry ON entry.id = state.id
 WHERE true
   AND state.department_id = :department_id                                                     --? department_id
   AND state.department_id = ANY (:departments)                                                 --? departments
   AND state.device_id = ANY (:device_id)                                                       --? device_id
   AND state.user_staff_id = ANY (:user_staff_id)                                               --? user_staff_id
   AND {in_month}                                                                           --? month
   AND api.usage_status(state.due_at, state.returned_at, state.confirmed_at) = ANY (:status)            --? status
   AND state.confirmed_at IS NULL                                                               --? unconfirmed
   AND state.purpose = ANY (:purpose)                                                           --? purpose
   AND entry.meeting_id = :meeting_id                                                           --? meeting_id
   AND state.out_at >= :out_at_from                                                             --? out_at_from
   AND state.out_at <= :out_at_to                                                               --? out_at_to
