-- What the rules said of something, between its judging and its writing in one transaction.

CREATE OR REPLACE FUNCTION api.keep_judged(judged json) RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT FROM set_config('kiki.judged', judged::text, true)
$$;
CREATE OR REPLACE FUNCTION api.judged()
RETURNS TABLE (about uuid, verdict text, regulation_version date, annex2_version date, not_judged text[], findings jsonb)
LANGUAGE sql STABLE AS $$
    SELECT element.about, element.verdict, element.regulation_version, element.annex2_version, element.not_judged,
           element.findings
      FROM jsonb_to_recordset(api.context('judged')::jsonb) AS element (
          about uuid, verdict text, regulation_version date, annex2_version date, not_judged text[], findings jsonb)
$$;

-- The version of the regulation whose text the rules hold by which it was judged.
CREATE OR REPLACE FUNCTION api.judged_by_rules_of() RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (api.context('judged')::jsonb -> 0 ->> 'rules_of')::date
$$;

-- For what was judged and is written after all, though no lock guards it: whether it is as it was. If not, the whole
-- transaction is run again.
CREATE OR REPLACE FUNCTION api.still(same boolean) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF same IS NOT TRUE THEN
        RAISE EXCEPTION 'what was judged has changed meanwhile' USING ERRCODE = '40001';
    END IF;
    RETURN true;
END $$;

SELECT api.let_execute('kiki_service', 'judged', 'judged_by_rules_of', 'keep_judged', 'still');
