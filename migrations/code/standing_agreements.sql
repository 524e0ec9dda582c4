-- Standing agreements: what a usage manager agrees to beforehand, for a period, so that it needs no confirmation each time.

SELECT api.track('kiki.standing_agreements');
-- Both departments of a loan see what was agreed between them.
SELECT api.admit('kiki.standing_agreements',
    $$(SELECT api.sees_all()) OR department_id = ANY ((SELECT api.departments())::uuid[])
      OR to_department_id = ANY ((SELECT api.departments())::uuid[])$$,
    $$department_id = ANY ((SELECT api.managed_departments())::uuid[])$$);

-- Whether an agreement is in force on all days from one to another; one that is revoked no longer is on that day.
CREATE OR REPLACE FUNCTION api.agreed(agreement kiki.standing_agreements, first date, last date) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT first >= agreement.valid_from AND last <= agreement.valid_until
       AND coalesce(last < api.day_of(agreement.revoked_at), true)
$$;

-- Whether a loan is within an agreement's bounds; and of a meeting its day, class and service, and what the rules found, where
-- that is known. Called once the caller has seen the agreement.
CREATE OR REPLACE FUNCTION api.agreed_loan(agreement uuid, device uuid, holder uuid, borrower uuid, out_at timestamptz,
                                due_at timestamptz) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT EXISTS (SELECT FROM standing_agreements known JOIN devices lent ON lent.id = device
                    WHERE known.id = agreement AND known.kind = 'loan' AND known.department_id = holder
                      AND known.to_department_id = borrower AND coalesce(lent.kind = ANY (known.device_kinds), true)
                      AND api.agreed(known, api.day_of(out_at), api.day_of(due_at)))
$$;
CREATE OR REPLACE FUNCTION api.agreed_meeting(agreement uuid, department uuid, plan jsonb, starts_at timestamptz,
                                   ends_at timestamptz, findings jsonb) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT EXISTS (SELECT FROM standing_agreements known
                    WHERE known.id = agreement AND known.kind = 'meeting' AND known.department_id = department
                      AND coalesce(plan ->> 'confidentiality' = ANY (known.confidentialities), true)
                      AND coalesce(plan ->> 'service' = ANY (known.services), true)
                      AND api.agreed(known, api.day_of(starts_at), api.day_of(ends_at))
                      AND NOT EXISTS (SELECT FROM jsonb_array_elements(findings -> 'ja') element (finding)
                                       WHERE element.finding ->> 'level' = 'exception'
                                         AND element.finding ->> 'rule' <> ALL (known.rules)))
$$;

-- What is kept of an agreement with what cites it.
CREATE OR REPLACE FUNCTION api.agreement_cited(agreement uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
    SELECT jsonb_build_object('id', known.id, 'number', known.number, 'agreed_by', known.agreed_by,
                              'to_department_id', known.to_department_id)
      FROM standing_agreements known WHERE known.id = agreement
$$;

-- What is lent by an agreement is within its bounds, and shows it.
CREATE OR REPLACE FUNCTION api.cite_for_loan() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF NOT api.agreed_loan(NEW.standing_agreement_id, NEW.device_id, NEW.department_id, NEW.user_department_id, NEW.out_at,
                           NEW.due_at) THEN
        PERFORM api.refuse('value-not-accepted', '/standing_agreement_id', 'not_covered');
    END IF;
    NEW.standing_agreement := api.agreement_cited(NEW.standing_agreement_id);
    RETURN NEW;
END $$;
CREATE TRIGGER usage_entries_agreed BEFORE INSERT ON kiki.usage_entries FOR EACH ROW
    WHEN (NEW.standing_agreement_id IS NOT NULL) EXECUTE FUNCTION api.cite_for_loan();

-- A meeting whose agreement no longer covers it, as it was changed or is judged otherwise, cites none, so that its exceptions
-- wait for their confirmation; what cites one anew is within its bounds. What has taken place keeps the one it was held by.
CREATE OR REPLACE FUNCTION api.cite_for_meeting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = kiki, api, pg_temp AS $$
BEGIN
    IF api.agreed_meeting(NEW.standing_agreement_id, NEW.department_id, NEW.plan, NEW.starts_at, NEW.ends_at, NEW.findings) THEN
        NEW.standing_agreement := api.agreement_cited(NEW.standing_agreement_id);
    ELSIF TG_OP = 'UPDATE' AND NEW.standing_agreement_id = OLD.standing_agreement_id THEN
        NEW.standing_agreement_id := NULL;
        NEW.standing_agreement := NULL;
    ELSE
        PERFORM api.refuse('value-not-accepted', '/standing_agreement_id', 'not_covered');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER meetings_agreed_insert BEFORE INSERT ON kiki.meetings FOR EACH ROW
    WHEN (NEW.standing_agreement_id IS NOT NULL) EXECUTE FUNCTION api.cite_for_meeting();
-- The plan's own columns: generated ones are not made yet.
CREATE TRIGGER meetings_agreed_update BEFORE UPDATE ON kiki.meetings FOR EACH ROW
    WHEN (NEW.standing_agreement_id IS NOT NULL AND NEW.status IN ('draft', 'planned')
          AND (NEW.standing_agreement_id, NEW.plan, NEW.starts_at, NEW.ends_at, NEW.findings)
              IS DISTINCT FROM (OLD.standing_agreement_id, OLD.plan, OLD.starts_at, OLD.ends_at, OLD.findings))
    EXECUTE FUNCTION api.cite_for_meeting();

SELECT api.let_execute('kiki_service', 'agreed', 'agreed_loan', 'agreed_meeting');
