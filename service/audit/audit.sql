-- define: actor
json_build_object('kind', 'staff', 'id', s.id, 'name', s.name)

-- page: list_audit_log(subject uuid[]?, actor uuid[]?, operation text[]?, from timestamptz?, to timestamptz?)
-- sort: at timestamptz
SELECT a.id AS tie, a.at, json_build_object(
           'id', a.id, 'at', a.at,
           'actor', json_build_object('kind', a.actor_kind, 'id', a.actor_id, 'name', coalesce(
               (SELECT s.name FROM staff s WHERE s.id = a.actor_id), (SELECT c.name FROM api_clients c WHERE c.id = a.actor_id))),
           'acting_for', (SELECT {actor} FROM staff s WHERE s.id = a.acting_for_id),
           'operation', a.operation, 'request_id', a.request_id, 'subject_type', a.subject_type, 'subject_id', a.subject_id,
           'action', a.action, 'before', a.before, 'after', a.after) AS item
  FROM audit_log a
 WHERE true
   AND a.subject_id = ANY (:subject)                                                --? subject
   AND (a.actor_id = ANY (:actor) OR a.acting_for_id = ANY (:actor))                --? actor
   AND a.operation = ANY (:operation)                                               --? operation
   AND a.at >= :from                                                             --? from
   AND a.at < :to                                                                --? to
