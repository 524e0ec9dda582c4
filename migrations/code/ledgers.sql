-- The seal (art5.1.3, annex1): which months of a department are to be closed, and the check code of what is kept of one.

SELECT api.protect('kiki.ledger_kept_lines');
GRANT SELECT, INSERT ON kiki.ledger_kept_lines TO kiki_service;
CREATE POLICY readers ON kiki.ledger_kept_lines FOR SELECT TO kiki_service
    USING ((SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[]));
-- The lines are written before their closure, and none once it stands.
CREATE POLICY writers ON kiki.ledger_kept_lines FOR INSERT TO kiki_service
    WITH CHECK (department_id = ANY ((SELECT api.managed_departments())::uuid[])
                AND NOT EXISTS (SELECT FROM kiki.ledger_closures closure
                                 WHERE closure.department_id = ledger_kept_lines.department_id
                                   AND closure.month = ledger_kept_lines.month));

-- These are asked for every department at once: PL/pgSQL keeps their plans.
-- The first month whose ledger a department has to close: that in which it first held a device, and none before the
-- regulation. NULL where it never held one.
CREATE OR REPLACE FUNCTION api.first_ledger_month(department uuid) RETURNS date LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    RETURN (SELECT CASE WHEN held.since IS NOT NULL THEN greatest(api.month_of(held.since), regulation.month) END
      FROM (SELECT least((SELECT min(lower(placement.during)) FROM placements placement
                           WHERE placement.department_id = department),
                         (SELECT min(state.out_at) FROM usage_states state WHERE state.department_id = department)) AS since) held
     CROSS JOIN (SELECT date_trunc('month', min(version.effective_on))::date AS month FROM regulation_versions version
                  WHERE version.document = 'regulation') regulation);
END $$;

-- The months before another that a department has still to close, or had at a time, the earliest first: those in which it
-- held a device, and those in which one of its was used.
CREATE OR REPLACE FUNCTION api.open_months(department uuid, before date, at timestamptz DEFAULT 'infinity') RETURNS SETOF date
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
BEGIN
    -- The few that are not closed are looked for first; and a department's placements by it, not all of the bureau by their days.
    RETURN QUERY SELECT month.first
      FROM (SELECT month_start::date AS first
              FROM generate_series(api.first_ledger_month(department)::timestamp, before - interval '1 month',
                                   interval '1 month') month_start
             WHERE month_start::date <> ALL (ARRAY(SELECT closure.month FROM ledger_closures closure
                                                    WHERE closure.department_id = department AND closure.closed_at <= at))
            OFFSET 0) month
     CROSS JOIN LATERAL (SELECT api.month_begins(month.first) AS begins_at,
                                api.month_begins((month.first + interval '1 month')::date) AS ends_at OFFSET 0) span
     WHERE (EXISTS (SELECT FROM placements placement
                     WHERE placement.department_id = department AND lower(placement.during) < span.ends_at
                       AND coalesce(upper(placement.during), 'infinity') > span.begins_at)
            OR EXISTS (SELECT FROM usage_states state WHERE state.department_id = department
                          AND state.out_at >= span.begins_at AND state.out_at < span.ends_at))
     ORDER BY month.first;
END $$;

CREATE OR REPLACE FUNCTION api.month_closed(department uuid, month date) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT EXISTS (SELECT FROM ledger_closures closure
                    WHERE closure.department_id = department AND closure.month = month_closed.month)
$$;

-- The canonical text of a kept form: a line for what stands above the lines, and one for each of them, as JSON and ended
-- by a line feed. The check code is the SHA-256 of its UTF-8.
CREATE OR REPLACE FUNCTION api.ledger_text(head text, department uuid, month date) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT head || E'\n' || coalesce(string_agg('{"ja":' || kept.ja || ',"en":' || kept.en || ',"cells":' || to_json(kept.cells)
                                                || E'}\n', '' ORDER BY kept.number), '')
      FROM kiki.ledger_kept_lines kept WHERE kept.department_id = department AND kept.month = ledger_text.month
