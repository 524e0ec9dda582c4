
-- page: list_audit_log(subject uuid[]?, actor uuid[]?, operation text[]?, from timestamptz?, to timestamptz?)
-- sort: at timestamptz
SELECT logged.id AS tie, logged.at, json_build_object(
           'id', logged.id, 'at', logged.at,
           'actor', json_build_object('kind', logged.actor_kind, 'id', logged.actor_id,
                                      'name', coalesce((SELECT called.name
                                                          FROM api.known_as(logged.actor_id, api.day_of(logged.at)) called),
                                                       (SELECT client.name FROM api_clients client
                                                         WHERE client.id = logged.actor_id))),
           'acting_for', (SELECT json_build_object('kind', 'staff', 'id', logged.acting_for_id, 'name', called.name)
                            FROM api.known_as(logged.acting_for_id, api.day_of(logged.at)) called),
           'acting_as', (SELECT json_build_object('post_id', post.id, 'post_name', post.name, 'holder_id', logged.acting_for_id,
                                                  'holder_name', (SELECT called.name
                                                                    FROM api.known_as(logged.acting_for_id,
                                                                                      api.day_of(logged.at)) called))
                           FROM posts post WHERE post.id = logged.acting_post_id),
           'operation', logged.operation, 'request_id', logged.request_id, 'subject_type', logged.subject_type,
           'subject_id', logged.subject_id, 'action', logged.action, 'before', logged.before, 'after', logged.after) AS item
  FROM audit_log logged
 WHERE true
   AND logged.subject_id = ANY (:subject)                                         --? subject
   AND (logged.actor_id = ANY (:actor) OR logged.acting_for_id = ANY (:actor))    --? actor
   AND logged.operation = ANY (:operation)                                        --? operation
   AND logged.at >= :from                                                         --? from
   AND logged.at < :to                                                            --? to
