-- define: actor
json_build_object('kind', 'staff', 'id', member.id, 'name', member.name)

-- page: list_audit_log(subject uuid[]?, actor uuid[]?, operation text[]?, from timestamptz?, to timestamptz?)
-- sort: at timestamptz
SELECT logged.id AS tie, logged.at, json_build_object(
           'id', logged.id, 'at', logged.at,
           'actor', json_build_object('kind', logged.actor_kind, 'id', logged.actor_id,
                                      'name', coalesce( (SELECT member.name FROM staff member WHERE member.id = logged.actor_id),
                                                       (SELECT client.name FROM api_clients client
                                                         WHERE client.id = logged.actor_id))),
           'acting_for', (SELECT {actor} FROM staff member WHERE member.id = logged.acting_for_id),
           'operation', logged.operation, 'request_id', logged.request_id, 'subject_type', logged.subject_type,
           'subject_id', logged.subject_id, 'action', logged.action, 'before', logged.before, 'after', logged.after) AS item
  FROM audit_log logged
 WHERE true
   AND logged.subject_id = ANY (:subject)                                         --? subject
   AND (logged.actor_id = ANY (:actor) OR logged.acting_for_id = ANY (:actor))    --? actor
   AND logged.operation = ANY (:operation)                                        --? operation
   AND logged.at >= :from                                                         --? from
   AND logged.at < :to                                                            --? to