$$;
CREATE OR REPLACE FUNCTION api.check_code(kept text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT encode(sha256(convert_to(kept, 'UTF8')), 'hex')
$$;

-- The database makes the code itself, of what it has; a form is kept with each of its lines.
CREATE OR REPLACE FUNCTION api.seal_ledger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF NEW.head IS NOT NULL THEN
        IF EXISTS (SELECT FROM usage_states state
                    WHERE state.department_id = NEW.department_id AND state.month = NEW.month
                      AND state.out_at >= api.month_begins(NEW.month)
                      AND state.out_at < api.month_begins((NEW.month + interval '1 month')::date)
                      AND NOT EXISTS (SELECT FROM ledger_kept_lines kept WHERE kept.usage_entry_id = state.id)) THEN
            RAISE EXCEPTION 'a line of the month is not kept';
        END IF;
        NEW.check_code := api.check_code(api.ledger_text(NEW.head, NEW.department_id, NEW.month));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_closures_seal BEFORE INSERT ON kiki.ledger_closures FOR EACH ROW EXECUTE FUNCTION api.seal_ledger();

-- Who was entered as having done something on a day, such as the usage manager of an imported entry.
CREATE OR REPLACE FUNCTION api.actor_on(staff uuid, day date, department uuid DEFAULT NULL) RETURNS jsonb LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = kiki, api, pg_temp AS $$
    SELECT jsonb_build_object(
               'kind', 'staff', 'id', staff, 'name', called.name, 'title', called.title, 'acting',
               (SELECT jsonb_build_object('post_id', post.id, 'post_name', post.name, 'holder_id', answer.acting_for_id,
                                          'holder_name', holder.name)
                  FROM api.answered_for(department, staff, day) answer
                  JOIN api.posts_on(day) post ON post.department_id = department AND post.is_head
                  JOIN post_assignments term ON term.post_id = post.id AND term.staff_id = staff AND term.kind = 'acting'
                      AND term.during @> day
                  LEFT JOIN LATERAL api.known_as(answer.acting_for_id, day) holder ON true
                 WHERE NOT EXISTS (SELECT FROM post_assignments own WHERE own.post_id = post.id AND own.staff_id = staff
                                      AND own.kind = 'regular' AND own.during @> day)
                 LIMIT 1))
      FROM api.known_as(staff, day) called
$$;

-- An actor as papers name him: 宮前消防署長（虚野 六郎）不在につき代決　係長　模原 一郎.
CREATE OR REPLACE FUNCTION api.actor_words(actor jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT nullif(concat_ws('　', (actor #>> '{acting,post_name}')
                                || coalesce('（' || (actor #>> '{acting,holder_name}') || '）不在', '欠員') || 'につき代決',
                            actor ->> 'title', actor ->> 'name'), '')
$$;

-- A clause as the regulation is cited: 第3条第1項第2号, 第7条第2号 in an article of one paragraph, 別紙2の4(3)イ.
CREATE OR REPLACE FUNCTION api.clause_words(clause text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN part[1] = 'annex1' THEN '別紙1'
                WHEN part[2] LIKE 'table%' THEN '別紙2表' || substr(part[2], 6)
                WHEN part[1] = 'annex2' THEN '別紙2' || coalesce('の' || part[2], '') || coalesce('(' || part[3] || ')', '')
                                             || coalesce(translate(part[4], 'aiueo', 'アイウエオ'), '')
                WHEN part[1] LIKE 'art%' THEN '第' || substr(part[1], 4) || '条'
                     || CASE WHEN part[1] IN ('art2', 'art3', 'art4', 'art8') THEN coalesce('第' || part[2] || '項', '') ELSE '' END
                     || coalesce('第' || part[3] || '号', '')
                ELSE clause END
      FROM string_to_array(clause, '.') part
$$;

SELECT api.let_execute('kiki_service', 'actor_on', 'actor_words', 'check_code', 'clause_words', 'first_ledger_month',
    'ledger_text', 'month_closed', 'open_months');
